"""What a liveness probe costs: CPU of `python -m nanoservices.<word> --health`, which every container runs for ever.

    python -m bench.health [--quick] [-n 30] [--json]

The floor beside it is an interpreter that does nothing but start; both are measured in turn, in one run. Nobody listens on
the port, so the probe's own work is all there is; a live service's answer adds nothing to the probe's CPU.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
from dataclasses import replace

import click
from rich.console import Console
from rich.table import Table

from bench import figure, machine
from bench.coap.figures import spread
from swarm.words import discover

QUICK = 9
FLOOR = "(an interpreter that starts)"


def cpu_ms(*command: str) -> float:
    """User and system time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "NANO_BIND": "127.0.0.1", "NANO_PORT": "9"}
    subprocess.run([sys.executable, *command], env=environment, stderr=subprocess.DEVNULL, check=False)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def told(runs: dict[str, list[float]], worst: str) -> list[figure.Figure]:
    """The dearest service's, and the floor's."""
    times = [ours / floor for ours, floor in zip(runs[worst], runs[FLOOR], strict=True)]
    return [
        replace(figure.median("health_cpu_ms", "ms", runs[worst]), floor=FLOOR, times=spread(times)._asdict()),
        figure.median("health_floor_cpu_ms", "ms", runs[FLOOR]),
    ]


@click.command()
@click.option("-n", "count", default=30, show_default=True, help="Probes of each service.")
@click.option("--quick", is_flag=True, help=f"{QUICK} of each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(count: int, quick: bool, as_json: bool) -> None:
    """CPU of a liveness probe."""
    count = QUICK if quick else count
    commands: dict[str, tuple[str, ...]] = {word: ("-m", f"nanoservices.{word}", "--health") for word in discover()}
    commands[FLOOR] = ("-c", "pass")
    runs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(count):  # in turn, so that a busy moment of the machine meets all alike
        for name, command in commands.items():
            runs[name].append(cpu_ms(*command))
    figures = {name: {"median_ms": statistics.median(ms), "p95_ms": sorted(ms)[int(0.95 * count)]} for name, ms in runs.items()}
    worst = max(discover(), key=lambda word: figures[word]["median_ms"])
    if as_json:
        click.echo(
            json.dumps({"on": machine.about(), "figures": figure.plain(told(runs, worst)), "n": count, "of": figures}, indent=1)
        )
        return
    table = Table(title=f"CPU of one --health, n = {count}")
    for heading in ("", "median ms", "p95 ms"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, row in figures.items():
        table.add_row(name, f"{row['median_ms']:.1f}", f"{row['p95_ms']:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
