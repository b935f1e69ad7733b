"""What sensing costs, through bleak's and gpiozero's own code and the doubles of the daemons behind them.

    python -m bench.sensors [--quick] [--visits 200] [--seconds 20] [--json]

Beside it stands the paper's Table V, which holds a PIR and a radio as well: what those add is simulated, and said apart.
Exit code 0 if everybody was detected and recognised and every figure of budgets.yml that is measured here is kept.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import figure, machine
from bench.coap.figures import promises
from bench.sensors import air
from bench.sensors.devices import Devices
from bench.sensors.figures import least_share, spread
from bench.sensors.room import PIR, Room, cpu_s, room
from nanoservices import clock, wire
from swarm import files
from swarm.demo.home import Home
from swarm.demo.watcher import all_visits
from swarm.doubles.adapter import Broadcast

EVERY_S = 0.6  # a PIR that rises more often is called faulty
BETWEEN_S = 0.1  # from the edge to the tag, so that each visit has its own edge
PATIENCE_S = 3.0
FLOOD_PER_S, FLOOD_DEVICES = 2000, 500
SWEEP = 2000
QUICK = (60, 8.0)  # visits, seconds
PAPER = {"presence_s": {"n": 20, "mean": 1.95, "variance": 0.447}, "ble_s": {"n": 20, "mean": 2.75, "variance": 0.487}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=200, help="how many people come, one after the other")
    parser.add_argument("--seconds", type=float, default=20.0, help="of 2,000 adverts a second")
    parser.add_argument("--quick", action="store_true", help="60 visits, 8 seconds")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    asked = parser.parse_args()
    if asked.quick:
        asked.visits, asked.seconds = QUICK
    with TemporaryDirectory() as folder:  # a short path, as the sockets' have 107 bytes
        home = Home(Path(folder) / "home")
        home.claim()
        try:
            with Devices(Path(folder)) as devices:
                result = asyncio.run(measure(home, devices, asked.visits, asked.seconds))
        finally:
            home.release()
    budgets = files.read(Path(__file__).parents[1] / "budgets.yml").value["budgets"]
    result["promises"] = promises(result["found"], budgets, "bench.sensors")
    print(json.dumps(result, indent=1) if asked.json else table(result))
    kept = all(promise["kept"] for promise in result["promises"])
    sys.exit(0 if kept and result["recognised"] == result["people"] else 1)


async def measure(home: Home, devices: Devices, people: int, flood_s: float) -> dict[str, Any]:
    names = [f"visitor-{number}" for number in range(people)]
    async with room(home, devices) as here:
        await asyncio.to_thread(here.enrol, names)
        edges, adverts = [], {}
        for name in names:
            edges.append(await devices.drive(PIR, True))
            await asyncio.sleep(BETWEEN_S)
            adverts[name] = await shown(here, name)
            await devices.drive(PIR, False)
            await asyncio.sleep(max(0.0, edges[-1] + EVERY_S - clock.monotonic()))
        visits = {v.participant: v for v in await all_visits(here.endpoint, here.the("controller").uri)}
        result = figures(names, edges, adverts, visits)
        flood = await flooded(here, flood_s)
    result["figures"] += figure.plain(
        [
            figure.one("scanner_flood_cpu", "of a core", flood["cpu_share"]),
            figure.one("scanner_flood_growth_mb", "MB", flood["growth_mb"]),
        ]
    )
    result["found"] |= {"scanner_flood_cpu": flood["cpu_share"], "scanner_flood_growth_mb": flood["growth_mb"]}
    software_ms = result["presence_ms"]["mean"] + result["ble_ms"]["mean"]
    return result | {"flood": flood, "air": air.sweep(software_ms, SWEEP), "paper": PAPER}


async def shown(here: Room, name: str) -> float:
    """Show the person's tag as soon as somebody listens; when that was."""
    until = clock.monotonic() + PATIENCE_S
    while clock.monotonic() < until:
        at = await here.devices.advertise(here.tag(name))
        if at >= 0:
            return at
        await asyncio.sleep(0.0005)
    return -1.0


