"""What a room costs on a Swarm: to deploy, to start and stop a service, and a visit across nodes; beside the engine's floor.

    python -m bench.swarm [--quick] [--only deploy|start|visits] [--rounds 5] [--visits 200] [--word auth] [--json]

As root, it builds a lab of its own with fresh images, and takes it down; where .nanoswarm/context names a cluster, it
measures that one (no room may run there; visits need a lab). Services and an echo that takes their place are measured in
turn, with the same specs. Exit code 0 if no promised figure that was measured is broken.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench import figure, machine
from bench.coap.figures import promises
from bench.swarm import crossings, deploys, report, site, starts
from bench.swarm.site import Say, Site
from swarm import files
from swarm.errors import SwarmError
from swarm.lab import home
from swarm.words import discover

PARTS = ("deploy", "start", "visits")
QUICK_ROUNDS = {"deploy": 2, "start": 4}  # a median of two is no help against one slow moment
QUICK_VISITS, QUICK_WORDS = 40, ("controller", "auth")


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Measure this part only; may be given again.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="Of each kind, in turn.")
@click.option("--visits", default=200, show_default=True, type=click.IntRange(1), help="How many people come.")
@click.option("--every", default=0.6, show_default=True, help="Seconds between two of them.")
@click.option("--word", "words", multiple=True, type=click.Choice(sorted(discover())), help="Start this service only.")
@click.option("--engine", default="dockerd", metavar="PATH", help="Another dockerd for the lab.")
@click.option("--quick", is_flag=True, help=f"Fewer rounds, {', '.join(QUICK_WORDS)} only, {QUICK_VISITS} visits.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(
    only: Sequence[str], rounds: int, visits: int, every: float, words: Sequence[str], engine: str, quick: bool, as_json: bool
) -> None:
    def say(text: str) -> None:
        if not as_json:
            click.echo(text, err=True)

    if quick:
        visits, words = QUICK_VISITS, words or QUICK_WORDS
    result: dict[str, Any] = {"on": machine.about(), "left_out": []}
    try:
        with site.there(engine, say) as here:
            result["site"] = here.about()
            for part in only or PARTS:
                try:
                    count = QUICK_ROUNDS.get(part, rounds) if quick else rounds
                    result |= _measured(part, here, count, visits, every, words, result["left_out"], say)
                except SwarmError as error:  # a node has vanished, say: the other parts' figures are no worse for it
                    result["left_out"].append(f"{part}: {error}")
    except SwarmError as error:
        click.echo(f"bench.swarm: {error}", err=True)
        sys.exit(error.exit_code)
    budgets = files.read(Path(__file__).parents[1] / "budgets.yml").value["budgets"]
    result["promises"] = promises(report.found(result), budgets, "bench.swarm")
    result["figures"] = figure.plain(report.told(result))
    click.echo(json.dumps(result, indent=1)) if as_json else report.show(result)
    sys.exit(bool(result["left_out"]) or any(promise["kept"] is False for promise in result["promises"]))


def _measured(
    part: str, here: Site, rounds: int, visits: int, every: float, words: Sequence[str], left_out: list[str], say: Say
) -> dict[str, Any]:
    if part == "deploy":
        return {"deploy": report.compared(deploys.measure(here, rounds, left_out, say), report.DEPLOYS)}
    if part == "start":
        chosen = [word for word in here.room["services"] if not words or word in words]
        found = starts.measure(here, chosen, rounds, left_out, say)
        return {"start": {word: report.compared(by, report.STARTS) for word, by in found.items()}}
    state = home.load() if here.cluster.simulated else None
    if state is None:
        left_out.append("visits are left out: people can be sent in on a lab only")
        return {}
    return {"visits": crossings.measure(here, state.plan, visits, every, say)}


if __name__ == "__main__":
    main()
