"""Many visits through the demo's house: how long until the light is on, how soon all is ready, how much memory it takes.

    python -m bench.visits [--quick] [--visits 200] [--every 0.6] [--json]

Exit code 0 if every visit was completed and every figure of budgets.yml that is measured here is kept.
"""

import argparse
import asyncio
import datetime
import json
import sys
from pathlib import Path
from typing import Any, Protocol

from bench import figure, machine
from bench.coap.running import Process
from bench.figure import Figure
from nanoservices import clock, wire
from swarm import files, labels_file, waterfall
from swarm.auth_api import AuthApi
from swarm.demo.cast import Cast
from swarm.demo.home import Home
from swarm.demo.house import House
from swarm.demo.pace import Pace
from swarm.demo.stage import Stage
from swarm.demo.watcher import Watcher
from swarm.demo.world import World

SPEED = 20.0
SEED = 1
LINGER_S = 20.0
QUICK = 40
LABELS = next(path for path in (Path("labels.yml"), Path(__file__).parents[1] / "labels.yml") if path.exists())


class Setting(Protocol):
    """Where people come and go: the demo's house, or a lab."""

    world: World
    stage: Stage
    watcher: Watcher
    way: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=200, help="how many people come, one after the other")
    parser.add_argument(
        "--every", type=float, default=0.6, help="seconds between two of them; a PIR that rises more often is called faulty"
    )
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} people")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    asked = parser.parse_args()
    home = Home()
    home.claim()
    try:
        result = asyncio.run(measure(QUICK if asked.quick else asked.visits, asked.every, home, tell=not asked.json))
    finally:
        home.release()
    broken = over_budget(result)
    print(json.dumps({**result, "over_budget": broken}, indent=1) if asked.json else table(result, broken))
    sys.exit(1 if broken or result["not_completed"] else 0)


async def measure(count: int, every_s: float, home: Home, tell: bool) -> dict[str, Any]:
    def say(text: str, _style: str = "") -> None:
        if tell:
            print(text, file=sys.stderr)

    people, cast = [f"visitor-{number}" for number in range(count)], Cast(SEED)
    async with House(labels_file.read(LABELS), Pace(SPEED), SEED, home, say, lambda visit, was: None) as house:
        await asyncio.to_thread(enrol, house.api(), cast, people, house.room)
        say(f"{count} people are invited; one comes every {every_s:g} s")
        begun = cpu_s(house)
        await come_and_go(house, cast, people, every_s)
        house.check()
        used = {word: seconds - begun[word] for word, seconds in cpu_s(house).items()}
        visits = [*house.watcher.visits.values()]
        found = figures(visits, house.supervisor.ready_s, house.supervisor.rss_mb())
        return {"on": machine.about()} | found | {"figures": figure.plain([*told(visits, found), *cpu(used, count)])}


def enrol(api: AuthApi, cast: Cast, people: list[str], room: str) -> None:
    now, hour = datetime.datetime.now(datetime.UTC), datetime.timedelta(hours=1)
    for name in people:
        api.add_participant(name, name)
        api.add_rolling_credential(name, cast.secret(name))
    api.add_meeting("bench", "Bench", room, starts=now - hour, ends=now + hour, invited=people)


async def come_and_go(house: Setting, cast: Cast, people: list[str], every_s: float) -> None:
    """Each comes in, is led, and leaves once their visit is over."""
    last_at = clock.monotonic()
    for name in people:
        last_at = clock.monotonic()
        house.world.send_in(name, cast.tag(name), house.way, last_at)
        house.stage.poke()
        await asyncio.sleep(every_s)
        let_out(house)
    while house.world.people and clock.monotonic() < last_at + LINGER_S:
        await asyncio.sleep(every_s)
        let_out(house)


def let_out(house: Setting) -> None:
    done = {visit.participant for visit in house.watcher.visits.values() if visit.outcome is not None}
    for person in house.world.people:
        if person.name in done:
            house.world.leave(person)


