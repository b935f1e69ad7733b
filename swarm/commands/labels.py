"""nanoswarm labels: what the place is, and what runs where."""

import json
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nanoservices.payload import plain
from swarm import context, docker_program, labels_file, labels_first, labels_plan
from swarm.commands.confirming import confirm
from swarm.commands.saying import fitting_console
from swarm.engine import ClusterNode, Engine
from swarm.errors import InputError, LabelsError
from swarm.labels import Labels, Node
from swarm.labels_apply import Labelling
from swarm.words import discover

_path = click.argument("path", type=click.Path(path_type=Path), default=Path("labels.yml"))


@click.group()
def labels() -> None:
    """The place: its zones, rooms and nodes, from labels.yml.

    \b
    nanoswarm labels check
    nanoswarm labels apply
    """


@labels.command()
@_path
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def check(path: Path, as_json: bool) -> None:
    """Say what is wrong in PATH (default: ./labels.yml).

    Every problem at once, each with its line; the exit code is 2 if there is one.

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
    console = fitting_console()
    console.print(_table(found))
    _warn(console, found.warnings)
    console.print(f"{escape(str(path))} is right.", highlight=False, soft_wrap=True)


@labels.command()
@_path
@click.option("--without", multiple=True, metavar="NODE", help="Leave this node as it is, down or not; again for each.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON; the rest goes to stderr.")
def apply(path: Path, without: tuple[str, ...], yes: bool, dry_run: bool, as_json: bool) -> None:
    """Label the cluster's nodes as PATH (./labels.yml) says.

    With what they run, their zone and their address.

    Labels that are not ours stay, and so does what a node is labelled that PATH does not name. Twice is once.

    \b
    nanoswarm labels apply
    nanoswarm labels apply --dry-run
    nanoswarm labels apply --yes --without pi-lobby
    """
    cluster = context.load()
    labelling = Labelling(Engine(cluster.manager), cluster, path, without)
    plan = labelling.plan()
    says = Console(stderr=as_json)
    _warn(says, plan.warnings)
    if as_json:
        click.echo(json.dumps({"changes": [change.plain() for change in plan.changes], "warnings": plan.warnings}, indent=1))
    if dry_run:
        commands = [docker_program.shown(cluster.manager, *change.command) for change in plan.changes]
        click.echo("\n".join(commands or ["# nothing to do"]), err=as_json)
    elif not plan.changes:
        click.echo(f"Nothing to do: the nodes are what {path} says.", err=as_json)
    else:
        for change in plan.changes:
            says.print(escape(str(change)), highlight=False, soft_wrap=True)
        confirm(yes, "Apply?")
        labelling.apply(plan)
        click.echo(f"The nodes are what {path} says.", err=as_json)


@labels.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def ls(as_json: bool) -> None:
    """Show what the cluster's nodes are labelled.

    \b
    nanoswarm labels ls
    """
    words = list(discover())
    nodes = Engine(context.load().manager).nodes()
    if as_json:
        rows = [{"node": node.name, "state": node.state, "labels": node.labels} for node in nodes]
        click.echo(json.dumps(rows, indent=1))
        return
    table = _columns("NODE", "STATE", "ZONE", "ADDRESS", "RUNS", "OTHERS")
    for node in nodes:
        table.add_row(node.name, node.state, *map(escape, _labels(node, words)))
    fitting_console().print(table)


@labels.command()
@_path
def init(path: Path) -> None:
    """Write a first PATH (./labels.yml) from the cluster's nodes.

    It is to be edited. One that is there already is never overwritten.

    \b
    nanoswarm labels init
    """
    if path.exists():
        raise InputError([f"{path}: is there already, and stays as it is; remove it, or name another file"])
    nodes = Engine(context.load().manager).nodes()
    if wrong := labels_first.problems(nodes):
        raise InputError(wrong)
    with path.open("x", encoding="utf-8") as file:
        file.write(labels_first.text(nodes, discover()))
    click.echo(f"{path} names {len(nodes)} nodes. Say in it where they stand and what they run, then: nanoswarm labels apply")


def _warn(console: Console, warnings: Iterable[str]) -> None:
    for warning in warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False, soft_wrap=True)


def _labels(node: ClusterNode, words: list[str]) -> tuple[str, str, str, str]:
    runs = " ".join(word for word in words if node.labels.get(word) == "true")
    known = labels_plan.ours(node, words)
    others = " ".join(
        f"{name}={value}"
        for name, value in sorted(node.labels.items())
        if name not in known or (name in words and value != "true")
    )
    return node.labels.get("zone", "-"), node.labels.get("ip", "-"), runs or "-", others or "-"


def _columns(*names: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name)
    return table


def _table(found: Labels) -> Table:
    table = _columns("NODE", "ADDRESS", "ZONE", "RUNS", "HARDWARE")
    for name, node in found.nodes.items():
        table.add_row(name, node.ip or "-", node.zone or "-", " ".join(node.run) or "-", hardware(node) or "-")
    return table


def hardware(node: Node) -> str:
    """In words."""
    parts = []
    if node.gpio.pir:
        parts.append(f"PIR on {node.gpio.pir}")
    if node.gpio.leds:
        parts.append(f"{len(node.gpio.leds)} LED{'s' * (len(node.gpio.leds) > 1)}")
    if node.ble:
        parts.append(f"BLE {node.ble}")
    return ", ".join(parts)
