"""nanoswarm labels: what the place is, and what runs where."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nanoservices.payload import plain
from swarm import labels_file
from swarm.errors import LabelsError
from swarm.labels import Labels, Node


@click.group()
def labels() -> None:
    """The place: its zones, rooms and nodes, from labels.yml."""


@labels.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path("labels.yml"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def check(path: Path, as_json: bool) -> None:
    """Say whether PATH (default: ./labels.yml) can be used, and every problem in it.

    \b
    nanoswarm labels check
    nanoswarm labels check elsewhere/labels.yml --json
    """
    try:
        found = labels_file.read(path)
    except LabelsError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"ok": False, "problems": error.problems, "warnings": [], "nodes": {}}, indent=1))
        raise SystemExit(error.exit_code) from None
    if as_json:
        nodes = {name: plain(node) for name, node in found.nodes.items()}
        shown = {"ok": True, "problems": [], "warnings": list(found.warnings), "nodes": nodes}
        click.echo(json.dumps(shown, indent=1))
        return
    console = Console()
    console.print(_table(found))
    for warning in found.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False, soft_wrap=True)
    console.print(f"{escape(str(path))} is right.", highlight=False, soft_wrap=True)


def _table(found: Labels) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("NODE", "ADDRESS", "ZONE", "RUNS", "HARDWARE"):
        table.add_column(column)
    for name, node in found.nodes.items():
        table.add_row(name, node.ip or "-", node.zone or "-", " ".join(node.run) or "-", _hardware(node) or "-")
    return table


def _hardware(node: Node) -> str:
    parts = []
    if node.gpio.pir:
        parts.append(f"PIR on {node.gpio.pir}")
    if node.gpio.leds:
        parts.append(f"{len(node.gpio.leds)} LED{'s' * (len(node.gpio.leds) > 1)}")
    if node.ble:
        parts.append(f"BLE {node.ble}")
    return ", ".join(parts)