def figures(
    names: list[str], edges: list[float], adverts: dict[str, float], visits: dict[str | None, wire.Visit]
) -> dict[str, Any]:
    noticed, sent, recognised = [], [], []
    for name, edge in zip(names, edges, strict=True):
        visit = visits.get(name)
        steps = {step.name: step.at for step in visit.steps} if visit is not None else {}
        if {"a", "b", "d"} <= steps.keys():
            noticed.append((steps["a"] - edge) * 1000)
            sent.append((steps["b"] - edge) * 1000)
            recognised.append((steps["d"] - adverts[name]) * 1000)
    found = {"edge_to_event_ms": spread(sent)["p95"], "advert_to_recognised_ms": spread(recognised)["p95"]}
    told = [
        figure.median("edge_noticed_median_ms", "ms", noticed),
        figure.median("edge_to_event_median_ms", "ms", sent),
        figure.p95("edge_to_event_ms", "ms", sent),
        figure.median("advert_to_recognised_median_ms", "ms", recognised),
        figure.p95("advert_to_recognised_ms", "ms", recognised),
        figure.one("recognised_share_at_least", "of all", least_share(len(recognised), len(names)), len(names)),
    ]
    return {
        "on": machine.about(),
        "figures": figure.plain(told),
        "people": len(names),
        "recognised": len(recognised),
        "recognised_at_least": round(least_share(len(recognised), len(names)), 4),
        "edge_noticed_ms": spread(noticed),
        "presence_ms": spread(sent),
        "ble_ms": spread(recognised),
        "found": found,
    }


async def flooded(here: Room, for_s: float) -> dict[str, Any]:
    """One scanner, many devices: what it takes of a core, and how its memory grows from a quarter of the time on."""
    scanner = here.the("scanner")
    pid = scanner.pid
    assert pid is not None
    casts = [crowd(number) for number in range(FLOOD_DEVICES)]
    await here.scan(min(60.0, for_s + 30))
    await here.devices.flood(casts, FLOOD_PER_S, for_s / 4)
    heard = await here.heard()
    before_mb, before_s, began = scanner.rss_mb() or 0.0, cpu_s(pid), clock.monotonic()
    per_s = await here.devices.flood(casts, FLOOD_PER_S, for_s * 3 / 4)
    took_s = clock.monotonic() - began
    heard = await here.heard() - heard
    used_s, grown_mb = cpu_s(pid) - before_s, (scanner.rss_mb() or 0.0) - before_mb
    await here.scan(0)
    return {
        "per_s": round(per_s),
        "heard_per_s": round(heard / took_s),
        "cpu_share": round(used_s / took_s, 3),
        "growth_mb": round(grown_mb, 2),
        "rss_mb": before_mb,
    }


def crowd(number: int) -> Broadcast:
    """Somebody's beacon."""
    address, data = f"C2:00:00:00:{number >> 8:02X}:{number & 255:02X}", b"\x02\x15" + number.to_bytes(21)
    return Broadcast(address, -50 - number % 40, manufacturer={76: data})


def table(result: dict[str, Any]) -> str:
    lines = [
        "what                          n    mean [95 %]            variance     p50      p95 [95 %]              min      max"
    ]
    rows = (
        ("edge noticed, ms", "edge_noticed_ms"),
        ("edge to event, ms", "presence_ms"),
        ("advert to recognised, ms", "ble_ms"),
    )
    lines += [_row(title, result[name]) for title, name in rows]
    for title, (name, paper) in zip(("presence", "BLE authentication"), PAPER.items(), strict=True):
        lines.append(
            f"{'paper: ' + title + ', s':26} {paper['n']:4} {paper['mean']:7} {'':17} {paper['variance']:9}   ({name})"
        )
    lines.append(
        f"recognised {result['recognised']} of {result['people']}: at least {result['recognised_at_least']:.1%} (95 %)"
    )
    flood = result["flood"]
    lines.append(
        f"{flood['per_s']} adverts/s of {FLOOD_DEVICES} devices ({flood['heard_per_s']} heard): "
        f"{flood['cpu_share']:.0%} of a core, {flood['growth_mb']} MB more"
    )
    lines.append("")
    lines.append(
        "simulated: tag's interval, loss, strength -> wait for the tag, mean and p95; with PIR and software; what dominates"
    )
    lines += [_air_row(row) for row in result["air"] if row["loss"] in (0.0, 0.3)]
    lines += [f"{promise['name']}: {promise}" for promise in result["promises"] if not promise["kept"]]
    return "\n".join(lines)


def _row(title: str, found: dict[str, Any]) -> str:
    mean, p95 = (f"[{low:.2f}, {high:.2f}]" for low, high in (found["mean_95"], found["p95_95"]))
    return (
        f"{title:26} {found['n']:4} {found['mean']:7.2f} {mean:17} {found['variance']:9.3f} "
        f"{found['p50']:7.2f} {found['p95']:8.2f} {p95:17} {found['min']:8.2f} {found['max']:8.2f}"
    )


def _air_row(row: dict[str, Any]) -> str:
    wait, whole = row["wait_ms"], row["whole_ms"]
    return (
        f"  {row['interval_ms']:5} ms {row['loss']:4.0%} {row['rssi_dbm']:4} dBm   {wait['mean']:7.0f} {wait['p95']:7.0f}"
        f"   {whole['mean']:7.0f} {whole['p95']:7.0f} ms   {row['dominates']}"
    )


if __name__ == "__main__":
    main()
