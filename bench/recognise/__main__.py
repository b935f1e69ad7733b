"""How long auth takes to say who is there, in a company of 10,000 with every kind of key.

    python -m bench.recognise [-n 3000] [--people 10000] [--mariadb] [--json]

A thousand have a phone (its IRK is known), a thousand an Eddystone-EID beacon, 4,000 a rolling tag, the others a name tag.
The questions come over CoAP, one key each as the controller asks; every answer is looked at, too. Asked again while an admin
makes two changes a second, each of which has auth read anew who there is. Exit code 0 if the figures of budgets.yml are kept.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.auth_store import maria
from bench.auth_store.serving import serving
from bench.recognise.asking import asked, changing, fill
from bench.recognise.company import Company
from bench.sensors.figures import spread
from swarm import files

WARM = 60


def measure(folder: Path, count: int, people: int, server: maria.Maria | None) -> dict[str, Any]:
    company = Company(people)
    with serving(folder / "data", server.fresh("auth") if server else None) as auth:
        fill(auth, company)
        asyncio.run(asked(auth, company, WARM))
        quiet = asyncio.run(asked(auth, company, count))
        with changing(auth):
            busy = asyncio.run(asked(auth, company, count))
        name = "recognise_mariadb_p95_ms" if server else "recognise_p95_ms"
        kinds = {kind: spread(values) for kind, values in quiet.items()}
        return {
            name: max(figures["p95"] for figures in kinds.values()),
            "people": people,
            "rss_mb": auth.rss_mb(),
            "ms": kinds,
            "while data change": spread([value for values in busy.values() for value in values]),
        }


def over_budget(result: dict[str, Any]) -> list[str]:
    budgets = files.read(Path(__file__).parents[1] / "budgets.yml").value["budgets"]
    return [name for name, row in budgets.items() if row["by"] == "bench.recognise" and result.get(name, 0) > row["limit"]]


def shown(result: dict[str, Any], broken: list[str]) -> str:
    rows = {**result["ms"], "while data change": result["while data change"]}
    lines = [f"{'ms':20}{'n':>6}{'p50':>8}{'p95':>8}{'max':>8}"]
    lines += [f"{kind:20}{row['n']:>6}{row['p50']:>8.2f}{row['p95']:>8.2f}{row['max']:>8.2f}" for kind, row in rows.items()]
    return "\n".join(
        [*lines, f"{result['people']} people, auth's memory {result['rss_mb']} MB", *(f"over budget: {b}" for b in broken)]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=3000, dest="count", help="questions")
    parser.add_argument("--people", type=int, default=10_000, help="participants, 6,001 at least")
    parser.add_argument("--mariadb", action="store_true", help="on a MariaDB, which is started for it")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    told = parser.parse_args()
    if told.mariadb and not maria.is_installed():
        sys.exit(maria.ABSENT)
    with tempfile.TemporaryDirectory(prefix="recognise-") as name, _server(Path(name), told.mariadb) as server:
        result = measure(Path(name), told.count, told.people, server)
    broken = over_budget(result)
    print(json.dumps({**result, "over_budget": broken}, indent=1) if told.json else shown(result, broken))
    sys.exit(1 if broken else 0)


@contextmanager
def _server(folder: Path, is_wanted: bool) -> Iterator[maria.Maria | None]:
    if not is_wanted:
        yield None
        return
    server = maria.Maria(folder / "m")
    try:
        server.start()
        yield server
    finally:
        server.kill()


if __name__ == "__main__":
    main()
