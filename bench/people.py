"""How long it takes to bring a whole company: `nanoswarm participant import` of a CSV file into an empty auth.

    python -m bench.people [--quick] [-n 5] [--people 10000] [--json]

Every run has an auth of its own, a real process on SQLite. The floor beside it is the same file a second time, when auth is
asked and has nothing to do.
"""

import contextlib
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench import figure, machine
from swarm.demo.supervisor import free_ports

TOKEN = "a-token-of-the-bench"  # noqa: S105
READY_S = 20.0
QUIET = subprocess.DEVNULL


def write(path: Path, people: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "name", "email", "key", "secret"])
        for number in range(people):
            keys = ("", f"{number:032x}") if number % 10 == 0 else (f"mac:{number:012x}", "")
            rows.writerow([f"p{number}", f"Person {number}", f"p{number}@example.org", *keys])


@contextlib.contextmanager
def auth(folder: Path) -> Iterator[str]:
    """The address of one that has nothing yet."""
    port, udp = free_ports("tcp", 1)[0], free_ports("udp", 1)[0]
    (folder / "place.json").write_text(json.dumps({"zones": [], "rooms": {}, "nodes": {}}))
    told = {
        "NANO_NODE": "bench", "NANO_PLACE": str(folder / "place.json"), "NANO_BIND": "127.0.0.1", "NANO_PORT": str(udp),
        "NANO_CONTROLLER": "coap://127.0.0.1:9", "NANO_DATA": str(folder), "NANO_HTTP_BIND": "127.0.0.1",
        "NANO_HTTP_PORT": str(port), "NANO_ADMIN_TOKEN": TOKEN, "NANO_ROOM_CREDENTIAL": TOKEN, "NANO_SEAL_KEY": "5ea1" * 12,
    }  # fmt: skip
    command = [sys.executable, "-m", "nanoservices.auth"]
    with subprocess.Popen(command, env={**os.environ, **told}, stdout=QUIET, stderr=QUIET) as process:  # noqa: S603
        try:
            until = time.monotonic() + READY_S
            while not _is_alive(command, told):
                if process.poll() is not None or time.monotonic() > until:
                    raise click.ClickException("auth does not start")
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _is_alive(command: list[str], told: dict[str, str]) -> bool:
    asked = subprocess.run([*command, "--health"], env={**os.environ, **told}, stderr=QUIET, check=False)  # noqa: S603
    return asked.returncode == 0


def imported_s(url: str, path: Path) -> float:
    told = {"NANOSWARM_AUTH": url, "NANOSWARM_TOKEN_FILE": str(path.with_name("token"))}
    began = time.perf_counter()
    command = [sys.executable, "-m", "swarm", "participant", "import", str(path), "--yes"]
    subprocess.run(command, env={**os.environ, **told}, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.perf_counter() - began


def one(people: int) -> tuple[float, float]:
    """Seconds of the import, and of the same again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "token").write_text(TOKEN)
        write(folder / "people.csv", people)
        with auth(folder) as url:
            return imported_s(url, folder / "people.csv"), imported_s(url, folder / "people.csv")


@click.command()
@click.option("-n", "count", default=5, show_default=True, help="Runs.")
@click.option("--people", default=10_000, show_default=True, help="In the file.")
@click.option("--quick", is_flag=True, help="One run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(count: int, people: int, quick: bool, as_json: bool) -> None:
    """Seconds of an import."""
    count = 1 if quick else count
    runs = [one(people) for _ in range(count)]
    figures = {name: sorted(run[index] for run in runs) for index, name in enumerate(("import", "again, nothing to do"))}
    if as_json:
        told = [
            figure.most("import_s", "s", figures["import"]),
            figure.median("import_again_s", "s", figures["again, nothing to do"]),
        ]
        click.echo(json.dumps({"on": machine.about(), "figures": figure.plain(told), "people": people, "of": figures}))
        return
    table = Table(title=f"{people} people, n = {count}")
    for heading in ("", "least s", "median s", "most s"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, seconds in figures.items():
        table.add_row(name, *(f"{each:.2f}" for each in (seconds[0], statistics.median(seconds), seconds[-1])))
    Console().print(table)


if __name__ == "__main__":
    main()
