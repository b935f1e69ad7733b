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
    console = Console()
    on = result["on"]
    console.print(f"{on['machine']}, {on['kernel']}, {on['python']}, load {on['load']} before", highlight=False)
    for kind, rows in result["server"].items():
        console.print(_servers(kind, rows, result))
    for promise in result["promises"]:
        console.print(_sentence(promise), highlight=False)
    for why in result["left_out"]:
        console.print(why, highlight=False)


def _servers(kind: str, rows: Mapping[str, Any], result: Mapping[str, Any]) -> Table:
    title = f"Server: CPU per {kind} request, {result['rounds']} rounds of {result['requests']} requests, 16 clients"
    table = _table(title, "µs", "90 % of", "× echo", "90 % of", "busy")
    for name, row in sorted(rows.items(), key=lambda item: item[1]["us"]["median"]):
        table.add_row(name, *_cells(row["us"], 1), *_cells(row["times"], 2), f"{row['busy']:.0%}")
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _cells(row: Mapping[str, Any], digits: int) -> tuple[str, str]:
    spread = Spread(**row)
    return f"{spread.median:.{digits}f}", f"{spread.low:.{digits}f} – {spread.high:.{digits}f}"


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
