"""What is told of a run, to people."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.coap.figures import Spread

BESIDE = (
    "Medians, each with an interval that holds it with 90 %; ratios are of the same round. Ours encodes and checks a shape "
    "every time, the others answer with bytes made beforehand. Busy: the part of the time the server was at work."
)


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
    console.print(BESIDE)
    for promise in result["promises"]:
        console.print(sentence(promise))
    for why in result["left_out"]:
        console.print(why)


def _servers(kind: str, rows: Mapping[str, Any], about: Mapping[str, Any]) -> Table:
    title = f"server, CPU per {kind} request: {about['rounds']} rounds of {about['requests']}, {about['clients']} at a time"
    table = _table(title, "µs", "interval", "× echo", "interval", "busy")
    for name, row in _cheapest_first(rows):
        table.add_row(name, *_cells(row["us"], 1), *_cells(row["times"], 2), f"{row['busy']:.0%}")
    return table


def _clients(about: Mapping[str, Any]) -> Table:
    title = f"client, CPU per call: {about['rounds']} rounds of {about['calls']}, one after the other"
    table = _table(title, "µs", "interval", "× stock", "interval")
    for name, row in _cheapest_first(about["by"]):
        table.add_row(name, *_cells(row["us"], 1), *_cells(row["times"], 2))
    return table


def _memory(about: Mapping[str, Any]) -> Table:
    table = _table("our server: resident memory after so many CON requests", "requests", "MB")
    for row in about["samples"]:
        table.add_row("", f"{row['requests']:,}", f"{row['rss_mb']:.1f}")
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


def sentence(promise: Mapping[str, Any]) -> str:
    """Whether a promise is kept, for people."""
    name, limit = promise["name"], f"{promise['limit']} {promise['unit']}"
    if promise["kept"] is None:
        return f"{name}: not measured in this run (limit {limit})"
    text = f"{name}: {promise['found']:.2f} {promise['unit']}, limit {limit}: {'kept' if promise['kept'] else 'BROKEN'}"
    if promise["hoped"] is None:
        return text
    return f"{text}; hoped for {promise['hoped']} {promise['unit']}: {'reached' if promise['reached'] else 'not reached'}"
