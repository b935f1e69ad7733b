"""nanoswarm lab: a real Swarm of several nodes on this machine."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from swarm import context, labels_file, stack, waterfall
from swarm.commands import lab_power
from swarm.commands.saying import fitting_console
from swarm.demo import doorman, report
from swarm.demo.teller import Teller
from swarm.engine import Engine
from swarm.errors import EngineError, LabError
from swarm.lab import home, network, power
from swarm.lab import lab as laboratory
from swarm.lab.home import State
from swarm.lab.plan import MOST_NODES, WORLD, fitted, plan
from swarm.lab.visiting import Visitor


@click.group()
def lab() -> None:
    """A Swarm of several nodes on this machine, to try it (as root).

    \b
    sudo $(which nanoswarm) lab up --nodes 3
    sudo $(which nanoswarm) lab ls
    sudo $(which nanoswarm) lab down
    """


for each in (lab_power.stop, lab_power.start, lab_power.reboot):
    lab.add_command(each)


@lab.command()
@click.option("--nodes", type=click.IntRange(1, MOST_NODES), default=None, help="How many; as many as labels.yml has.")
@click.option("--labels", "path", type=click.Path(path_type=Path), default=Path("labels.yml"), help="The place to build.")
@click.option("--engine", default="dockerd", metavar="PATH", help="Another dockerd than this machine's.")
def up(nodes: int | None, path: Path, engine: str) -> None:
    """Build it: one Swarm, labelled, with a registry.

    Each node of labels.yml is an engine in a network of its own.

    \b
    sudo $(which nanoswarm) lab up --nodes 4
    sudo $(which nanoswarm) lab up --engine /opt/docker-26/bin/dockerd
    """
    found = labels_file.read(path)
    place = fitted(found, nodes or min(len(found.nodes), MOST_NODES))
    state = laboratory.up(plan(place), place, path, engine, context.PATH, click.echo)
    click.echo(f"{len(state.plan.nodes)} nodes are up; see them with: nanoswarm lab ls")


@lab.command()
def down() -> None:
    """Take it down, whole, half-built or crashed.

    Not a trace of it stays.

    \b
    sudo $(which nanoswarm) lab down
    """
    click.echo("The lab is gone." if laboratory.down(click.echo) else "There is no lab here.")


@lab.command()
@click.argument("name", default="everybody")
@click.option("--zone", default=None, help="Where they come in; by default where the way to the room begins.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON; the story goes to stderr.")
@click.pass_context
def visit(ctx: click.Context, name: str, zone: str | None, as_json: bool) -> None:
    """Send NAME into the room that runs there; show the visit.

    NAME is alice, bob, carl or david (invited now), erin (invited tomorrow), or stranger.

    Without a name everybody comes and goes, as in the demo. Exit code 0 only if they were led or refused as they should
    be. All nodes share this machine's clock, so the times between them are exact.

    \b
    nanoswarm lab visit bob
    nanoswarm lab visit stranger --zone entrance
    nanoswarm lab visit
    """
    story, state = Console(stderr=as_json), _there()
    if not Engine(state.plan.manager.url).services(stack.NAME):
        raise LabError("no room runs on the lab; bring it up with: nanoswarm stack deploy")
    visitor = Visitor(state, Teller(story).say)
    visitor.until_ready()
    visitor.prepare()
    visited = visitor.story() if name == "everybody" else visitor.visit(name, zone)
    if as_json:
        told = {"ok": not visited.why_not_ok, "why_not_ok": visited.why_not_ok}
        click.echo(json.dumps({**waterfall.result(visited.visits, None, {}), **told}, indent=1))
    else:
        report.show(story, visited.visits)
    for why in visited.why_not_ok:
        story.print(f"[bold red]not as it should be:[/] {escape(why)}", highlight=False, soft_wrap=True)
    ctx.exit(1 if visited.why_not_ok else 0)


@lab.command()
@click.argument("name", default="everybody")
def leave(name: str) -> None:
    """Let NAME (default: everybody) leave the room that runs there.

    \b
    nanoswarm lab leave bob
    """
    _there()
    doorman.ask(WORLD, {"leave": name})
    click.echo(f"{name} leaves")


def _there() -> State:
    state = home.load()
    if state is None or not state.complete:
        raise LabError("there is no lab here; build one with: nanoswarm lab up")
    return state


@lab.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def ls(as_json: bool) -> None:
    """Show its nodes, and what does not run that should.

    \b
    nanoswarm lab ls
    nanoswarm lab ls --json
    """
    state = home.load()
    running = {} if state is None else {process.name: process.runs() for process in state.processes}
    members = {}
    if state is not None and state.complete and running.get(state.plan.manager.name):
        try:
            members = {node.name: node for node in Engine(state.plan.manager.url).nodes()}
        except EngineError as error:
            click.echo(str(error), err=True)
    rows = [
        {
            "name": node.name,
            "address": node.address,
            "engine": node.url,
            "runs": running.get(node.name, False),
            "state": members[node.name].state if node.name in members else "unknown",
            "labels": members[node.name].labels if node.name in members else {},
        }
        for node in (state.plan.nodes if state is not None else ())
    ]
    ended = [name for name, runs in running.items() if not runs]
    if state is not None and network.is_disconnected(state.plan):
        ended.append(power.INTERNET)
    if as_json:
        click.echo(json.dumps({"up": state is not None and state.complete, "nodes": rows, "ended": ended}, indent=1))
        return
    if state is None:
        click.echo("There is no lab here; build one with: nanoswarm lab up")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("NODE", "ADDRESS", "STATE", "LABELS", "ENGINE"):
        table.add_column(column)
    for row in rows:
        labels = row["labels"]
        assert isinstance(labels, dict)
        shown = " ".join(sorted(name if value == "true" else f"{name}={value}" for name, value in labels.items()))
        table.add_row(
            str(row["name"]), str(row["address"]), str(row["state"]) if row["runs"] else "ended", shown, str(row["engine"])
        )
    fitting_console().print(table)
    if ended:
        click.echo(
            f"Ended, and should run: {', '.join(ended)}. Bring it back with: nanoswarm lab start {' '.join(ended)}", err=True
        )
