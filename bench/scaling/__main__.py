"""How costs grow: zones of one controller, participants of one auth, visits a second of one room.

    python -m bench.scaling [--only zones|participants|visits] [--quick] [--json]

Beyond what is measured there is a model, a straight line: what it would have said of the largest, had it not been shown that
one, is told as its error. Nothing here is of several machines: how it grows with nodes, a lab shows (bench.swarm).
"""

import asyncio
import sys
from collections.abc import Callable, Sequence

import click

from bench import figure, telling, visits
from bench.figure import Figure
from bench.scaling import model, participants, zones
from swarm.demo.home import Home

PARTS = ("zones", "participants", "visits")
ZONES, QUICK_ZONES, BEYOND_ZONES = (1, 5, 20, 100, 500), (1, 20, 100), 2000
PEOPLE, QUICK_PEOPLE, BEYOND_PEOPLE = (10, 100, 1000, 10_000, 100_000), (10, 1000, 4000), 1_000_000
EVERY_S, QUICK_EVERY_S = (4.8, 2.4, 1.2, 0.6), (2.4, 0.6)
ASKED, QUICK_ASKED = 300, 200
COME, QUICK_COME = 60, 15
Say = Callable[[str], None]
Curve = tuple[list[Figure], dict[str, str]]  # and a note to some of them


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Measure this only; repeatable.")
@click.option("--quick", is_flag=True, help="Fewer and smaller.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(only: Sequence[str], quick: bool, as_json: bool) -> None:
    def say(text: str) -> None:
        click.echo(text, err=True)

    found: list[Figure] = []
    notes: dict[str, str] = {}
    left_out = []
    for part, measure in {"zones": _zones, "participants": _participants, "visits": _visits}.items():
        if not only or part in only:
            try:
                figures, told = measure(quick, say)
            except RuntimeError as error:
                left_out.append(f"{part}: {error}")
                continue
            found += figures
            notes |= told
    sys.exit(telling.tell(found, notes, left_out, as_json))


def _zones(quick: bool, say: Say) -> Curve:
    found, cpu, rss = [], [], []
    for count in QUICK_ZONES if quick else ZONES:
        one = asyncio.run(zones.measure(count, QUICK_ASKED if quick else ASKED))
        say(f"{count} zones: {one.cpu_ms:.2f} ms of the controller's processor per event, {one.rss_mb:.1f} MB")
        name = f"{count} zones, controller"
        found += [
            figure.median(f"{name}: an event until it is acknowledged", "ms", one.took_ms),
            figure.p95(f"{name}: an event until it is acknowledged, p95", "ms", one.took_ms),
            figure.one(f"{name}: processor time per event", "ms", one.cpu_ms, len(one.took_ms)),
            figure.one(f"{name}: memory", "MB", one.rss_mb),
        ]
        cpu.append((float(count), one.cpu_ms))
        rss.append((float(count), one.rss_mb))
    return _beyond(
        found,
        f"{BEYOND_ZONES} zones, controller",
        BEYOND_ZONES,
        {"processor time per event": ("ms", cpu), "memory": ("MB", rss)},
    )


def _participants(quick: bool, say: Say) -> Curve:
    found, ask, rss = [], [], []
    for count in QUICK_PEOPLE if quick else PEOPLE:
        one = participants.measure(count, QUICK_ASKED if quick else ASKED)
        name = f"{count} participants, auth"
        say(f"{count} participants, written down in {one.bring_s:.1f} s")
        asked = figure.median(f"{name}: whose is this key", "ms", one.took_ms)
        found += [
            asked,
            figure.p95(f"{name}: whose is this key, p95", "ms", one.took_ms),
            figure.one(f"{name}: to write them down", "s", one.bring_s),
            figure.one(f"{name}: memory", "MB", one.rss_mb),
        ]
        ask.append((float(count), asked.value))
        rss.append((float(count), one.rss_mb))
    return _beyond(
        found, f"{BEYOND_PEOPLE} participants, auth", BEYOND_PEOPLE, {"whose is this key": ("ms", ask), "memory": ("MB", rss)}
    )


def _visits(quick: bool, say: Say) -> Curve:
    """The controller's share of a core against visits a second. A PIR allows for no more than one in 0.6 s."""
    found, points = [], []
    for every_s in QUICK_EVERY_S if quick else EVERY_S:
        home = Home()
        home.claim()
        try:
            told = asyncio.run(visits.measure(QUICK_COME if quick else COME, every_s, home, tell=False))
        finally:
            home.release()
        per_visit = figure.by_name(told["figures"])["cpu_ms_per_visit_controller"]
        share = per_visit.value / 1000 / every_s
        name = f"{1 / every_s:.2f} visits/s, controller: share of a core"
        say(f"{name}: {share:.3f}")
        found.append(figure.one(name, "of a core", share, per_visit.n))
        points.append((1 / every_s, share))
    made, notes = _beyond(found, "10 visits/s, controller", 10.0, {"share of a core": ("of a core", points)})
    line = model.fitted(points).line
    if line.slope > 0:
        most = figure.one("visits/s that one core of the controller would carry (model)", "/s", (1 - line.at_0) / line.slope)
        made.append(most)
    return made, notes


def _beyond(found: list[Figure], name: str, x: float, curves: dict[str, tuple[str, list[tuple[float, float]]]]) -> Curve:
    notes = {}
    for what, (unit, points) in curves.items():
        made = model.fitted(points)
        if made.line.slope <= 0:
            continue  # it does not grow with what was measured, and a line says nothing of what comes
        one = figure.one(f"{name}: {what} (model)", unit, made.line.at(x))
        found.append(one)
        error = (
            "not tried: too few points" if made.error is None else f"{made.error:.0%} off about the largest that was measured"
        )
        notes[one.name] = f"a straight line, {error}"
    return found, notes


if __name__ == "__main__":
    main()
