"""nanoswarm status: what runs where, and what the place cannot do now."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from swarm import context, labels_here, status_reading
from swarm.commands.managing import at_work
from swarm.commands.saying import fitting_console
from swarm.context import Context
from swarm.errors import LabelsError
from swarm.labels import Labels
from swarm.status import RUNNING, Status

_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


@click.command()
@click.option("--labels", "path", type=click.Path(path_type=Path), default=Path("labels.yml"), help="The place.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def status(path: Path, as_json: bool) -> None:
    """Show what runs where, and what the place cannot do now.

    For how long, how big, what failed last, and why.

    Services say themselves whether they are ready, on the nodes whose engines this machine knows (`cluster init`, `join`).

    \b
    nanoswarm status
    nanoswarm status --json
    """
    cluster = context.load()
    labels = _labels(path, cluster)
    with at_work("asking the cluster"):
        found = status_reading.read(cluster, labels)
    if as_json:
        click.echo(json.dumps(found.plain(), indent=1))
        return
    console = fitting_console()
    console.print(_nodes(found))
    console.print()
    console.print(_services(found))
    if not found.rows:
        console.print("No room runs here; bring it up with: nanoswarm stack deploy", highlight=False)
    for sentence in found.cannot:
        console.print(f"[yellow]cannot:[/] {escape(sentence)}", highlight=False, soft_wrap=True)


def _labels(path: Path, cluster: Context) -> Labels | None:
    """None without one that can be used: then the nodes' own labels say what is to run."""
    if not path.exists():
        return None
    try:
        return labels_here.read(path, cluster)
    except LabelsError as error:
        click.echo(f"warning: {error}", err=True)
        return None


def _nodes(found: Status) -> Table:
    table = _columns("NODE", "ZONE", "STATE", "LABELS")
    for node in found.plain()["nodes"]:
        labels = " ".join(name if value == "true" else f"{name}={value}" for name, value in sorted(node["labels"].items()))
        table.add_row(*map(escape, (node["name"], node["zone"] or "-", node["state"], labels or "-")))
    return table


def _services(found: Status) -> Table:
    table = _columns("SERVICE", "NODE", "STATE", "FOR", "MB", "WHY")
    for row in found.plain()["services"]:
        state = "not ready" if row["ready"] is False else row["state"]
        style = "green" if state == RUNNING else "red"
        size = "-" if row["image_mb"] is None else f"{row['image_mb']:.1f}"
        cells = (row["name"], row["node"], f"[{style}]{state}[/]", _ago(row["since"]), size, escape(row["why"]))
        table.add_row(*cells)
    return table


def _ago(since: str | None) -> str:
    """In its two largest units."""
    if not since:
        return "-"
    left = max(0, int((datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()))
    parts: list[str] = []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def _columns(*names: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold", no_wrap=name in ("NODE", "SERVICE"))
    return table
