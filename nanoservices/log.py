"""One JSON object per line on standard output: when, how bad, who, which visit, what, and the figures that go with it.

    log = logging.getLogger(__name__)
    log.info("light on", extra=about(visit=visit.id, zone="entrance"))

Keys of BLE devices never go into a log; `auth` names people by their id.
"""

import datetime
import json
import logging
import sys
import time
from typing import Any, TextIO

_LINES_PER_MINUTE = 120  # of warnings and worse from a library; a datagram storm must not fill an SD card


def about(**fields: Any) -> dict[str, Any]:
    """What a line is about, for logging's `extra`."""
    return {"about": fields}


class JsonLines(logging.Formatter):
    def __init__(self, word: str, node: str):
        super().__init__()
        self._who = {"word": word, "node": node}

    def format(self, record: logging.LogRecord) -> str:
        wall = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {"t": wall.isoformat(timespec="milliseconds"), "level": record.levelname.lower(), **self._who}
        line["says"] = record.getMessage()
        line.update(getattr(record, "about", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, separators=(",", ":"))


class Throttle(logging.Filter):
    """Let through so many lines a minute; the first after a pause says how many were dropped."""

    def __init__(self, lines_per_minute: int = _LINES_PER_MINUTE):
        super().__init__()
        self._most = lines_per_minute
        self._minute = 0
        self._lines = 0
        self._dropped = 0

    def filter(self, record: logging.LogRecord) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            if self._dropped:
                record.msg = f"{record.msg} ({self._dropped} more lines were dropped before)"
            self._minute, self._lines, self._dropped = minute, 0, 0
        self._lines += 1
        if self._lines > self._most:
            self._dropped += 1
            return False
        return True


def start(word: str, node: str, level: str, stream: TextIO | None = None) -> None:
    """Log for this process, once, from the service's main."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines(word, node))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in ("coap", "coap-server", "asyncio", "waitress"):
        logger = logging.getLogger(library)
        logger.setLevel(max(logging.WARNING, root.level))
        logger.addFilter(Throttle())
