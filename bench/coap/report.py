"""What is told of a run, to people."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.coap.figures import Spread


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return {
        "machine": f"{named[0] if named else platform.machine()}, {os.cpu_count()} cores",
        "kernel": platform.release(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {name: _version(name) for name in ("aiocoap", "txthings")},
        "load": round(os.getloadavg()[0], 2),
    }


def show(result: Mapping[str, Any]) -> None:
    console = Console(highlight=False)
    on = result["on"]
    console.print(f"{on['machine']}, {on['kernel']}, {on['python']}, load {on['load']} before")
    if "server" in result:
        for kind, rows in result["server"]["by"].items():
            console.print(_servers(kind, rows, result["server"]))
    if "client" in result:
        console.print(_clients(result["client"]))
    if "memory" in result:
        console.print(_memory(result["memory"]))
    for promise in result["promises"]:
        console.print(_sentence(promise))
    for why in result["left_out"]:
        console.print(why)


def _servers(kind: str, rows: Mapping[str, Any], about: Mapping[str, Any]) -> Table:
    title = f"server, CPU per {kind} request: {about['rounds']} rounds of {about['requests']}, {about['clients']} at a time"
    table = _table(title, "µs", "90 % of", "× echo", "90 % of", "busy")
    for name, row in _cheapest_first(rows):
        table.add_row(name, *_cells(row["us"], 1), *_cells(row["times"], 2), f"{row['busy']:.0%}")
    return table


def _clients(about: Mapping[str, Any]) -> Table:
    title = f"client, CPU per call: {about['rounds']} rounds of {about['calls']}, one after the other"
    table = _table(title, "µs", "90 % of", "× stock", "90 % of")
    for name, row in _cheapest_first(about["by"]):
        table.add_row(name, *_cells(row["us"], 1), *_cells(row["times"], 2))
    return table


def _memory(about: Mapping[str, Any]) -> Table:
    rows = about["samples"]
    table = _table(
        "our server: resident MB after so many thousand CON requests", *(f"{row['requests'] // 1000}" for row in rows)
    )
    table.add_row("MB", *(f"{row['rss_mb']:.1f}" for row in rows))
    return table


def _cheapest_first(rows: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(rows.items(), key=lambda item: float(item[1]["us"]["median"]))


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _cells(row: Mapping[str, Any], digits: int) -> tuple[str, str]:
    spread = Spread(**row)
    median, low, high = (f"{value:,.{digits if value < 1000 else 0}f}" for value in (spread.median, spread.low, spread.high))
    return median, f"{low} – {high}"


def _sentence(promise: Mapping[str, Any]) -> str:
    name, limit = promise["name"], f"{promise['limit']} {promise['unit']}"
    if promise["kept"] is None:
        return f"{name}: not measured in this run (limit {limit})"
    return f"{name}: {promise['found']:.2f} {promise['unit']}, limit {limit}: {'kept' if promise['kept'] else 'BROKEN'}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
