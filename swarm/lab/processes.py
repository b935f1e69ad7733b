"""The lab's processes: started, known by pid and start time, and ended by them, also long after and by somebody else."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import LabError

STOP_S = 25.0


@dataclass(frozen=True)
class Started:
    """A process, told apart from a later one that was given the same number."""

    name: str
    pid: int
    since: int  # in clock ticks after the machine's boot (proc(5), field 22)

    def runs(self) -> bool:
        return _since(self.pid) == self.since

    def tell(self, signum: int) -> None:
        if self.runs():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signum)


def start(name: str, command: Sequence[str], log: Path) -> Started:
    """Start `command` in a session of its own, so that it outlives us; what it says goes to `log`."""
    with log.open("ab") as sink:
        try:
            process = subprocess.Popen(  # noqa: S603  # our own words, no shell
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True, close_fds=True
            )
        except FileNotFoundError:
            raise LabError(f"there is no program {command[0]}; install it, or name another") from None
    return Started(name, process.pid, _since(process.pid) or 0)


def end(processes: Iterable[Started], within_s: float = STOP_S) -> list[Started]:
    """Ask them to end, all at once, then insist. Those that had to be killed."""
    running = [process for process in processes if process.runs()]
    for process in running:
        process.tell(signal.SIGTERM)
    until = time.monotonic() + within_s
    while any(process.runs() for process in running) and time.monotonic() < until:
        time.sleep(0.05)
    stubborn = [process for process in running if process.runs()]
    for process in stubborn:
        process.tell(signal.SIGKILL)
    while any(process.runs() for process in stubborn) and time.monotonic() < until + 5:
        time.sleep(0.05)
    return stubborn


def of_containers(ids: Iterable[str]) -> list[Started]:
    """Processes that are in one of these containers' cgroups, or look after one: left behind by an engine that was killed."""
    wanted = tuple(ids)
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            told = (folder / "cgroup").read_text() + (folder / "cmdline").read_text()
            since = _since(int(folder.name))
            if since is not None and any(container in told for container in wanted):
                found.append(Started("container", int(folder.name), since))
    return found


def _since(pid: int) -> int | None:
    """When the process began; None when there is none, or only what its parent has not yet taken note of."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])
