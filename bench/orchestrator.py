"""What the orchestrator takes of this machine: its programs' size, and the memory of those that run.

python -m bench.orchestrator [--json]
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from bench import figure, machine
from bench.figure import Figure

PROGRAMS = (
    "dockerd", "docker", "containerd", "runc", "docker-proxy", "docker-init", "containerd-shim-runc-v2", "tini-static", "ctr",
)  # fmt: skip
RUN = {"dockerd", "containerd"}
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/libexec/docker"
MB = 1e6


def installed(programs: Iterable[str] = PROGRAMS) -> dict[str, int]:
    """Bytes of each that is here; one that has several names once."""
    paths = {name: found for name in programs if (found := shutil.which(name, path=_PATH))}
    real = {Path(path).resolve(): name for name, path in paths.items()}
    return {name: path.stat().st_size for path, name in real.items()}


def memory(proc: Path = Path("/proc")) -> dict[str, int]:
    """Resident bytes of each engine and each containerd that runs, by its pid and name."""
    found = {}
    for folder in proc.glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text().strip()
            if name in RUN:
                pages = int((folder / "statm").read_text().split()[1])
                found[f"{name} {folder.name}"] = pages * os.sysconf("SC_PAGE_SIZE")
        except OSError:  # it has ended meanwhile
            continue
    return found


def told(disk: dict[str, int], resident: dict[str, int]) -> list[Figure]:
    engines = sum(name.startswith("dockerd") for name in resident)
    made = [figure.one("engine_disk_mb", "MB", sum(disk.values()) / MB, len(disk))]
    return made + ([figure.one("engine_rss_mb", "MB", sum(resident.values()) / MB / engines, engines)] if engines else [])


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="As without.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(quick: bool, as_json: bool) -> None:  # every benchmark has it
    disk, resident = installed(), memory()
    if not disk:
        sys.exit("bench.orchestrator: no Docker engine is installed here (dockerd is in no folder of PATH)")
    if as_json:
        click.echo(json.dumps({"on": machine.about(), "figures": figure.plain(told(disk, resident)), "disk": disk}, indent=1))
        return
    for name, size in (disk | resident).items():
        click.echo(f"{name:30}{size / MB:10.1f} MB")


if __name__ == "__main__":
    main()
