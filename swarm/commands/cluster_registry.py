"""nanoswarm cluster registry: where the nodes fetch images from."""

import dataclasses
import json

import click

from swarm import cluster as clusters
from swarm import cluster_registry as registries
from swarm import context, docker_program
from swarm.commands.confirming import confirm
from swarm.commands.managing import at_work, its_manager
from swarm.engine import Engine
from swarm.engine_cluster import Facts
from swarm.errors import InputError

_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry = click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")


@click.group()
def registry() -> None:
    """The cluster's own registry, on its manager.

    There is also a way without: nanoswarm images push --direct.

    \b
    nanoswarm cluster registry start
    nanoswarm cluster registry status
    """


@registry.command()
@click.option("--image", default=registries.IMAGE, show_default=True, help="What it runs from.")
@click.option("--port", type=click.IntRange(1, 65535), default=registries.PORT, show_default=True, help="Where it listens.")
@_yes
@_dry
def start(image: str, port: int, yes: bool, dry_run: bool) -> None:
    """Run it, from now on and after each reboot. It keeps its data in the volume nanoswarm-registry.

    It speaks plain HTTP, so every node's engine must have it among its `insecure-registries`; that is checked first.

    \b
    nanoswarm cluster registry start
    """
    told, manager = context.load(), its_manager()
    facts = manager.facts()
    registries.check_address(facts.address)
    if (there := manager.kept(registries.NAME)) is not None and there == told.registry:
        click.echo(f"Nothing to do: the registry runs at {there}.")
        return
    if told.registry is not None and there is None:
        raise InputError([f"the cluster has a registry that is not ours to start: {told.registry}"])
    where = there or f"{facts.address}:{port}"
    asked = clusters.facts({name: Engine(url) for name, url in told.nodes.items()})
    nodes = {facts.name: facts} | {name: answer for name, answer in asked.items() if isinstance(answer, Facts)}
    if wrong := registries.refusals(where, nodes):
        raise InputError(wrong)
    plan = registries.planned(facts.address, image, port)
    if dry_run:
        click.echo(docker_program.shown(manager.url, *registries.command(plan)) if there is None else "# nothing to do")
        return
    if there is None:
        click.echo(f"A registry is to run on {facts.name} from {image}, at {where}")
        confirm(yes, "Start?")
        with at_work("starting the registry"):
            registries.start(manager, plan)
    now = context.load()
    nodes_known = now.nodes or {facts.name: manager.url}
    context.save(context.PATH, dataclasses.replace(now, nodes=nodes_known, registry=where))
    for name in sorted({node.name for node in manager.nodes()} - nodes.keys()):
        click.echo(f"warning: {name} could not be asked whether it takes images from {where}", err=True)
    click.echo(f"The registry runs at {where}. Next: nanoswarm images push")


@registry.command()
@click.option("--delete-data", is_flag=True, help="Also remove its volume, with all images in it.")
@_yes
@_dry
def stop(delete_data: bool, yes: bool, dry_run: bool) -> None:
    """End it. Nodes go on with the images they have; its data stays, unless told otherwise.

    \b
    nanoswarm cluster registry stop
    """
    told, manager = context.load(), its_manager()
    there = manager.kept(registries.NAME)
    if there is None:
        click.echo("Nothing to do: no registry of ours runs on the manager.")
        return
    if dry_run:
        click.echo(docker_program.shown(manager.url, "rm", "--force", registries.NAME))
        if delete_data:
            click.echo(docker_program.shown(manager.url, "volume", "rm", registries.NAME))
        return
    click.echo(f"The registry at {there} is to end{', and its data with it' if delete_data else ''}")
    confirm(yes, "Stop?")
    manager.discard(registries.NAME, registries.NAME if delete_data else None)
    if context.PATH.exists() and told.registry == there:
        context.save(context.PATH, dataclasses.replace(told, registry=None))
    click.echo("The registry is gone." if delete_data else f"The registry is gone; its data stays in {registries.NAME}.")


@registry.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say where it is, whether it answers, and what is in it.

    \b
    nanoswarm cluster registry status
    """
    told, manager = context.load(), its_manager()
    there = manager.kept(registries.NAME)
    where = told.registry or there
    holds = None if where is None else registries.catalog(where)
    if as_json:
        shown = {"registry": where, "ours": there is not None, "answers": holds is not None, "repositories": holds or []}
        click.echo(json.dumps(shown, indent=1))
    elif where is None:
        click.echo("This cluster has no registry: nanoswarm cluster registry start, or go without: images push --direct")
    else:
        click.echo(f"{where}: {'does not answer' if holds is None else ', '.join(holds) or 'empty'}")
    if where is not None and holds is None:
        raise SystemExit(1)
