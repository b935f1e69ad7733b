"""One JSON object per line on standard output: when, how bad, who, which visit, what, and the figures that go with it.

    log = logging.getLogger(__name__)
    log.info("light on", extra=about(visit=visit.id, zone="entrance"))

Keys of BLE devices never go into a log; `auth` names people by their id. No storm fills an SD card: a line is bounded,
and so are the lines that one place in the code writes in a minute.
"""

import datetime
import json
import logging
import math
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

LINES_A_MINUTE = 120  # of one place in the code
TRACEBACKS_A_MINUTE = 5
_MOST_TEXT = 400  # characters of one value
_MOST_TRACEBACK = 3000  # the end of it, which says what happened
_MOST_VALUES = 32  # of one list or one mapping
_MOST_DEPTH = 3
_MOST_NUMBER = 2**64


def about(**fields: Any) -> dict[str, Any]:
    """What a line is about, for logging's `extra`."""
    return {"about": fields}


class JsonLines(logging.Formatter):
    """Whatever is logged becomes one line of JSON; nothing that is logged makes it raise."""

    def __init__(self, word: str, node: str):
        super().__init__()
        self._who = {"word": word, "node": node}

    def format(self, record: logging.LogRecord) -> str:
        wall = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line: dict[str, Any] = {"t": wall.isoformat(timespec="milliseconds"), "level": record.levelname.lower(), **self._who}
        line["says"] = _cut(_message(record))
        for name, value in getattr(record, "about", {}).items():
            line.setdefault(name, _plain(value, _MOST_DEPTH))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)[-_MOST_TRACEBACK:]
        if dropped := getattr(record, "dropped", 0):
            line["dropped"] = dropped
        return json.dumps(line, separators=(",", ":"))


class Throttle(logging.Filter):
    """Let each place in the code write so many lines a minute; the first line after that minute says how many were dropped."""

    def __init__(
        self, lines: int = LINES_A_MINUTE, tracebacks: int = TRACEBACKS_A_MINUTE, now: Callable[[], float] = time.monotonic
    ):
        super().__init__()
        self._most = {False: lines, True: tracebacks}
        self._now = now
        self._minute = 0
        self._lines: dict[tuple[str, int], int] = {}
        self._dropped = 0

    def filter(self, record: logging.LogRecord) -> bool:
        minute = int(self._now() // 60)
        if minute != self._minute:
            record.dropped, self._dropped = self._dropped, 0
            self._minute, self._lines = minute, {}
        place = (record.pathname, record.lineno)
        self._lines[place] = self._lines.get(place, 0) + 1
        if self._lines[place] <= self._most[bool(record.exc_info)]:
            return True
        self._dropped += 1
        return False


def start(word: str, node: str, level: str, stream: TextIO | None = None) -> None:
    """Log for this process, once, from the service's main."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines(word, node))
    handler.addFilter(Throttle())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)  # Python's own, so that they are lines like all others
    for library in ("coap", "coap-server", "asyncio", "waitress"):
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # arguments that do not fit their text
        return str(record.msg)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 3] + "..."


def _plain(value: Any, depth: int) -> Any:
    """The value as JSON has it, bounded."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < _MOST_NUMBER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth and isinstance(value, Mapping):
        items = [(_cut(str(name)), _plain(held, depth - 1)) for name, held in list(value.items())[:_MOST_VALUES]]
        return dict(items)
    if depth and isinstance(value, list | tuple):
        return [_plain(held, depth - 1) for held in value[:_MOST_VALUES]]
    try:
        return _cut(str(value))  # a Secret's too, which is a str that shows nothing so
    except Exception:
        return f"a {type(value).__name__}"
