"""What a backup costs, on a lab: as root, in the folder of one where no room runs, else on one of its own.

    python -m bench.backup [--quick] [--rounds 3] [--megabytes 1000] [--only stream|restore|terminate|room] [--json]

stream: a volume of random bytes on a worker, through the engine's API, tar, age, SHA-256 and fsync, beside
`tar | age | sha256sum` of the same files read on the node itself, with an fsync (that way has no network and no API in it).
restore: `backup restore auth` until it runs. terminate: `terminate auth` with its proven backup; it is deployed again after.
room: `backup restore --all` of the room that `terminate --all --purge` has ended, until it is deployed. On other clusters than
labs it refuses. Exit code 0 if no promised figure that was measured is broken.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from bench import adding, figure, machine
from bench.coap.figures import promises
from bench.figure import Figure
from swarm import backup_age, backup_archive, backup_volume, context, engine_volumes, files
from swarm.backup_where import Cluster
from swarm.durable import Growing
from swarm.engine import Engine
from swarm.engine_volumes import Box
from swarm.errors import InputError, SwarmError

PARTS = ("stream", "restore", "terminate", "room")
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
@click.option("--quick", is_flag=True, help="One round, but three of a stream of 300 MB.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(rounds: int, megabytes: int, only: Sequence[str], quick: bool, as_json: bool) -> None:
    def say(text: str) -> None:
        if not as_json:
            click.echo(text, err=True)

    streamed = (max(rounds, 3), 300) if quick else (rounds, megabytes)
    found: dict[str, Any] = {"on": machine.about()}
    figures: list[Figure] = []
    try:
        _refuse_other_than_labs()
        with adding.room("dockerd", say) as folder:
            os.chdir(folder)
            for part in only or PARTS:
                if part == "stream" and shutil.which("age") is None:
                    click.echo("bench.backup: no stream, as age is absent to be beside ours: apt-get install age", err=True)
                    continue
                say(f"{part} ...")
                figures.append(_measured(part, 1 if quick else rounds, streamed, found))
    except SwarmError as error:
        click.echo(f"bench.backup: {error}", err=True)
        sys.exit(error.exit_code)
    budgets = files.read(Path(__file__).parent / "budgets.yml").value["budgets"]
    found["figures"] = figure.plain(figures)
    found["promises"] = promises({each.name: each.value for each in figures}, budgets, "bench.backup")
    click.echo(json.dumps(found, indent=1))
    sys.exit(any(promise["kept"] is False for promise in found["promises"]))


def _refuse_other_than_labs() -> None:
    """InputError: what it ends and purges is to be nobody's."""
    if context.PATH.exists() and not context.load().simulated:
        raise InputError(
            [f"{context.PATH}: is no lab's, and the room there would be ended again and again; use another folder"]
        )


def _measured(part: str, rounds: int, streamed: tuple[int, int], found: dict[str, Any]) -> Figure:
    if part == "stream":
        found |= stream(*streamed)
        return figure.median("backup_stream_ratio", "x", found["ratios"])
    times = {"restore": _restored, "terminate": _terminated, "room": _room_restored}[part]
    if part == "restore":
        _nanoswarm("backup", "save", "auth")
    found[f"{part}_s"] = [times() for _ in range(rounds)]
    return figure.most(f"backup_{part}_s", "s", found[f"{part}_s"])


def stream(rounds: int, megabytes: int) -> dict[str, Any]:
    """Megabytes a second, ours and the plain pipe's in turn; and how many times as fast the plain one was."""
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
    ratios = [one / other for one, other in zip(plain, ours, strict=True)]
    return {"plain_mb_s": plain, "ours_mb_s": ours, "ratios": ratios, "ratio": statistics.median(ratios)}


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
    taken = _nanoswarm("backup", "restore", "auth", "--yes")
    _nanoswarm("backup", "commit", "auth", "--yes")
    return taken


def _terminated() -> float:
    taken = _nanoswarm("terminate", "auth", "--yes")
    _nanoswarm("stack", "deploy", "--yes")
    return taken


def _room_restored() -> float:
    """All that was there is gone before, but the images on the nodes."""
    _nanoswarm("terminate", "--all", "--purge", "--yes")
    return _nanoswarm("backup", "restore", "--all", "--yes")


def _nanoswarm(*words: str) -> float:
    return adding.nanoswarm(Path.cwd(), lambda _text: None, *words)


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
