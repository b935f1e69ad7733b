"""nanoswarm cluster leave."""

import contextlib
import dataclasses
from pathlib import Path

import click

from swarm import cluster as clusters
from swarm import cluster_plan, context, docker_program, labels_file
from swarm.commands.confirming import confirm
from swarm.commands.managing import at_work, its_manager
from swarm.context import Context
from swarm.engine import ClusterNode, Engine
from swarm.errors import EngineError, InputError, LabelsError
from swarm.labels import Labels
from swarm.words import discover

_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry = click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")


@click.command()
@click.argument("name", metavar="NODE")
@_yes
@_dry
def leave(name: str, yes: bool, dry_run: bool) -> None:
    """Let NODE leave the cluster. Its volumes stay on it.

    Its tasks stop, it leaves the Swarm, the cluster forgets it.

    \b
    nanoswarm cluster leave pi-lobby
    """
    told, manager = context.load(), its_manager()
    nodes = manager.nodes()
    node = cluster_plan.leaving(name, nodes)
    if node.role == "manager":
        _end(told, manager, node, yes, dry_run)
        return
    url = told.nodes.get(node.name) if node.state == "ready" else None
    if dry_run:
        click.echo("\n".join(_leaving(manager.url, node, url)))
        return
    single = {word.name: word.single for word in discover().values()}
    click.echo(f"{node.name} ({node.state}) is to leave the cluster")
    for line in cluster_plan.losses(node, nodes, single, _labels()):
        click.echo(f"warning: {line}", err=True)
    confirm(yes, "Leave?")
    if node.state == "ready":
        with at_work(f"{node.name}: stopping its tasks"):
            if not clusters.drained(manager, node):
                raise EngineError(f"{node.name}: some tasks do not stop; it is drained, and still in the cluster. Try again")
    remains = clusters.dismiss(manager, node, Engine(url) if url else None)
    _forget(node.name)
    click.echo(f"{node.name} has left the cluster.")
    if remains:
        click.echo(f"warning: {remains}", err=True)


def _forget(name: str) -> None:
    if context.PATH.exists():
        told = context.load()
        nodes = {each: url for each, url in told.nodes.items() if each != name}
        context.save(context.PATH, dataclasses.replace(told, nodes=nodes))


def _labels() -> Labels | None:
    with contextlib.suppress(LabelsError):
        return labels_file.read(Path("labels.yml"))
    return None


def _leaving(manager: str, node: ClusterNode, url: str | None) -> list[str]:
    away = [docker_program.shown(url, "swarm", "leave")] if url else []
    drain = docker_program.shown(manager, "node", "update", "--availability", "drain", node.id)
    return [drain, *away, docker_program.shown(manager, "node", "rm", "--force", node.id)]


def _end(told: Context, manager: Engine, node: ClusterNode, yes: bool, dry_run: bool) -> None:
    """The last one leaves, and the cluster with it."""
    if told.simulated:
        raise InputError([f"{node.name}: manages a lab, which ends with: nanoswarm lab down"])
    if manager.tasks_on(node.id):
        raise InputError([f"{node.name}: services still run here, and would be lost; remove them first: nanoswarm stack rm"])
    if dry_run:
        click.echo(docker_program.shown(manager.url, "swarm", "leave", "--force"))
        return
    click.echo(f"{node.name} is the last node: the cluster ends with it, with all its configs and secrets. Volumes stay.")
    confirm(yes, "End the cluster?")
    manager.swarm_leave(force=True)
    context.forget(context.PATH, manager.url)
    click.echo("The cluster is no more.")
