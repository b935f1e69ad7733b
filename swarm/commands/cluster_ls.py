"""nanoswarm cluster ls."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from swarm import cluster as clusters
from swarm import context, labels_file
from swarm.commands.labels import hardware
from swarm.commands.managing import its_manager
from swarm.commands.saying import fitting_console
from swarm.engine import ClusterNode, Engine
from swarm.engine_cluster import Facts
from swarm.errors import EngineError, LabelsError
from swarm.words import discover


@dataclass(frozen=True)
class _Row:
    """A node, what its engine says, and what labels.yml says of its hardware."""

    node: ClusterNode
    facts: Facts | None
    runs: list[str]
    hardware: str

    def plain(self) -> dict[str, Any]:
        node = self.node
        return {
            "node": node.name, "id": node.id, "role": node.role, "state": node.state, "availability": node.availability,
            "address": node.address, "arch": node.arch, "engine": node.engine, "zone": node.labels.get("zone"),
            "runs": self.runs, "hardware": self.hardware,
            "limits_memory": None if self.facts is None else self.facts.limits_memory,
        }  # fmt: skip

    def cells(self) -> tuple[str, ...]:
        node = self.node
        state = node.state if node.ready or node.state != "ready" else {"drain": "drained"}.get(node.availability, "paused")
        limits = "?" if self.facts is None else "on" if self.facts.limits_memory else "off"
        return (
            node.name, node.role, state, node.address or "-", node.arch, node.engine, limits,
            escape(node.labels.get("zone", "-")), " ".join(self.runs) or "-", self.hardware or "-",
        )  # fmt: skip


@click.command()
@click.option("--labels", "path", type=click.Path(path_type=Path), default=Path("labels.yml"), help="Which sensors nodes have.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def ls(path: Path, as_json: bool) -> None:
    """Show the cluster's nodes, and what each can and does.

    Where they stand, what they run, and whether they can limit memory (LIMITS).

    \b
    nanoswarm cluster ls
    nanoswarm cluster ls --json
    """
    nodes = its_manager().nodes()
    answers = clusters.facts({name: Engine(url) for name, url in context.load().nodes.items()})
    said = {name: answer for name, answer in answers.items() if isinstance(answer, Facts)}
    sensors = _hardware(path)
    words = list(discover())
    rows = []
    for node in nodes:
        facts = said.get(node.name)
        runs = [word for word in words if node.labels.get(word) == "true"]
        same = facts is not None and facts.node_id == node.id
        rows.append(_Row(node, facts if same else None, runs, sensors.get(node.name, "")))
    if as_json:
        click.echo(json.dumps([row.plain() for row in rows], indent=1))
    else:
        fitting_console().print(_table(rows))
    silent = [str(answer) for answer in answers.values() if isinstance(answer, EngineError)]
    for text in [*silent, *clusters.warnings(row.facts for row in rows if row.facts is not None)]:
        click.echo(f"warning: {text}", err=True)


def _table(rows: list[_Row]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("NODE", "ROLE", "STATE", "ADDRESS", "ARCH", "ENGINE", "LIMITS", "ZONE", "RUNS", "HARDWARE"):
        table.add_column(column, overflow="fold", no_wrap=column == "NODE")
    for row in rows:
        table.add_row(*row.cells())
    return table


def _hardware(path: Path) -> dict[str, str]:
    """By node, as labels.yml has it; nothing without one that can be used."""
    if not path.exists():
        return {}
    try:
        return {name: hardware(node) for name, node in labels_file.read(path).nodes.items()}
    except LabelsError as error:
        click.echo(f"warning: {error}", err=True)
        return {}
