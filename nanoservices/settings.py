"""How a service behaves: NANO_<FIELD> in the environment, or NANO_<FIELD>_FILE naming a file that holds the value.

A service's settings are one frozen dataclass that extends Settings; a field is a setting, its annotation its type, its
metadata (`setting(...)`) the limits. `load` reads once and reports every problem at once. This is the only module that
looks at the environment.
"""

import contextlib
import dataclasses
import math
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from nanoservices import payload, wire
from nanoservices.errors import SettingsError
from nanoservices.payload import Matching

PREFIX = "NANO_"
MOST_PLACE_BYTES = 2_000_000
_MOST_BYTES = 65_536  # of a file that holds a value
_MOST_SHOWN = 60
_MOST_SAID = 400  # of one problem
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Secret(str):
    """A text that shows itself to nobody: not in a repr, and so not in a log or a traceback. `reveal` gives it up."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def reveal(self) -> str:
        return "".join(self)


def setting(
    default: Any = dataclasses.MISSING,
    *,
    low: float | None = None,
    high: float | None = None,
    matching: Matching | None = None,
    says: str = "",
) -> Any:
    """A field with limits (`low`..`high`, for a text its length; a pattern) and a line of documentation."""
    return dataclasses.field(default=default, metadata={"low": low, "high": high, "matching": matching, "says": says})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What every service has."""

    node: str = setting(says="this node's name in labels.yml; {{.Node.Hostname}} in a stack")
    place: Path | None = setting(None, says="this service's slice of labels.yml, as JSON")
    bind: str = setting("0.0.0.0", says="address to listen on; containers have no IPv6 by default")
    port: int = setting(5683, low=1, high=65535, says="UDP port for CoAP")
    announce_uri: str | None = setting(
        None, matching=wire.ADDRESS, says="where others reach this instance; by default where its datagrams come from"
    )
    controller: str = setting("coap://controller:5683", matching=wire.ADDRESS, says="the controller's address")
    announce_s: float = setting(10.0, low=0.05, high=300, says="seconds between announcements")
    log_level: Literal["debug", "info", "warning", "error"] = setting("info", says="least level that is logged")
    hang_s: float = setting(15.0, low=1, high=600, says="a main loop silent for so long ends the process")


S = TypeVar("S", bound=Settings)
P = TypeVar("P")


def load(shape: type[S], environment: Mapping[str, str]) -> S:
    """The settings in `environment`. SettingsError holds every problem: unknown, missing, unreadable, out of range."""
    fields = {PREFIX + field.name.upper(): field for field in dataclasses.fields(shape)}
    hints = typing.get_type_hints(shape)
    problems = _unknown(environment, fields)
    found: dict[str, Any] = {}
    for name, field in fields.items():
        try:
            text = _text(environment, name)
            if text is not None:
                found[field.name] = _value(hints[field.name], text, field.metadata)
            elif field.default is dataclasses.MISSING:
                raise ValueError(f"is missing ({field.metadata.get('says') or 'it has no default'})")
        except (ValueError, OSError) as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise SettingsError([problem[:_MOST_SAID] for problem in problems])
    return shape(**found)


def load_place(shape: type[P], path: Path | None) -> P:
    """A service's slice of labels.yml; SettingsError names the file and the field."""
    if path is None:
        raise SettingsError([f"{PREFIX}PLACE: is missing (this service's slice of labels.yml, as JSON)"])
    try:
        return payload.read(shape, payload.parsed(path.read_bytes(), MOST_PLACE_BYTES))
    except (OSError, ValueError) as error:  # PayloadError is one
        raise SettingsError([f"{PREFIX}PLACE: {path}: {error}"]) from None


def _unknown(environment: Mapping[str, str], fields: Mapping[str, Any]) -> list[str]:
    known = [*fields, *(f"{name}_FILE" for name in fields)]
    problems = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            import difflib  # only for who has mistyped: it takes a while

            near = difflib.get_close_matches(name, known, n=1)
            problems.append(f"{name[:_MOST_SHOWN]}: there is no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    return problems


def _text(environment: Mapping[str, str], name: str) -> str | None:
    path = environment.get(f"{name}_FILE")
    if path is None:
        text = environment.get(name)
        if text is not None and not payload.is_unicode(text):  # as Python tells bytes that are not UTF-8
            raise ValueError("is not UTF-8 text")
        return text
    if name in environment:
        raise ValueError(f"is set twice, by itself and by {name}_FILE")
    with Path(path).open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"{path} is larger than {_MOST_BYTES} bytes; is it the right file?")
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None


def _value(hint: Any, text: str, limits: Mapping[str, Any]) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(choice for choice in typing.get_args(hint) if choice is not types.NoneType)
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        if text not in choices:
            raise ValueError(f"{_shown(text)} is not one of {', '.join(choices)}")
        return text
    value = _converted(hint, text)
    _limited(value, limits, secret=hint is Secret)
    matching = limits.get("matching")
    if matching is not None and not re.fullmatch(matching.pattern, value):
        raise ValueError(f"{_shown(value)} is not {matching.says}")
    return value


def _converted(hint: Any, text: str) -> Any:
    if hint is bool:
        if text.lower() not in _TRUE + _FALSE:
            raise ValueError(f"{_shown(text)} is not true or false")
        return text.lower() in _TRUE
    if hint in (int, float):
        number = None
        with contextlib.suppress(ValueError):
            number = hint(text)
        if number is None or (hint is float and not math.isfinite(number)):
            raise ValueError(f"{_shown(text)} is not a {'whole ' if hint is int else ''}number")
        return number
    if not text:
        raise ValueError("is empty")
    return hint(text)


def _limited(value: Any, limits: Mapping[str, Any], secret: bool) -> None:
    low, high = limits.get("low"), limits.get("high")
    if low is None and high is None:
        return
    amount = len(value) if isinstance(value, str) else value
    low = float("-inf") if low is None else low
    high = float("inf") if high is None else high
    if not low <= amount <= high:
        shown = f"a length of {amount}" if isinstance(value, str) else _shown(value)
        raise ValueError(f"{'its length' if secret else shown} is not between {low:g} and {high:g}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."
