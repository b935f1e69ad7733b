"""What auth writes down, and how fast, on a disk whose every fsync is made slow; and how soon it tells of an outage.

    python -m bench.auth_store [--seconds 60] [--rate 520] [--fsync-ms 20] [--mariadb] [--json]

Visits are reported over CoAP at a steady rate, each until it is acknowledged, and then looked for in the event log. The
floor beside it is a file that is committed to one row at a time on the same disk. With --mariadb all is on a MariaDB of its
own on that disk, and the server is frozen a few times at the end. Exit code 0 if the figures of budgets.yml are kept.
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

from bench.auth_store import events, maria, outage, shim
from bench.auth_store.serving import Auth
from swarm import files

OUTAGES, ASKED = 4, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for how long visits are reported")
    parser.add_argument("--rate", type=float, default=520, help="how many in a second")
    parser.add_argument("--fsync-ms", type=int, default=20, help="how much longer each fsync takes")
    parser.add_argument("--mariadb", action="store_true", help="on a MariaDB, which is started for it")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    asked = parser.parse_args()
    if asked.mariadb and not maria.is_installed():
        sys.exit(maria.ABSENT)
    with tempfile.TemporaryDirectory(prefix="auth-store-") as folder:
        result = measure(Path(folder), asked)
    broken = over_budget(result)
    print(json.dumps({**result, "over_budget": broken}, indent=1) if asked.json else shown(result, broken))
    sys.exit(1 if broken else 0)


def measure(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    disk = shim.slow(folder, folder, asked.fsync_ms)
    floor = events.one_by_one(folder, 2.0, {**os.environ, **disk})
    server = maria.Maria(folder / "m") if asked.mariadb else None
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
        "database": "mariadb" if asked.mariadb else "sqlite",
        "fsync_ms": asked.fsync_ms,
        "n": found.asked,
        "auth_events_per_s": round(len(found.acknowledged) / found.seconds, 1),
        "auth_events_lost": missing + found.asked - len(found.acknowledged),
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
        "auth_refused_max_ms": round(refused[-1], 1),
        "auth_back_s": round(max(found.back_s), 2),
    }


def over_budget(result: dict[str, Any]) -> list[str]:
    """The figures of budgets.yml that are measured here and not kept."""
    budgets = files.read(Path(__file__).parents[1] / "budgets.yml").value["budgets"]
    mine = {name: row for name, row in budgets.items() if row["by"] == "bench.auth_store" and name in result}
    return [
        name
        for name, row in mine.items()
        if not (row.get("least", result[name]) <= result[name] <= row.get("limit", result[name]))
    ]


def shown(result: dict[str, Any], broken: list[str]) -> str:
    lines = [f"  {name:24} {value}{'   over budget' if name in broken else ''}" for name, value in result.items()]
    return "\n".join(["what auth writes down, and how fast:", *lines])


if __name__ == "__main__":
    main()
