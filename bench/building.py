"""How long it takes to deploy a service in the paper's sense: to build its image on this cluster's manager.

    python -m bench.building [--variant slim] [--word auth] [-n 5] [--quick] [--json]

In turn: from nothing but the base image, and once more with nothing changed. Where the base is not there yet, fetching it is
told as well, once: it takes as long as the network does. The images that are there stay what they are.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import click

from bench import figure, machine
from swarm import images, images_base, images_build
from swarm.commands import images_options
from swarm.engine import Engine
from swarm.errors import SwarmError
from swarm.images import SLIM, VARIANTS, Kind
from swarm.images_base import Base
from swarm.words import Word, discover

QUICK, QUICK_WORDS = 2, ("presence", "auth")
HOW = ("base present", "nothing changed")
Say = Callable[[str], None]


@click.command(help=__doc__)
@click.option("--variant", type=click.Choice(VARIANTS), default=SLIM, show_default=True, help="What to build.")
@click.option("--word", "words", multiple=True, type=click.Choice(sorted(discover())), help="This service only; repeatable.")
@click.option("-n", "count", default=5, show_default=True, type=click.IntRange(1), help="Of each.")
@click.option("--quick", is_flag=True, help=f"{QUICK} of {' and '.join(QUICK_WORDS)}.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(variant: str, words: Sequence[str], count: int, quick: bool, as_json: bool) -> None:
    def say(text: str) -> None:
        click.echo(text, err=True)

    if quick:
        count, words = QUICK, words or QUICK_WORDS
    try:
        result = measure(variant, words, count, say)
    except SwarmError as error:
        click.echo(f"bench.building: {error}", err=True)
        sys.exit(error.exit_code)
    if as_json:
        click.echo(json.dumps(result, indent=1))
    else:
        for row in result["figures"]:
            click.echo(f"{row['name']:40} n={row['n']} {row['value']:8.2f} s  {row['low']:.2f} to {row['high']:.2f}")
    sys.exit(1 if result["left_out"] else 0)


def measure(variant: str, words: Sequence[str], count: int, say: Say) -> dict[str, Any]:
    """What was measured before something failed is told, and what failed."""
    engine, known = Engine(images_options.cluster_here().manager), discover()
    kind = images.kind(variant, None, engine.arch())
    base, fetched_s = _base(engine, kind, say)
    chosen = [known[name] for name in (words or sorted(known))]
    took: dict[str, list[float]] = {f"{word.name}, {variant}, {how}": [] for word in chosen for how in HOW}
    left_out = []
    for number in range(1, count + 1):
        for word in chosen:
            try:
                for how in HOW:
                    took[f"{word.name}, {variant}, {how}"].append(once(engine, word, kind, base, fresh=how == HOW[0]))
            except SwarmError as error:
                left_out.append(f"{word.name}, {variant}, {number} of {count}: {error}")
        say(f"building {variant}, {number} of {count}")
    made = [figure.median(name, "s", seconds) for name, seconds in took.items() if seconds]
    notes = [] if fetched_s is None else [f"{base.says} was fetched in {fetched_s:.1f} s"]
    on = machine.about() | {"engine": engine.version()}
    return {"on": on, "figures": figure.plain(made), "bases": {variant: base.says}, "left_out": left_out, "told": notes}


def _base(engine: Engine, kind: Kind, say: Say) -> tuple[Base, float | None]:
    """Seconds that it took to be had; None when it was there."""
    wanted = images_base.official(kind.variant)
    if there := images_base.there(engine, wanted, kind):
        return there, None
    began = time.monotonic()
    return images_base.find(engine, wanted, kind, images_build.sources(), say), time.monotonic() - began


def once(engine: Engine, word: Word, kind: Kind, base: Base, *, fresh: bool) -> float:
    how = images_build.recipe(images_build.sources(), kind, base, None, fresh=fresh)
    began = time.monotonic()
    images_build.build(engine, word, how, lambda *_: None, lambda _: None)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
