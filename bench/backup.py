"""What a backup costs on a lab whose room runs: as root, in the folder of `nanoswarm lab up`.

    python -m bench.backup [--rounds 3] [--megabytes 1000] [--only stream|restore|terminate] [--json]

stream: a volume of random bytes on a worker, through the engine's API, tar, age, SHA-256 and fsync, beside
`tar | age | sha256sum` of the same files read on the node itself, with an fsync (that way has no network and no API in it).
restore: `backup restore auth` until it runs. terminate: `terminate auth` with its proven backup; it is deployed again after.
Exit code 0 if no promised figure that was measured is broken.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from bench import machine
from bench.coap.figures import promises
from swarm import backup_age, backup_archive, backup_volume, context, engine_volumes, files
from swarm.backup_where import Cluster
from swarm.durable import Growing
from swarm.engine import Engine
from swarm.engine_volumes import Box
from swarm.errors import SwarmError

PARTS = ("stream", "restore", "terminate")
VOLUME = "nanoswarm-bench"
_FILL = """
import os, sys
left = int(sys.argv[1]) * 1_000_000
number = 0
while left > 0:
    with open(f"/data/{number}", "wb") as file:
        for _ in range(50):
            file.write(os.urandom(min(1_000_000, left)))
            left -= 1_000_000
            if left <= 0:
                break
    number += 1
os.sync()
"""


@click.command(help=__doc__)
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--megabytes", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--only", multiple=True, type=click.Choice(PARTS))
@click.option("--json", "as_json", is_flag=True)
def main(rounds: int, megabytes: int, only: Sequence[str], as_json: bool) -> None:
    found: dict[str, Any] = {"on": machine.about()}
    try:
        for part in only or PARTS:
            if part == "stream":
                found |= stream(rounds, megabytes)
            elif part == "restore":
                _nanoswarm("backup", "save", "auth")
                found["restore_s"] = [_restored() for _ in range(rounds)]
            else:
                found["terminate_s"] = [_terminated() for _ in range(rounds)]
    except SwarmError as error:
        click.echo(f"bench.backup: {error}", err=True)
        sys.exit(error.exit_code)
    figures = {
        "backup_stream_ratio": found.get("ratio"),
        "backup_restore_s": max(found.get("restore_s", [0])) or None,
        "backup_terminate_s": max(found.get("terminate_s", [0])) or None,
    }
    budgets = files.read(Path(__file__).parent / "budgets.yml").value["budgets"]
    found["promises"] = promises({name: value for name, value in figures.items() if value}, budgets, "bench.backup")
    click.echo(json.dumps(found, indent=1))
    sys.exit(any(promise["kept"] is False for promise in found["promises"]))


def stream(rounds: int, megabytes: int) -> dict[str, Any]:
    """Megabytes a second, ours and the plain pipe's in turn; the ratio of their medians, plain to ours as it is promised."""
    cluster = Cluster(context.load())
    node = next(name for name, each in cluster.nodes.items() if each.role == "worker")
    engine = cluster.engine(node)
    image = next(each.image for each in cluster.services.values() if engine.image(each.image))
    engine_volumes.make(engine, VOLUME, {engine_volumes.OURS: "bench"})
    box = Box(image, {"/data": VOLUME}, "0:0", "bench", ("python3", "-c", _FILL, str(megabytes)), rights=("DAC_OVERRIDE",))
    _, public = backup_age.new_key()
    ours, plain = [], []
    try:
        with engine_volumes.opened(engine, box) as opened:
            opened.run(600)
        volume = backup_volume.require(engine, VOLUME, node)
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                plain.append(megabytes / _timed(lambda: _plain(volume.mountpoint, public, Path(folder) / "plain.age")))
                ours.append(megabytes / _timed(lambda: _ours(engine, box, public, Path(folder))))
    finally:
        engine_volumes.remove(engine, VOLUME)
    return {"plain_mb_s": plain, "ours_mb_s": ours, "ratio": statistics.median(plain) / statistics.median(ours)}


def _plain(folder: str, public: str, into: Path) -> None:
    command = 'tar -C "$1" -c . | age -r "$2" | tee "$3" | sha256sum >/dev/null && sync "$3"'
    subprocess.run(["sh", "-c", command, "sh", folder, public, str(into)], check=True)  # noqa: S603, S607


def _ours(engine: Engine, box: Box, public: str, folder: Path) -> None:
    """As swarm/backup_saving.py does it, without a look for databases before and after."""

    def chunks() -> Iterator[bytes]:
        with engine_volumes.opened(engine, box) as opened:
            yield from backup_archive.packed(backup_volume.archive(opened, "/data"))

    growing = Growing([folder], "ours.age")
    backup_age.encrypt(chunks(), growing, public)
    growing.settle()


def _restored() -> float:
    taken = _timed(lambda: _nanoswarm("backup", "restore", "auth", "--yes"))
    _nanoswarm("backup", "commit", "auth", "--yes")
    return taken


def _terminated() -> float:
    taken = _timed(lambda: _nanoswarm("terminate", "auth", "--yes"))
    _nanoswarm("stack", "deploy", "--yes")
    return taken


def _nanoswarm(*words: str) -> None:
    ended = subprocess.run([sys.executable, "-m", "swarm", *words], capture_output=True, text=True)  # noqa: S603
    if ended.returncode != 0:
        raise SwarmError(f"nanoswarm {' '.join(words)}: {ended.stderr.strip()}")


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
