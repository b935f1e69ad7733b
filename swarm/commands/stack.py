"""nanoswarm stack: the room on the cluster."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from swarm import context, deploying, docker_program, images_lock, labels_file, labels_here, stack_images, stack_watch
from swarm import stack as stacks
from swarm.commands.confirming import confirm
from swarm.commands.saying import fitting_console
from swarm.commands.watching import check_token_file, made, watch
from swarm.deploying import Deployment, Plan
from swarm.engine import Engine
from swarm.engine_stack import Named

_labels = click.option("--labels", "path", type=click.Path(path_type=Path), default=Path("labels.yml"), help="The place.")
_lock = click.option("--lock", type=click.Path(path_type=Path), default=images_lock.PATH, help="Which images.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry = click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")


@click.group()
def stack() -> None:
    """The room on the cluster: what `docker stack` deploys.

    It is made from each service.yml, labels.yml and images.lock.

    \b
    nanoswarm stack deploy
    nanoswarm stack ps
    """


@stack.command()
@_labels
@_lock
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Write it to this folder instead.")
@click.option("--simulated", is_flag=True, help="For a lab, whose nodes have no hardware.")
def show(path: Path, lock: Path, output: Path | None, simulated: bool) -> None:
    """Print the stack as `docker stack deploy` takes it.

    No cluster is asked. Without images.lock images are plain tags.

    \b
    nanoswarm stack show
    nanoswarm stack show --output elsewhere && docker stack deploy -c elsewhere/room.yml room
    """
    kit, labels = deploying.load_kit(), labels_file.read(path)
    images = stack_images.references(kit, labels, images_lock.load(lock)) if lock.exists() else stack_images.plain(kit)
    rendered = stacks.render(kit, labels, images, simulated=simulated)
    if output is None:
        click.echo(stacks.text(rendered), nl=False)
        return
    deploying.write(output, rendered, stacks.place_files(kit, labels))
    click.echo(f"{output / stacks.NAME}.yml and the folder {output / stacks.NAME} are written.")


@stack.command()
@_labels
@_lock
@click.option("--within", default=120.0, metavar="SECONDS", help="How long the room may take until all of it runs.")
@click.option("--without", multiple=True, metavar="NODE", help="A node that is down and may be; again for each.")
@click.option("--admin-token", "token_file", type=click.Path(path_type=Path), help="Write a new admin token to this file.")
@_yes
@_dry
def deploy(
    path: Path, lock: Path, within: float, without: tuple[str, ...], token_file: Path | None, yes: bool, dry_run: bool
) -> None:
    """Run what labels.yml and images.lock say. Twice is once.

    It is watched until all of it runs.

    \b
    nanoswarm stack deploy
    nanoswarm stack deploy --yes --admin-token admin-token
    nanoswarm stack deploy --without pi-lobby
    """
    cluster = context.load()
    deployment = Deployment(cluster, labels_here.read(path, cluster), images_lock.load(lock), without)
    plan = deployment.plan()
    console = fitting_console()
    for line in _lines(plan):
        console.print(escape(line), highlight=False, soft_wrap=True)
    if dry_run:
        click.echo("\n".join(deploying.shown(deployment.engine.url, plan)))
    elif plan.is_empty:
        click.echo("Nothing to do: the cluster has what labels.yml and images.lock say.")
        watch(console, deployment, plan, within)  # which need not run just now
    else:
        check_token_file(token_file, plan.missing)
        confirm(yes, "Deploy?")
        plan = deployment.apply(plan, lambda name, value: made(name, value, token_file))
        watch(console, deployment, plan, within)
        for name in deployment.tidy():
            console.print(f"{escape(name)} is used no more, and removed.", highlight=False)
        click.echo("The room runs.")


@stack.command()
@_json
def ps(as_json: bool) -> None:
    """Show where each service runs, and what went wrong last.

    \b
    nanoswarm stack ps
    nanoswarm stack ps --json
    """
    engine = Engine(context.load().manager)
    rows = stack_watch.rows(engine.services(stacks.NAME), engine.tasks(stacks.NAME), engine.nodes())
    if as_json:
        click.echo(json.dumps([row.plain() for row in rows], indent=1))
        return
    if not rows:
        click.echo("No room runs here; bring it up with: nanoswarm stack deploy")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("SERVICE", "NODE", "STATE", "SINCE", "WHY"):
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(cell) for cell in (row.service, row.node, row.state, row.since, row.why)))
    fitting_console().print(table)


@stack.command()
@click.option("--within", default=60.0, metavar="SECONDS", help="How long its tasks may take to stop.")
@_yes
@_dry
def rm(within: float, yes: bool, dry_run: bool) -> None:
    """Remove the room from the cluster; what it stored stays.

    Services, network, configs and secrets go; not the secret that what is stored is sealed with.

    \b
    nanoswarm stack rm
    nanoswarm stack rm --yes
    """
    engine = Engine(context.load().manager)
    services = engine.services(stacks.NAME)
    left = deploying.left(engine)
    if not services and not left:
        click.echo("Nothing to do: no room runs here.")
        return
    if dry_run:
        click.echo("\n".join(_removal(engine.url, left)))
        return
    click.echo(f"to remove: {', '.join(service.name for service in services) or 'configs and secrets'}, and the admin token")
    confirm(yes, "Remove?")
    deploying.remove(engine, within)
    click.echo("The room is gone. What it stored stays on its nodes, in the volumes " + ", ".join(_volumes()) + ".")
    click.echo(f"So does what it is sealed with: {', '.join(sorted(deploying.load_kit().lasting))}.")


def _lines(plan: Plan) -> list[str]:
    return [*map(str, plan.changes), *(f"make the secret {name}" for name in plan.missing)]


def _removal(url: str, left: Sequence[Named]) -> list[str]:
    named = [docker_program.shown(url, each.kind, "rm", each.name) for each in left if each.kind == "secret"]
    return [docker_program.shown(url, "stack", "rm", stacks.NAME), *named]


def _volumes() -> list[str]:
    kit = deploying.load_kit()
    return [f"{stacks.NAME}_{name}" for fragment in kit.fragments.values() for name in fragment.get("volumes", {})]
