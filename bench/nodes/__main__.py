"""How a cluster grows: one service on 1, 2, 4 and 8 nodes at the same request, until the last of them answers.

    python -m bench.nodes [-n 5] [--quick] [--json]

In turn with an echo that does nothing, with an equal spec. As root it makes a lab of eight nodes; where .nanoswarm/context
names a cluster that runs no room, it measures that one, as far as its nodes go. Beyond them there is a simulation, of a lab
only, where all that works is seen: it learns from all but the largest number of nodes, and how far off it is about that one
is its error. It says how a lab of this machine would go on, and how nodes would that have cores of their own.
"""

import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import click

from bench import figure, telling
from bench.coap.figures import spread
from bench.figure import Figure
from bench.nodes import simulation
from bench.nodes.measuring import Begun, Nodes
from bench.nodes.simulation import Start
from bench.scaling import model
from bench.swarm import deploys, site, stacks
from bench.swarm.deploys import KINDS
from bench.swarm.site import Say
from swarm.errors import SwarmError
from swarm.lab.plan import MOST_NODES

QUICK, BEYOND = 1, (16, 32, 64)
Rounds = dict[int, dict[str, list[Begun]]]  # by the number of nodes and the kind


@click.command(help=__doc__)
@click.option(
    "-n", "rounds", default=5, show_default=True, type=click.IntRange(1), help="Of each kind, on each number of nodes."
)
@click.option("--quick", is_flag=True, help=f"{QUICK} of each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(rounds: int, quick: bool, as_json: bool) -> None:
    def say(text: str) -> None:
        click.echo(text, err=True)

    found: Rounds = {}
    left_out: list[str] = []
    base, simulated = "", False
    try:
        with site.there("dockerd", say, MOST_NODES) as here:
            base, simulated = here.lock.base or "", here.cluster.simulated
            measure(here, QUICK if quick else rounds, found, say)
    except SwarmError as error:
        if not any(all(by.values()) for by in found.values()):
            click.echo(f"bench.nodes: {error}", err=True)
            sys.exit(error.exit_code)
        left_out.append(str(error))
    figures, notes = told(found)
    if simulated:
        more, why = beyond(found, os.cpu_count() or 1)
        figures, notes = figures + more, notes | why
    sys.exit(telling.tell(figures, notes, left_out, as_json, base=base))


def measure(here: site.Site, rounds: int, found: Rounds, say: Say) -> None:
    """Into `found`, so that what is there stays when a node vanishes. A first round on all nodes is not counted: images are
    fetched in it."""
    deploys.up(here, here.ours())
    try:
        nodes = Nodes(here)
        for word in here.room["services"]:
            here.engine.remove_service(f"{stacks.NAME}_{word}")
        with nodes.first(len(nodes)):
            for kind in KINDS:
                nodes.begin(kind, len(nodes))
        nodes.rest()
        for number in range(1, rounds + 1):
            for count in counts(len(nodes)):
                by = found.setdefault(count, {kind: [] for kind in KINDS})
                with nodes.first(count):
                    for kind in KINDS if number % 2 else KINDS[::-1]:
                        by[kind].append(nodes.begin(kind, count))
                say(
                    f"{number} of {rounds}, {count} nodes: "
                    + ", ".join(f"{by[kind][-1].answered_s[-1]:.2f} s" for kind in KINDS)
                )
    finally:
        here.engine.remove_stack(stacks.NAME)


def counts(most: int) -> list[int]:
    """1, 2, 4, ... and as many as there are."""
    return sorted({1 << bit for bit in range(most.bit_length()) if 1 << bit <= most} | {most})


def told(found: Rounds) -> tuple[list[Figure], dict[str, str]]:
    figures: list[Figure] = []
    for count, by in sorted(found.items()):
        pairs = list(zip(*(by[kind] for kind in KINDS), strict=False))
        if not pairs:
            continue
        ours, floor = ([pair[which] for pair in pairs] for which in (0, 1))
        times = spread([mine.answered_s[-1] / least.answered_s[-1] for mine, least in pairs])._asdict()
        name = f"{_nodes(count)}, a controller on each"
        last = figure.median(f"{name}: until the last answers", "s", [one.answered_s[-1] for one in ours])
        figures += [
            figure.median(f"{name}: until the last container has started", "s", [one.started_s[-1] for one in ours]),
            replace(last, floor="an echo with the same spec", times=times),
            figure.median(f"{_nodes(count)}, an echo on each: until the last answers, the floor", "s", _last(floor)),
        ]
        if all(one.cpu_s is not None for one in ours):
            figures.append(figure.median(f"{name}: processor time meanwhile", "s", [one.cpu_s or 0.0 for one in ours]))
    return figures, {}


def beyond(found: Rounds, cores: int) -> tuple[list[Figure], dict[str, str]]:
    """Simulated, and why it may be believed or not. Nothing of fewer than three numbers of nodes: nothing would be left to try
    it on."""
    ours = {count: by["ours"] for count, by in found.items() if by["ours"]}
    if len(ours) < 3:  # two to learn from, one to try it on
        return [], {}
    largest = max(ours)
    start = learned({count: begun for count, begun in ours.items() if count < largest}, cores)
    measured = statistics.median(_last(ours[largest]))
    off = simulation.all_there(largest, start, cores, shared=True) / measured - 1
    where = "above" if off > 0 else "below"
    why = f"it learnt from fewer than {largest} nodes, and about {largest} is {abs(off):.0%} {where} what was measured"
    figures = [
        figure.one(f"{_nodes(count)}, {of}: until the last answers (simulated)", "s", all_there, simulation.RUNS)
        for shared, of in ((True, f"all in a lab on {cores} cores"), (False, f"each with {cores} cores like these of its own"))
        for count in (largest, *(one for one in BEYOND if one > largest))
        for all_there in [simulation.all_there(count, start, cores, shared=shared)]
    ]
    return figures, {one.name: why for one in figures}


def learned(ours: Mapping[int, Sequence[Begun]], cores: int) -> Start:
    """What a task costs, from at least two numbers of nodes. What is left of the time once its work is taken off, where there
    are cores for all, is waiting."""
    cpu = model.fitted([(float(count), statistics.median(one.cpu_s or 0.0 for one in begun)) for count, begun in ours.items()])
    manager = model.fitted(
        [(float(count), statistics.median(one.manager_s or 0.0 for one in begun)) for count, begun in ours.items()]
    )
    dispatch_s = min(max(0.0, manager.line.slope), max(0.0, cpu.line.slope))
    work_s = max(0.0, cpu.line.slope) - dispatch_s
    once_s = max(0.0, cpu.line.at_0)
    waits = [
        max(0.0, answered - once_s - dispatch_s * number - work_s)
        for count, begun in ours.items()
        if count <= max(cores, min(ours))
        for one in begun
        for number, answered in enumerate(one.answered_s, 1)
    ]
    return Start(waits, work_s, dispatch_s, once_s)


def _last(begun: Sequence[Begun]) -> list[float]:
    return [one.answered_s[-1] for one in begun]


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count} nodes"


if __name__ == "__main__":
    main()
