"""nanoswarm images push."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from swarm import docker_program, images, images_lock, images_push
from swarm.commands import images_options as options
from swarm.commands.saying import Says
from swarm.context import Context
from swarm.engine import Engine
from swarm.errors import DockerError, InputError
from swarm.images import Kind, Made
from swarm.words import discover


@click.command()
@options.names
@options.variant
@click.option("--direct", is_flag=True, help="Into each node that runs the service, without a registry.")
@click.option("--registry", metavar="HOST:PORT", help="Another registry than the cluster's own.")
@options.lock
@options.as_json
@options.dry_run
def push(
    names: tuple[str, ...], variant: str, direct: bool, registry: str | None, path: Path, as_json: bool, dry_run: bool
) -> None:
    """Bring images to where they are run from; write images.lock.

    Those of WORD..., or of all services.

    Every architecture that has been built is pushed; for nodes that differ, the registry gets a list of them too. What is
    there already, but for when it was made, keeps its digest: whoever runs it goes on.

    \b
    nanoswarm images push
    nanoswarm images push --direct
    nanoswarm images push presence --direct --dry-run
    nanoswarm images push --variant alpine --lock alpine.lock
    """
    cluster, old = options.cluster_here(), images_lock.load_if_there(path)
    chosen = [word.name for word in images.chosen(names, discover())]
    where = _target(cluster, direct, registry)
    engine = Engine(cluster.manager)
    kind = images.kind(variant, None, engine.arch())
    made = images_push.made(engine, chosen, variant)
    says = Says(as_json)
    if where is None:
        told = _into_nodes(cluster, engine, made, kind, says, dry_run)
        digests = {word: {arch: image.id for arch, image in by_arch.items()} for word, by_arch in made.items()}
    else:
        told = _into_registry(engine, made, kind, where, says, dry_run)
        digests = _by_word(told["images"])
    if not dry_run:
        lock = images.merged(old, where, made, digests)
        if where is not None:
            new = images_push.lists(where, variant, {word: lock.images[word] for word in made})
            lock = images.merged(old, where, made, digests, new)
        images_lock.save(path, lock)
        _conclude(lock.base, told, path, says, as_json)


def _by_word(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["service"], {})[row["arch"]] = row["digest"]
    return found


def _conclude(base: str, told: dict[str, Any], path: Path, says: Says, as_json: bool) -> None:
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


def _into_registry(engine: Engine, made: Made, native: Kind, registry: str, says: Says, dry_run: bool) -> dict[str, Any]:
    rows = []
    for word, by_arch in made.items():
        for arch, image in by_arch.items():
            kind = Kind(native.variant, arch, native.native)
            if dry_run:
                commands = images_push.push_commands(word, kind, registry)
                click.echo("\n".join(docker_program.shown(engine.url, *command) for command in commands))
                continue
            with says.work(f"{word}: pushing to {registry}"):
                done = images_push.push(engine, word, kind, image, registry)
            rows.append({"service": word, "arch": arch, "digest": done.digest, "changed": done.changed})
            there = "" if done.changed else ", there already"
            says.line(f"{word}: {kind.pushed(word, registry)}@{done.digest}{there}")
    return {"registry": registry, "images": rows}


def _into_nodes(cluster: Context, engine: Engine, made: Made, native: Kind, says: Says, dry_run: bool) -> dict[str, Any]:
    plan = [
        (one, Kind(native.variant, one.arch, native.native)) for one in images.deliveries(made, engine.nodes(), cluster.nodes)
    ]
    if dry_run:
        for delivery, kind in plan:
            give, take = images_push.delivery_commands(delivery.words, kind)
            click.echo(f"{docker_program.shown(engine.url, *give)} | {docker_program.shown(delivery.url, *take)}")
        return {}
    for word in sorted(set(made) - {word for delivery, _ in plan for word in delivery.words}):
        says.line(f"{word}: no node is labelled to run it, so none gets it")
    rows, problems = [], []
    for delivery, kind in plan:
        with says.work(f"{delivery.node}: bringing") as at:
            done, problem = images_push.deliver_or_say(engine, delivery, kind, made, at)
        if done is None:
            problems.append(problem)
            continue
        rows.append({"node": done.node, "brought": list(done.brought), "there": list(done.there)})
        says.line(f"{done.node}: {' '.join(done.brought) or 'has them all'}")
    return {"registry": None, "nodes": rows, "problems": problems}
