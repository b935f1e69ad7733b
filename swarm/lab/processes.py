"""The lab's processes: started, known by pid and start time, and ended, also long after and by somebody else.

What is the lab's can be told without any record: whatever it started carries MARK in its environment, and passes it on;
the containers of its engines are in the control group CGROUP. Both also say which node's they are.
"""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import LabError

MARK = "NANOSWARM_LAB"
CGROUP = "nanoswarm-lab"
GONE_S = 10.0
_PROC = Path("/proc")


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


def start(name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Started:
    """Start `command` in a session of its own, so that it outlives us; what it says goes to `log`.

    `environment` is added to ours.
    """
    with log.open("ab") as sink:
        try:
            process = subprocess.Popen(  # noqa: S603  # our own words, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**os.environ, **(environment or {}), MARK: name},
                start_new_session=True,
            )
        except FileNotFoundError:
            raise LabError(f"there is no program {command[0]}; install it, or name another") from None
    process.returncode = 0  # nobody will wait for it, and Python shall not mind
    started = Started(name, process.pid, _since(process.pid) or 0)
    with contextlib.suppress(OSError):  # it has ended
        while started.runs() and not _environment(process.pid):
            time.sleep(0.001)  # for a moment after execve(2) its mark cannot be read yet
    return started


def ours(name: str | None = None) -> list[Started]:
    """Every process of the lab that runs, recorded or not: engines, what they started, and what is in their containers.

    With a name only those that were started under it, as a node's are.
    """
    found = (_of_lab(int(folder.name), name) for folder in _PROC.glob("[0-9]*"))
    return [process for process in found if process is not None and process.pid != os.getpid()]


def _of_lab(pid: int, name: str | None) -> Started | None:
    since = _since(pid)
    with contextlib.suppress(OSError):
        told = _environment(pid).split(b"\0")
        marked = any(
            entry.startswith(f"{MARK}=".encode()) if name is None else entry == f"{MARK}={name}".encode() for entry in told
        )
        if since is not None and (marked or is_in_cgroup((_PROC / str(pid) / "cgroup").read_text(), name)):
            return Started("lab", pid, since)
    return None


def _environment(pid: int) -> bytes:
    return (_PROC / str(pid) / "environ").read_bytes()


def cgroup(name: str) -> str:
    """Where the containers of that node are."""
    return f"/{CGROUP}/{name}"


def is_in_cgroup(told: str, name: str | None = None) -> bool:
    """Whether /proc/PID/cgroup, of version 1 or 2, says that the process is in a container of the lab, or of one node."""
    group = re.escape(f"/{CGROUP}" if name is None else cgroup(name))
    return re.search(rf":(/.*)?{group}(/|$)", told, re.MULTILINE) is not None


def kill_all(within_s: float = GONE_S, name: str | None = None) -> None:
    """At once and without asking: an engine asked to end takes seven seconds, and more for each container, to tidy up
    what is thrown away. With a name only what was started under it. LabError names what does not die."""
    until = time.monotonic() + within_s
    while left := ours(name):  # an engine may have been starting another just then
        if time.monotonic() > until:
            raise LabError(f"these processes of the lab cannot be ended: {', '.join(str(process.pid) for process in left)}")
        for process in left:
            process.tell(signal.SIGKILL)
        time.sleep(0.02)


def _since(pid: int) -> int | None:
    """When the process began; None when there is none, or only what its parent has not yet taken note of."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])