def figures(visits: list[wire.Visit], ready_s: float | None, rss_mb: dict[str, float]) -> dict[str, Any]:
    plain = [waterfall.plain(visit) for visit in visits]
    spread: dict[str, dict[str, float | None]] = {}
    for hop in (*waterfall.HOPS, "cue"):
        took = [row["hops_ms"].get(hop) if hop != "cue" else row.get("cue_ms") for row in plain]
        known = [value for value in took if value is not None]
        spread[hop] = {"n": len(known), **{f"p{p}": waterfall.percentile(known, p / 100) for p in (50, 95, 99, 100)}}
    odd = [row for row in plain if row["outcome"] != "completed"]
    shown = {"cue_p95_ms": spread["cue"]["p95"], "ready_s": ready_s} | {f"rss_{word}_mb": mb for word, mb in rss_mb.items()}
    return {**shown, "visits": len(plain), "not_completed": odd, "ms": spread}


def cpu_s(house: House) -> dict[str, float]:
    """Seconds that the services have worked so far, all instances of a word together."""
    found: dict[str, float] = {}
    for instance in house.supervisor.instances:
        if instance.pid is not None:
            found[instance.word] = found.get(instance.word, 0.0) + Process(instance.pid).cpu_ns() / 1e9
    return found


def cpu(used_s: dict[str, float], visits: int) -> list[Figure]:
    """What a visit costs, with all that goes on meanwhile (announcing, listening)."""
    each = [figure.one(f"cpu_ms_per_visit_{word}", "ms", 1000 * used / visits, visits) for word, used in used_s.items()]
    return [figure.one("cpu_ms_per_visit", "ms", 1000 * sum(used_s.values()) / visits, visits), *each]


def told(visits: list[wire.Visit], found: dict[str, Any], prefix: str = "") -> list[Figure]:
    """Each hop's, and the cue's; and what was found of the processes."""
    plain = [waterfall.plain(visit) for visit in visits]
    made = []
    for hop in waterfall.HOPS:
        if took := [row["hops_ms"][hop] for row in plain if row["hops_ms"].get(hop) is not None]:
            made += [figure.median(f"{prefix}hop_{hop}_ms", "ms", took), figure.p95(f"{prefix}hop_{hop}_p95_ms", "ms", took)]
    if cues := [row["cue_ms"] for row in plain if row.get("cue_ms") is not None]:
        made += [figure.median(f"{prefix}cue_ms", "ms", cues), figure.p95(f"{prefix}cue_p95_ms", "ms", cues)]
    units = {"ready_s": "s"} | {name: "MB" for name in found if name.startswith("rss_")}
    return made + [figure.one(name, unit, found[name]) for name, unit in units.items() if found.get(name) is not None]


def over_budget(result: dict[str, Any]) -> list[str]:
    """What is above its limit, or was not measured at all."""
    budgets = files.read(Path(__file__).with_name("budgets.yml")).value["budgets"]
    ours = {name: budget for name, budget in budgets.items() if budget["by"] == "bench.visits"}
    return [
        f"{name} is {result.get(name)} {budget['unit']}, the limit is {budget['limit']}"
        for name, budget in ours.items()
        if result.get(name) is None or result[name] > budget["limit"]
    ]


def table(result: dict[str, Any], broken: list[str]) -> str:
    lines = ["ms         n     p50     p95     p99     max"]
    for hop, row in result["ms"].items():
        cells = ("-" if row[p] is None else f"{row[p]:.1f}" for p in ("p50", "p95", "p99", "p100"))
        lines.append(f"{hop:<6}{row['n']:>6}" + "".join(f"{cell:>8}" for cell in cells))
    lines += [f"{name} {value}" for name, value in result.items() if name.startswith(("rss_", "ready_"))]
    lines += [f"not completed: {row['person']} {row['outcome']} {row['reason']}" for row in result["not_completed"]]
    return "\n".join([*lines, *(broken or ["every budget is kept"])])


if __name__ == "__main__":
    main()
