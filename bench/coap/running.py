"""A process that is measured: started, asked until it answers, read from outside, ended. Linux only."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from swarm.demo.supervisor import free_ports

READY_WITHIN_S = 20.0

Say = Callable[[str], None]  # progress, for people


class Process:
    def __init__(self, pid: int):
        self.pid = pid

    def cpu_ns(self) -> int:
        """User and system time of all its threads so far, to the nanosecond: clock_getcpuclockid(3) of another process."""
        return time.clock_gettime_ns(~self.pid << 3 | 2)

    def rss_bytes(self) -> int:
        """Resident memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * resource.getpagesize()


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[Process]:
    """A server on UDP `port` of 127.0.0.1 until the end of the block. RuntimeError, with its last words, if it is none."""
    quiet = subprocess.DEVNULL
    with (
        tempfile.TemporaryFile() as said,  # not a pipe, which nobody would empty
        subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=said) as process,  # noqa: S603
    ):
        try:
            if not _comes_up(process, port):
                said.seek(0)
                words = said.read().decode(errors="replace").strip()[-600:]
                raise RuntimeError(f"{' '.join(command)} does not listen on UDP port {port}: {words or 'it says nothing'}")
            yield Process(process.pid)
        finally:
            process.kill()


def module(name: str, *words: str) -> list[str]:
    """A module of this package as a process; what libraries say of their own age is not ours to tell."""
    return [sys.executable, "-W", "ignore", "-m", f"bench.coap.{name}", *words]


def free_port() -> int:
    return free_ports("udp", 1)[0]


def _comes_up(process: "subprocess.Popen[bytes]", port: int) -> bool:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if _there(port):
            return True
        time.sleep(0.02)
    return False


def _there(port: int) -> bool:
    """Whether somebody has bound the port, by the kernel's own lists."""
    lines = [line for name in ("udp", "udp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    return any(line.split()[1].endswith(f":{port:04X}") for line in lines)
