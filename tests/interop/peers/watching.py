"""What a foreign program prints of what it observes, one notification a line."""

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
            for line in self._lines(until - time.monotonic()):
                state = json.loads(line)
                self.seen.append(state)
                if condition(state):
                    return state
        raise AssertionError(f"no such state was shown of {self._what}; seen: {self.seen}; the rest: {self._rest!r}")

    def first(self) -> Any:
        """The state at the start: from then on there is an observation."""
        return self.until(lambda state: True)

    def _lines(self, patience_s: float) -> list[bytes]:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, patience_s))
        if ready:
            read = os.read(self._process.stdout.fileno(), 65_536)
            assert read, f"it observes {self._what} no longer; seen: {self.seen}; the rest: {self._rest!r}"
            self._rest += read
        *lines, self._rest = self._rest.split(b"\n")
        return [line for line in lines if line.strip()]
