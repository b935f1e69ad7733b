"""What a lab may leave on a machine: taken before and after, it must be the same."""

import os
import subprocess
from pathlib import Path

from swarm.lab import processes

_CGROUPS = Path("/sys/fs/cgroup")
_PASSING = ("/run/netns", "/run/shm", "/run/systemd", "/var/lib/apt", "/var/lib/dpkg")
_OTHERS = ("/run/netns", "/tmp")  # a mount that `ip netns` makes once and for all; another engine's, in a test


def traces() -> dict[str, object]:
    return {
        "namespaces": said("ip", "netns", "list").splitlines(),
        "links": sorted(line.split(": ")[1].split("@")[0] for line in said("ip", "-o", "link").splitlines()),
        "rules": [line for line in said("iptables-save").splitlines() if line.startswith("-")],
        "mounts": sorted(path for path in mounted() if not path.startswith(_OTHERS)),
        "folders": [name for top in ("/run", "/etc/docker", "/var/lib") for name in tree(Path(top))],
        "groups": sorted(str(path) for path in (*_CGROUPS.glob("*"), *_CGROUPS.glob("*/*")) if path.is_dir()),
        "processes": [process.pid for process in processes.ours()],
    }


def mounted() -> list[str]:
    return [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]


def said(*command: str) -> str:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    return subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path}).stdout


def tree(top: Path) -> list[str]:
    """Two levels, without what comes and goes by itself."""
    found = [*top.glob("*"), *top.glob("*/*")] if top.is_dir() else []
    return sorted(str(path) for path in found if not str(path).startswith(_PASSING))
