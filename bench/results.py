"""docs/results/paper.* anew: `nanoswarm bench paper` on the cluster of this folder, else, as root, on a lab made for it.

    python -m bench.results [--quick]

All variants of the images are built first, for the tables of their sizes. It goes on where an earlier one ended.
"""

import subprocess
import sys
from pathlib import Path

import click

from bench import rounds
from swarm import context
from swarm.errors import SwarmError
from swarm.lab.plan import MOST_NODES

OUTPUT = rounds.ROOT / ".nanoswarm/bench"
KEPT = rounds.ROOT / "docs/results"
SUFFIXES = (".md", ".html", ".csv", ".json")


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="Few repetitions; not for the tree.")
def main(quick: bool) -> None:
    def say(text: str) -> None:
        click.echo(text, err=True)

    try:
        with rounds.somewhere(rounds.NEED_A_SWARM, say, MOST_NODES) as (folder, why_not):
            if why_not:
                raise SwarmError(why_not)
            variants = () if quick else ("--variant", "all")
            _nanoswarm(folder, "images", "build", *variants)
            registry = context.load(folder / context.PATH, {}).registry
            _nanoswarm(folder, "images", "push", *([] if registry else ["--direct"]))
            ended = _nanoswarm(folder, "bench", "paper", "--output", str(OUTPUT), *(["--quick"] if quick else []))
    except SwarmError as error:
        say(f"bench.results: {error}")
        sys.exit(1)
    for suffix in SUFFIXES:
        keep(OUTPUT / f"report{suffix}", KEPT / f"paper{suffix}")
    say(f"{KEPT}/paper.md is written")
    sys.exit(ended)


def keep(path: Path, there: Path) -> None:
    there.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")


def _nanoswarm(folder: Path, *words: str) -> int:
    environment = rounds.environment()
    command = [sys.executable, "-m", "swarm", *words]
    return subprocess.run(command, cwd=folder, env=environment, check=False, stdout=subprocess.DEVNULL).returncode  # noqa: S603


if __name__ == "__main__":
    main()
