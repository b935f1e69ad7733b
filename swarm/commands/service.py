"""nanoswarm service: one nanoservice more or less, while the others keep their tasks."""

import json
from pathlib import Path
from typing import Any

import click

from swarm import context, deploying, images_lock, labels_here, services_create
from swarm.commands.confirming import confirm
from swarm.commands.saying import Says
from swarm.commands.watching import made, watch
from swarm.deploying import Deployment
from swarm.errors import InputError
from swarm.services_add import Adding
from swarm.services_labels import known
from swarm.services_remove import Removing
from swarm.words import discover

_labels = click.option("--labels", "path", type=click.Path(path_type=Path), default=Path("labels.yml"), help="The place.")
_lock = click.option("--lock", type=click.Path(path_type=Path), default=images_lock.PATH, help="Which images.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON; the rest goes to stderr.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry = click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")
_dry_files = click.option("--dry-run", is_flag=True, help="Say which files it would be, and write none.")
_within = click.option("--within", default=60.0, metavar="SECONDS", help="How long it may take.")


@click.group()
def service() -> None:
    """One nanoservice more or less, while the others keep their tasks."""


@service.command()
@click.argument("name")
@click.option("--single", is_flag=True, help="One instance in the whole cluster, instead of one on every node that says so.")
@_dry_files
@_json
def create(name: str, single: bool, dry_run: bool, as_json: bool) -> None:
    """Make a new nanoservice NAME: a folder that runs, with its test, to be changed. Nothing that is there is touched.

    \b
    nanoswarm service create lamp
    nanoswarm images build lamp && nanoswarm images push lamp
    nanoswarm service add lamp --node pi-lobby
    """
    if wrong := services_create.problems(name):
        raise InputError(wrong)
    drafted = services_create.files(name, single=single)
    written = [] if dry_run else services_create.create(name, single=single)
    if as_json:
        click.echo(json.dumps({"service": name, "files": list(drafted), "written": bool(written)}, indent=1))
        return
    for path in drafted:
        click.echo(path)
    click.echo(
        "# nothing is written" if dry_run else f"{name} is made. Its decisions go into nanoservices/{name}/logic.py. Then:"
    )
    if not dry_run:
        click.echo(f"  nanoswarm images build {name} && nanoswarm images push {name} && nanoswarm service add {name}")


@service.command()
@click.argument("word")
@click.option("--node", "nodes", multiple=True, metavar="NODE", help="Where it is to run; again for each.")
@_labels
@_lock
@_within
@_yes
@_dry
@_json
def add(
    word: str, nodes: tuple[str, ...], path: Path, lock: Path, within: float, yes: bool, dry_run: bool, as_json: bool
) -> None:
    """Let WORD run too: write it into labels.yml, label the nodes, deploy it, and wait until it runs. Twice is once.

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
        _say_commands(says, plan.is_empty, plan.commands(adding.engine.url))
        _end(as_json, plan.plain(), "planned")
        return
    deployed = plan.deploy
    if not plan.is_empty:
        for line in plan.lines:
            says.line(line)
        confirm(yes, f"Add {word}?")
        deployed = adding.apply(plan, lambda name, value: made(name, value, None, err=as_json))
    watch(says.console, adding.deployment, deployed, within)
    where = ", ".join(plan.nodes)
    says.line(f"Nothing to do: {word} runs on {where}." if plan.is_empty else f"{word} runs on {where}.")
    _end(as_json, plan.plain(), "running")


@service.command()
@click.argument("word")
@click.option("--no-backup", is_flag=True, help="Do not keep a copy of what it stored first. It can be lost.")
@_labels
@_within
@_yes
@_dry
@_json
def rm(word: str, no_backup: bool, path: Path, within: float, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Let WORD run no more: take it out of labels.yml, and remove its tasks and its nodes' labels. Twice is once.

    First a backup of it is made and proven; without one nothing ends, unless you say --no-backup. Its volume and its
    secrets stay, so that `service add` brings it back as it was.

    \b
    nanoswarm service rm auth
    nanoswarm service rm guidance --yes --no-backup
    """
    cluster, says = context.load(), Says(as_json)
    removing = Removing(cluster, path, word)
    with says.work("looking at the cluster"):
        plan = removing.plan()
    for warning in plan.warnings:
        says.line(f"warning: {warning}")
    if dry_run:
        _say_commands(says, plan.is_empty, plan.commands(removing.engine.url))
        _end(as_json, {**plan.plain(), "backup": None}, "planned")
        return
    if plan.is_empty:
        says.line(f"Nothing to do: {word} does not run here.")
        _end(as_json, {**plan.plain(), "backup": None}, "gone")
        return
    for line in plan.lines:
        says.line(line)
    needs_backup = plan.service is not None and not no_backup
    if needs_backup:
        raise InputError(
            [f"{word}: no backup of it can be made here; nothing was changed. To remove it without one: --no-backup"]
        )
    confirm(yes, f"Remove {word}{' without a backup' if no_backup else ''}?")
    with says.work(f"{word} is removed"):
        removing.apply(plan, within)
    says.line(f"{word} runs no more." + (f" What it stored stays in {', '.join(plan.volumes)}." if plan.volumes else ""))
    _end(as_json, {**plan.plain(), "backup": None}, "gone")


@service.command()
@click.argument("word")
@_labels
@_lock
@click.option("--within", default=120.0, metavar="SECONDS", help="How long it may take.")
@_yes
@_dry
@_json
def upgrade(word: str, path: Path, lock: Path, within: float, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Let WORD run from the image that images.lock names now; a version that does not come alive is rolled back.

    \b
    nanoswarm images build auth && nanoswarm images push auth
    nanoswarm service upgrade auth
    """
    cluster, says = context.load(), Says(as_json)
    known(word, discover())
    labels = labels_here.read(path, cluster)
    if not labels.running(word):
        raise InputError([f"{word}: no node of labels.yml runs it; add it with: nanoswarm service add {word}"])
    deployment = Deployment(cluster, labels, images_lock.load(lock), only=word)
    with says.work("looking at the cluster"):
        plan = deployment.plan()
    told = {"service": word, "nodes": labels.running(word), "changes": [*map(str, plan.changes)]}
    if dry_run:
        _say_commands(says, plan.is_empty, deploying.shown(deployment.engine.url, plan))
        _end(as_json, told, "planned")
        return
    if not plan.is_empty:
        for change in plan.changes:
            says.line(str(change))
        confirm(yes, f"Upgrade {word}?")
        plan = deployment.apply(plan, lambda name, value: made(name, value, None, err=as_json))
    watch(says.console, deployment, plan, within)
    says.line(f"Nothing to do: {word} runs as images.lock says." if not told["changes"] else f"{word} runs.")
    _end(as_json, told, "running")


def _say_commands(says: Says, is_empty: bool, commands: list[str]) -> None:
    for line in ["# nothing to do"] if is_empty else commands:
        says.line(line)


def _end(as_json: bool, told: dict[str, Any], state: str) -> None:
    if as_json:
        click.echo(json.dumps({**told, "state": state}, indent=1))
