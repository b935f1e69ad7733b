"""Is the hardware there, as a task sees it? Facts with a reason, for `nanoswarm node probe`, which runs this inside of tasks.

Only the standard library: a task has 64 MB for its service and for this together.
"""

import json
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

Fault = Literal["apparmor", "uid", "daemon", "socket", "line", "adapter", "power", "silence"]


class Finding(NamedTuple):
    """`fault` is None where all is well; `says` says what is, which, why, and what to do."""

    about: str  # GPIO4, hci0, or the socket
    fault: Fault | None
    says: str


def unreachable(path: Path, error: OSError, daemon: str, start: str) -> Finding:
    """Why the socket of a host's daemon cannot be used. `start`: what to do on the host when it does not run."""
    about = str(path)
    if isinstance(error, ConnectionRefusedError):
        return Finding(about, "daemon", f"{daemon} has left its socket {path}, and does not run: {start}")
    if isinstance(error, FileNotFoundError):
        if not path.parent.is_dir():
            return Finding(about, "socket", f"{path.parent} is not mounted into the task: deploy what the tree renders")
        return Finding(about, "daemon", f"{path.parent} is there, and nobody listens in it: does {daemon} run? {start}")
    if isinstance(error, PermissionError):
        return _forbidden(path)
    return Finding(about, "daemon", f"{daemon} at {path} does not answer ({error.strerror or error}): {start}")


def _forbidden(path: Path) -> Finding:
    profile = confinement()
    if _is_allowed(path) and profile is not None:
        return Finding(str(path), "apparmor", f"{path} may be used by this user, but AppArmor's profile {profile} forbids it")
    who = f"uid {os.geteuid()}, gid {os.getegid()}"
    why = f"{path} is not for {who}: on the host, nanoswarm node prepare gives it to those that tasks run as"
    return Finding(str(path), "uid", why)


def _is_allowed(path: Path) -> bool:
    """By its owner, group and mode, and by those of its folder."""
    try:
        return _may(path.parent, 1) and _may(path, 2)
    except OSError:
        return False


def _may(path: Path, bit: int) -> bool:
    found = path.stat()
    mode = stat.S_IMODE(found.st_mode)
    if os.geteuid() in (0, found.st_uid):
        return os.geteuid() == 0 or bool(mode >> 6 & bit)
    return bool(mode >> (3 if found.st_gid in (os.getegid(), *os.getgroups()) else 0) & bit)


def confinement(file: Path = Path("/proc/self/attr/current")) -> str | None:
    """AppArmor's profile of this process, when it is enforced."""
    try:
        said = file.read_text().strip().strip("\0")
    except OSError:
        return None
    return said.removesuffix(" (enforce)") if said.endswith("(enforce)") else None


def tell(findings: Iterable[Finding]) -> None:
    """On stdout, as JSON; then the process ends, 1 when there is a fault."""
    told = [finding._asdict() for finding in findings]
    sys.stdout.write(json.dumps({"v": 1, "findings": told}) + "\n")
    sys.exit(int(any(finding["fault"] for finding in told)))
