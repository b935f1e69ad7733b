"""How long auth takes to say who is there, in a company of 10,000 with every kind of key.

    python -m bench.recognise [--quick] [-n 3000] [--people 10000] [--only sqlite|mariadb] [--json]

A thousand have a phone (its IRK is known), a thousand an Eddystone-EID beacon, 4,000 a rolling tag, the others a name tag.
The questions come over CoAP, one key each as the controller asks; every answer is looked at, too. Asked again while an admin
makes two changes a second, each of which has auth read anew who there is. First on SQLite, then on a MariaDB that is started
for it. Exit code 0 if the figures of budgets.yml are kept.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import figure, machine
from bench.auth_store import maria
from bench.auth_store.serving import serving
from bench.recognise.asking import asked, changing, fill
from bench.recognise.company import Company
from bench.sensors.figures import spread
from swarm import files

WARM, QUICK = 60, 900
PROMISED = {"sqlite": "recognise_p95_ms", "mariadb": "recognise_mariadb_p95_ms"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=3000, dest="count", help="questions, to each database and twice")
    parser.add_argument("--people", type=int, default=10_000, help="participants, 6,001 at least")
    parser.add_argument("--only", choices=maria.KINDS, help="on this database alone")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} questions")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    told = parser.parse_args()
    found = {kind: measure(kind, QUICK if told.quick else told.count, told.people) for kind in maria.wanted(told.only)}
    figures = [each["promised"] for each in found.values()]
    broken = over_budget(figures)
    if told.json:
        of = {kind: {**each, "promised": None} for kind, each in found.items()}
        print(json.dumps({"on": machine.about(), "figures": figure.plain(figures), "of": of, "over_budget": broken}, indent=1))
    else:
        print("\n\n".join([*(shown(kind, each) for kind, each in found.items()), *(f"over budget: {name}" for name in broken)]))
    sys.exit(1 if broken else 0)


def measure(kind: str, count: int, people: int) -> dict[str, Any]:
    company = Company(people)
    with (
        tempfile.TemporaryDirectory(prefix="recognise-") as name,
        maria.address(Path(name), kind) as database,
        serving(Path(name) / "data", database) as auth,
    ):
        fill(auth, company)
        asyncio.run(asked(auth, company, WARM))
        quiet = asyncio.run(asked(auth, company, count))
        with changing(auth):
            busy = asyncio.run(asked(auth, company, count))
        memory_mb = auth.rss_mb()
    dearest = max((figure.p95(PROMISED[kind], "ms", values) for values in quiet.values()), key=lambda each: each.value)
    kinds = {key: spread(values) for key, values in quiet.items()}
    changed = spread([value for values in busy.values() for value in values])
    return {"promised": dearest, "people": people, "rss_mb": memory_mb, "ms": {**kinds, "while data change": changed}}


def over_budget(figures: list[figure.Figure]) -> list[str]:
    budgets = files.read(Path(__file__).parents[1] / "budgets.yml").value["budgets"]
    return [each.name for each in figures if each.value > budgets[each.name]["limit"]]


def shown(kind: str, found: dict[str, Any]) -> str:
    lines = [f"{'ms, ' + kind:20}{'n':>6}{'p50':>8}{'p95':>8}{'max':>8}"]
    lines += [f"{k:20}{row['n']:>6}{row['p50']:>8.2f}{row['p95']:>8.2f}{row['max']:>8.2f}" for k, row in found["ms"].items()]
    return "\n".join([*lines, f"{found['people']} people, auth's memory {found['rss_mb']} MB"])


if __name__ == "__main__":
    main()
