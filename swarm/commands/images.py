"""nanoswarm images: what the services run from."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from swarm import context, docker_program, images, images_base, images_build, images_lock, images_ls, images_push
from swarm.context import Context
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import DockerError, InputError
from swarm.words import discover

_LOCAL = "unix:///var/run/docker.sock"
_lock_option = click.option(
    "--lock", "path", type=click.Path(path_type=Path), default=images_lock.PATH, show_default=True, help="Where digests go."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON; the rest goes to stderr.")
_dry_option = click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")


class _Says:
    """Lines of what was done, and a line of what is being done."""

    def __init__(self, as_json: bool) -> None:
        self.console = Console(stderr=as_json)

    def line(self, text: str) -> None:
        self.console.print(escape(text), highlight=False, soft_wrap=True)

    @contextmanager
    def work(self, text: str) -> Iterator[Callable[[str], None]]:
        """On a terminal a line that moves; what it is given says where it is."""
        with self.console.status(escape(text)) as status:
            yield lambda at: status.update(escape(f"{text} {at}"))


@click.group("images")
def images_() -> None:
    """The services' images: built on the cluster's manager, brought to its registry or into its nodes."""


@images_.command()
@click.argument("names", nargs=-1, metavar="[WORD]...")
@click.option("--base", "reference", default=images_base.OFFICIAL, show_default=True, help="The image to build on.")
@_lock_option
@_json_option
@_dry_option
def build(names: tuple[str, ...], reference: str, path: Path, as_json: bool, dry_run: bool) -> None:
    """Build the images of WORD..., or of all services, and write images.lock.

    \b
    nanoswarm images build
    nanoswarm images build presence scanner
    nanoswarm images build --base python:3.13-slim --dry-run
    """
    words, root, old = discover(), images_build.sources(), images_lock.load_if_there(path)
    chosen = images.chosen(names, words)
    engine = Engine(_cluster().manager)
    if dry_run:
        commands = images_build.commands(root, reference, chosen, pull=engine.image(reference) is None)
        click.echo("\n".join(docker_program.shown(engine.url, *command) for command in commands))
        return
    says = _Says(as_json)
    base = images_base.find(engine, reference, root, says.line)
    how, built = images_build.recipe(root, base), []
    for word in chosen:
        with says.work(f"{word.name}: building") as at:
            built.append(images_build.build(engine, word, how, at))
        says.line(f"{word.name}: {_size(built[-1].image)}, {built[-1].seconds:.1f} s")
    present = images_push.present(engine, words)
    images_lock.save(path, images.merged(old, None, present, {word: image.id for word, image in present.items()}))
    if as_json:
        rows = [
            {"word": one.word, **images_ls.plain(one.image), "seconds": one.seconds, "changed": one.changed} for one in built
        ]
        click.echo(json.dumps({"base": base.says, "stand_in": base.is_stand_in, "images": rows}, indent=1))
    says.line(f"They stand on {base.says}. {path} is written; bring them to the nodes with: nanoswarm images push")


@images_.command()
@click.argument("names", nargs=-1, metavar="[WORD]...")
@click.option("--direct", is_flag=True, help="Into each node that runs the service, without a registry.")
@click.option("--registry", metavar="HOST:PORT", help="Another registry than the cluster's own.")
@_lock_option
@_json_option
@_dry_option
def push(names: tuple[str, ...], direct: bool, registry: str | None, path: Path, as_json: bool, dry_run: bool) -> None:
    """Bring the images of WORD..., or of all services, to where they are run from, and write images.lock.

    \b
    nanoswarm images push
    nanoswarm images push --direct
    nanoswarm images push presence --direct --dry-run
    """
    cluster, old = _cluster(), images_lock.load_if_there(path)
    where = _target(cluster, direct, registry)
    engine = Engine(cluster.manager)
    made = images_push.made(engine, [word.name for word in images.chosen(names, discover())])
    says = _Says(as_json)
    if where is None:
        told = _into_nodes(cluster, engine, made, says, dry_run)
        digests = {word: image.id for word, image in made.items()}
    else:
        told = _into_registry(engine, made, where, says, dry_run)
        digests = {row["word"]: row["digest"] for row in told["images"]}
    if not dry_run:
        lock = images.merged(old, where, made, digests)
        images_lock.save(path, lock)
        _conclude(lock.base, told, path, says, as_json)


def _conclude(base: str, told: dict[str, Any], path: Path, says: _Says, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"base": base, **told}, indent=1))
    says.line(f"They stand on {base}. {path} is written.")
    if told.get("problems"):
        raise DockerError("\n".join(told["problems"]))


def _target(cluster: Context, direct: bool, registry: str | None) -> str | None:
    """The registry to push to; None for the nodes themselves."""
    if direct and registry is not None:
        raise InputError(["--direct is without a registry: leave out one of the two"])
    if not direct and registry is None and cluster.registry is None:
        raise InputError(["this cluster has no registry: use --direct, or name one with --registry HOST:PORT"])
    where = None if direct else registry or cluster.registry
    if where is not None and not images_lock.is_registry(where):
        raise InputError([f"--registry: {where} is not HOST:PORT; write for example 192.0.2.10:5000"])
    return where


def _into_registry(engine: Engine, made: Mapping[str, Image], registry: str, says: _Says, dry_run: bool) -> dict[str, Any]:
    rows = []
    for word in made:
        if dry_run:
            commands = images_push.push_commands(word, registry)
            click.echo("\n".join(docker_program.shown(engine.url, *command) for command in commands))
            continue
        with says.work(f"{word}: pushing to {registry}"):
            digest = images_push.push(engine, word, registry)
        rows.append({"word": word, "digest": digest})
        says.line(f"{word}: {images.name_of(word, registry)}@{digest}")
    return {"registry": registry, "images": rows}


def _into_nodes(cluster: Context, engine: Engine, made: Mapping[str, Image], says: _Says, dry_run: bool) -> dict[str, Any]:
    plan = images.deliveries(made, engine.arch(), engine.nodes(), cluster.nodes)
    if dry_run:
        for delivery in plan:
            give, take = images_push.delivery_commands(delivery.words)
            click.echo(f"{docker_program.shown(engine.url, *give)} | {docker_program.shown(delivery.url, *take)}")
        return {}
    for word in sorted(set(made) - {word for delivery in plan for word in delivery.words}):
        says.line(f"{word}: no node is labelled to run it, so none gets it")
    rows, problems = [], []
    for delivery in plan:
        with says.work(f"{delivery.node}: bringing") as at:
            done, problem = images_push.deliver_or_say(engine, delivery, made, at)
        if done is None:
            problems.append(problem)
            continue
        rows.append({"node": done.node, "brought": list(done.brought), "there": list(done.there)})
        says.line(f"{done.node}: {' '.join(done.brought) or 'has them all'}")
    return {"registry": None, "nodes": rows, "problems": problems}


@images_.command()
@_lock_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def ls(path: Path, as_json: bool) -> None:
    """Show what has been built, on which base, whether images.lock means it, and which nodes have it.

    \b
    nanoswarm images ls
    nanoswarm images ls --json
    """
    rows, problems = images_ls.rows(_cluster(), list(discover()), images_lock.load_if_there(path))
    for problem in problems:
        click.echo(problem, err=True)
    if as_json:
        click.echo(json.dumps([row.plain() for row in rows], indent=1))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("WORD", "ARCH", "IMAGE", "SIZE", "LOCKED", "NODES"):
        table.add_column(column)
    for row in rows:
        table.add_row(*_cells(row))
    says = _Says(as_json)
    says.console.print(table)
    for base in dict.fromkeys(row.image.base for row in rows if row.image):
        words = " ".join(row.word for row in rows if row.image and row.image.base == base)
        says.line(f"{words}: on {base}")


def _cells(row: images_ls.Row) -> tuple[str, ...]:
    if row.image is None:
        return (row.word, "-", "not built", "-", row.locked, "-")
    short = row.image.id.removeprefix("sha256:")[:12]
    nodes = " ".join(row.nodes) or "-"
    return (row.word, row.image.arch, short, _size(row.image), row.locked, escape(nodes))


def _size(image: Image) -> str:
    return f"{image.size / 1e6:.1f} MB"


def _cluster() -> Context:
    """The cluster of this folder, else DOCKER_HOST's engine, else this machine's."""
    return context.load(environment={"DOCKER_HOST": _LOCAL, **os.environ})
