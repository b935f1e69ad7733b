"""Limits of a value in a shape (payload.py): whether it keeps to them, and how a JSON Schema says so. Pure.

`wrong` is a function of a value of the annotated type that says what is wrong with it, or None. `schema` of the schema of
that type adds what it asks for.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Wrong = Callable[[Any], str | None]
Schema = dict[str, Any]
_LONGEST = 40  # characters of what somebody sent, in a refusal
_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]*$"
NOT_SHOWN = "has a character that cannot be shown, such as the end of a line; leave it out"


# Not dataclasses: there are four dozen of them at every start, and making a dataclass costs more than all of them.
class Between:
    """A number from `low` to `high`, or a text or list whose length is."""

    def __init__(self, low: float, high: float):
        self.low = low
        self.high = high

    def wrong(self) -> Wrong:
        def wrong(value: Any) -> str | None:
            sized = hasattr(value, "__len__")
            amount = len(value) if sized else value
            if self.low <= amount <= self.high:
                return None
            what = f"length {amount}" if sized else shown(amount)
            return f"{what} is not between {self.low:g} and {self.high:g}"

        return wrong

    def schema(self, of: Schema) -> Schema:
        least, most = {
            "string": ("minLength", "maxLength"),
            "array": ("minItems", "maxItems"),
            "object": ("minProperties", "maxProperties"),
        }.get(str(of.get("type")), ("minimum", "maximum"))
        return {**of, least: self.low, most: self.high}


class Matching:
    """A text that matches `pattern` from end to end; `says` is how the refusal describes it."""

    def __init__(self, pattern: str, says: str):
        self.pattern = pattern
        self.says = says

    def wrong(self) -> Wrong:
        pattern = re.compile(self.pattern)
        return lambda value: None if pattern.fullmatch(value) else f"{shown(value)} is not {self.says}"

    def schema(self, of: Schema) -> Schema:
        return {**of, "pattern": f"^(?:{self.pattern})$", "description": self.says}


class OneLine:
    """A text without the end of a line, or other control characters."""

    def wrong(self) -> Wrong:
        pattern = re.compile(_CONTROLS)
        return lambda value: None if pattern.fullmatch(value) else NOT_SHOWN

    def schema(self, of: Schema) -> Schema:
        return {**of, "pattern": _CONTROLS, "description": "one line of characters that can be shown"}


class Moment:
    """A time in ISO 8601 that says its offset from UTC."""

    def wrong(self) -> Wrong:
        return _wrong_moment

    def schema(self, of: Schema) -> Schema:
        return {**of, "format": "date-time", "examples": ["2031-05-06T14:00:00+02:00"]}


def _wrong_moment(value: str) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return f"{value[:_LONGEST]} has no offset from UTC; add it, as in 2031-05-06T14:00:00+02:00"
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return f"{value[:_LONGEST]!r} is no time in ISO 8601, as in 2031-05-06T14:00:00+02:00"
    return None


def shown(value: Any) -> str:
    """Somebody's value, for a refusal."""
    try:
        text = json.dumps(value, default=str)
    except (RecursionError, ValueError):  # json reads a little deeper than it writes; digits beyond Python's limit
        return "what is there"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
