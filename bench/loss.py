"""A node is lost, on a lab: how long until what ran there runs elsewhere and answers, and what the engine's own part is.

    python -m bench.loss [-n 5] [--quick] [--json]

In turn: the controller's image, and an echo that does nothing, with equal specs, on one of two nodes. Its plug is pulled; the
time is from then until the service answers on the other one. The manager stays. As root, on a lab that runs no room.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from bench import figure, machine
from bench.coap.figures import spread
from bench.swarm import deploys, site, stacks
from bench.swarm.site import Site
from bench.swarm.workshop import Events
from nanoservices import clock
from swarm.errors import EngineError, SwarmError
from swarm.lab import power

QUICK, BACK_S = 1, 90.0
WORD = "controller"
KINDS = deploys.KINDS
Say = Callable[[str], None]


@click.command(help=__doc__)
@click.option("-n", "count", default=5, show_default=True, type=click.IntRange(1), help="Of each.")
@click.option("--quick", is_flag=True, help=f"{QUICK} of each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(count: int, quick: bool, as_json: bool) -> None:
    def say(text: str) -> None:
        click.echo(text, err=True)

    left_out: list[str] = []
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    try:
        with site.there("dockerd", say) as here:
            base = here.lock.base
            _measure(here, QUICK if quick else count, took, say)
    except SwarmError as error:
        if not all(took.values()):
            click.echo(f"bench.loss: {error}", err=True)
            sys.exit(error.exit_code)
        left_out.append(str(error))
    result = {"on": machine.about(), "base": base, "figures": _told(took), "took_s": took, "left_out": left_out}
    click.echo(json.dumps(result, indent=1) if as_json else "\n".join(f"{kind}: {times}" for kind, times in took.items()))
    sys.exit(1 if left_out else 0)


def _told(took: dict[str, list[float]]) -> list[dict[str, Any]]:
    pairs = list(zip(*(took[kind] for kind in KINDS), strict=False))
    times = spread([ours / floor for ours, floor in pairs])._asdict()
    ours = figure.median("a node is lost, until the service answers elsewhere", "s", took["ours"])
    floor = figure.median("a node is lost, until an echo answers elsewhere, the floor", "s", took["floor"])
    return figure.plain([replace(ours, floor="an echo with the same spec", times=times), floor])


def _measure(here: Site, count: int, took: dict[str, list[float]], say: Say) -> None:
    workers = sorted(name for name, url in here.cluster.nodes.items() if url != here.cluster.manager)
    if len(workers) < 2:
        raise EngineError("a service needs a second node to go to, beside the manager: nanoswarm lab up --nodes 3")
    deploys.up(here, here.ours())
    try:
        spec = here.engine.spec(f"{stacks.NAME}_{WORD}")
        for word in here.room["services"]:
            here.engine.remove_service(f"{stacks.NAME}_{word}")
        for number in range(1, count + 1):
            for kind in KINDS if number % 2 else KINDS[::-1]:
                took[kind].append(once(here, movable(spec, here.floor if kind == "floor" else None)))
            say(f"a node is lost, {number} of {count}: {', '.join(f'{kind} {took[kind][-1]:.1f} s' for kind in KINDS)}")
    finally:
        here.engine.remove_stack(stacks.NAME)


def movable(spec: dict[str, Any], floor: str | None) -> dict[str, Any]:
    """One that may run on any worker. Its volume is made anew where it goes: what moves is the service, not its data."""
    found = stacks.floor_spec(spec, floor) if floor else json.loads(json.dumps(spec))
    found["TaskTemplate"]["Placement"] = {"Constraints": ["node.role==worker"]}
    found["Mode"] = {"Replicated": {"Replicas": 1}}
    return dict(found)


def once(here: Site, spec: dict[str, Any]) -> float:
    """Seconds from the plug to the first answer."""
    events = Events(here.engines)
    service, lost = "", ""
    try:
        service = here.engine.create(spec)
        first = events.first("start", spec["Name"], deploys.WITHIN_S)
        deploys.first_answer(here, first.node, first.task, clock.monotonic())
        lost = first.node
        time.sleep(2.0)  # the Swarm has heard that it runs
        events.forget()
        began = clock.monotonic()
        power.stop((lost,))
        again = events.first("start", spec["Name"], BACK_S)
        return deploys.first_answer(here, again.node, again.task, began)
    finally:
        events.close()
        if service:
            here.engine.remove_service(service)
        if lost:
            power.start((lost,))


if __name__ == "__main__":
    main()
