"""nanoswarm service add."""

from pathlib import Path

import click

from swarm import context, images_lock
from swarm.commands import service_options
from swarm.commands.confirming import confirm
from swarm.commands.saying import Says
from swarm.commands.watching import made, watch
from swarm.services_add import Adding


@click.command()
@click.argument("word")
@click.option("--node", "nodes", multiple=True, metavar="NODE", help="Where it is to run; again for each.")
@service_options.labels
@service_options.lock
@service_options.within
@service_options.yes
@service_options.dry_run
@service_options.as_json
def add(
    word: str, nodes: tuple[str, ...], path: Path, lock: Path, within: float, yes: bool, dry_run: bool, as_json: bool
) -> None:
    """Run service WORD too. Twice is once.

    It is written into labels.yml, the nodes are labelled, it is deployed, and waited for until it runs.

    Without --node it goes where its data is, or to the nodes that have the hardware it needs.

    \b
    nanoswarm service add scanner
    nanoswarm service add auth --node server-1
    nanoswarm service add guidance --node pi-lobby --dry-run
    """
    cluster, says = context.load(), Says(as_json)
    adding = Adding(cluster, path, images_lock.load(lock), word, nodes)
    with says.work("looking at the cluster"):
        plan = adding.plan()
    if dry_run:
        service_options.say_all(says, plan.commands(adding.engine.url))
        service_options.end(as_json, plan.plain(), "planned")
        return
    deployed, where = plan.deploy, ", ".join(plan.nodes)
    if not plan.is_empty:
        service_options.say_all(says, plan.lines)
        confirm(yes, f"Add {word}?")
        deployed = adding.apply(plan, lambda name, value: made(name, value, None, err=as_json))
    watch(says.console, adding.deployment, deployed, within)
    says.line(f"Nothing to do: {word} runs on {where}." if plan.is_empty else f"{word} runs on {where}.")
    service_options.end(as_json, plan.plain(), "running")
