"""What a foreign program prints of what it observes: a JSON line for each notification, and its own remarks between them."""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 15.0


class Watching:
    def __init__(self, process: "subprocess.Popen[bytes]", what: str):
        self._process = process
        self._what = what
        self._rest = b""
        self.seen: list[Any] = []

    def until(self, condition: Callable[[Any], bool]) -> Any:
        """The first state shown from now on of which `condition` is true."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            line = self._line(until - time.monotonic())
            if line.startswith(b"{"):
                self.seen.append(json.loads(line))
                if condition(self.seen[-1]):
                    return self.seen[-1]
        raise AssertionError(f"no such state was shown of {self._what}; seen: {self.seen}; the rest: {self._rest!r}")

    def first(self) -> Any:
        """The state at the start: from then on there is an observation."""
        return self.until(lambda state: True)

    def _line(self, patience_s: float) -> bytes:
        """The next whole line; empty when there is none yet."""
        assert self._process.stdout is not None
        if b"\n" not in self._rest:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, patience_s))
            read = os.read(self._process.stdout.fileno(), 65_536) if ready else b""
            assert read or not ready, f"{self._what}: it has ended; seen: {self.seen}; the rest: {self._rest!r}"
            self._rest += read
        if b"\n" not in self._rest:
            return b""
        line, _, self._rest = self._rest.partition(b"\n")
        return line
