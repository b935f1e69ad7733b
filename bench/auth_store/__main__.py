"""What auth writes down, and how fast, on a disk whose every fsync is made slow; and how soon it tells of an outage.

    python -m bench.auth_store [--quick] [--seconds 60] [--rate 520] [--fsync-ms 20] [--only sqlite|mariadb] [--json]

Visits are reported over CoAP at a steady rate, each until it is acknowledged, and then looked for in the event log. The
floor beside it is a file that is committed to one row at a time on the same disk. First on SQLite; then on a MariaDB of its
own on that disk, which is frozen a few times at the end. Exit code 0 if the figures of budgets.yml are kept.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import figure, machine
from bench.auth_store import events, maria, outage, shim
from bench.auth_store.serving import Auth
from bench.figure import Figure
from swarm import files

OUTAGES, ASKED, QUICK_S = 4, 50, 10.0
PROMISED = {"sqlite": "auth_events_per_s", "mariadb": "auth_events_mariadb_per_s"}
Found = dict[str, dict[str, Any]]  # by database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for how long visits are reported")
    parser.add_argument("--rate", type=float, default=520, help="how many in a second")
    parser.add_argument("--fsync-ms", type=int, default=20, help="how much longer each fsync takes")
    parser.add_argument("--only", choices=maria.KINDS, help="on this database alone")
    parser.add_argument("--quick", action="store_true", help=f"for {QUICK_S:g} s")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    asked = parser.parse_args()
    asked.seconds = QUICK_S if asked.quick else asked.seconds
    found = {kind: in_a_folder(kind, asked) for kind in maria.wanted(asked.only)}
    figures = promised(found)
    broken = over_budget(figures)
    told = {"on": machine.about(), "figures": figure.plain(figures), "of": found, "over_budget": broken}
    print(json.dumps(told, indent=1) if asked.json else shown(found, broken))
    sys.exit(1 if broken else 0)


def in_a_folder(kind: str, asked: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="auth-store-") as folder:
        return measure(Path(folder), kind == "mariadb", asked)


def measure(folder: Path, on_a_server: bool, asked: argparse.Namespace) -> dict[str, Any]:
    disk = shim.slow(folder, folder, asked.fsync_ms)
    floor = events.one_by_one(folder, 2.0, {**os.environ, **disk})
    server = maria.Maria(folder / "m") if on_a_server else None
    if server is not None:
        server.start("--innodb-flush-method=fsync", environment=disk)
    auth = Auth(folder / "data", server.fresh("auth") if server else None, disk)
    try:
        auth.start()
        found = asyncio.run(events.report(auth, asked.rate, asked.seconds))
        result = _figures(found, found.missing(auth), floor, asked)
        if server is not None:
            result |= _outages(outage.frozen(auth, server, OUTAGES, ASKED))
    finally:
        auth.kill()
        if server is not None:
            server.kill()
    return result


def _figures(found: events.Reported, missing: int, floor: float, asked: argparse.Namespace) -> dict[str, Any]:
    took = sorted(found.took_ms)
    return {
        "fsync_ms": asked.fsync_ms,
        "n": found.asked,
        "events_per_s": round(len(found.acknowledged) / found.seconds, 1),
        "lost": missing + found.asked - len(found.acknowledged),
        "asked_again": len(found.failures),
        "acknowledged_p50_ms": round(statistics.median(took), 1),
        "acknowledged_p95_ms": round(took[int(0.95 * len(took))], 1),
        "one_by_one_per_s": round(floor, 1),
    }


def _outages(found: outage.Outage) -> dict[str, Any]:
    refused = sorted(found.refused_ms)
    return {
        "outages": len(found.back_s),
        "refused_n": len(refused),
        "refused_p50_ms": round(statistics.median(refused), 1),
        "refused_max_ms": round(refused[-1], 1),
        "back_s": round(max(found.back_s), 2),
    }


def promised(found: Found) -> list[Figure]:
    """What budgets.yml promises."""
    figures = [figure.one(PROMISED[kind], "/s", each["events_per_s"], each["n"]) for kind, each in found.items()]
    lost, asked = (sum(each[name] for each in found.values()) for name in ("lost", "n"))
    figures.append(figure.one("auth_events_lost", "visits", lost, asked))
    if (server := found.get("mariadb")) is not None:
        figures.append(
            Figure("auth_refused_max_ms", server["refused_max_ms"], "ms", server["refused_n"], statistic=figure.MOST)
        )
        figures.append(Figure("auth_back_s", server["back_s"], "s", server["outages"], statistic=figure.MOST))
    return figures


def over_budget(figures: list[Figure]) -> list[str]:
    budgets = files.read(Path(__file__).parents[1] / "budgets.yml").value["budgets"]
    rows = [(each, budgets[each.name]) for each in figures]
    return [each.name for each, row in rows if not row.get("least", each.value) <= each.value <= row.get("limit", each.value)]


def shown(found: Found, broken: list[str]) -> str:
    lines = [f"{kind:8} {name:24} {value}" for kind, each in found.items() for name, value in each.items()]
    return "\n".join([*lines, *(f"over budget: {name}" for name in broken)])


if __name__ == "__main__":
    main()
