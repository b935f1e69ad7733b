"""How slow the machine is while something else is measured on it: a small piece of work, and a datagram to a bare echo in
another process and back, ten times a second. It takes about 2 % of a core."""

import contextlib
import math
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.coap.running import free_port, module, running

EVERY_S = 0.1
_TURNS = 20_000
_PATIENCE_S = 5.0


@dataclass
class Pace:
    """Milliseconds of each piece of work, and of each trip."""

    work_ms: list[float] = field(default_factory=list)
    echo_ms: list[float] = field(default_factory=list)

    def found(self) -> dict[str, float]:
        """By the names that budgets.yml has them under; empty when nothing was measured."""
        if not self.work_ms or not self.echo_ms:
            return {}
        trips = sorted(self.echo_ms)
        return {"work": statistics.fmean(self.work_ms), "echo": trips[math.ceil(0.95 * len(trips)) - 1]}


@contextlib.contextmanager
def beside() -> Iterator[Pace]:
    """Measured until the end of the block."""
    pace, end, port = Pace(), threading.Event(), free_port()
    with running(module("servers.echo", str(port)), port):
        thread = threading.Thread(target=_measure, args=(pace, port, end), name="pace", daemon=True)
        thread.start()
        try:
            yield pace
        finally:
            end.set()
            thread.join()


def _measure(pace: Pace, port: int, end: threading.Event) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(_PATIENCE_S)
        line.connect(("127.0.0.1", port))
        while not end.wait(EVERY_S):
            began = time.perf_counter()
            with contextlib.suppress(OSError):
                line.send(b"\x40\x00\x4e\x4e")
                line.recv(64)
                pace.echo_ms.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            _work()
            pace.work_ms.append((time.perf_counter() - began) * 1000)


def _work() -> int:
    total = 0
    for number in range(_TURNS):
        total += number ^ (total & 255)
    return total


if __name__ == "__main__":
    with beside() as measured:
        time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
    print(measured.found())
