"""nanoswarm images build."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from swarm import (
    docker_program,
    images,
    images_base,
    images_build,
    images_lock,
    images_ls,
    images_push,
    images_sizes,
    images_weigh,
)  # fmt: skip
from swarm.commands import images_options as options
from swarm.commands.saying import Says, Works
from swarm.engine import Engine
from swarm.errors import DockerError, SwarmError
from swarm.images import SLIM, Kind
from swarm.images_base import Base
from swarm.images_build import Built
from swarm.images_lock import ImagesLock
from swarm.words import Word, discover

Bases = tuple[Base, Base | None]  # what to build on, and for another architecture what builds it here


@click.command()
@options.names
@options.variants
@click.option("--arch", "arches", multiple=True, metavar="ARCH", help="amd64, arm64 or arm (v7); the engine's own. Repeatable.")
@click.option(
    "--base", "reference", help=f"What to build on, instead of {images_base.OFFICIAL} (official: {images_base.FULL})."
)
@click.option("--no-cache", "fresh", is_flag=True, help="Build from nothing but the base.")
@options.lock
@options.as_json
@options.dry_run
def build(
    names: tuple[str, ...],
    variants: tuple[str, ...],
    arches: tuple[str, ...],
    reference: str | None,
    fresh: bool,
    path: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Build images, and write images.lock.

    Those of WORD..., or of all services. One that breaks its budget gets no name.

    \b
    nanoswarm images build
    nanoswarm images build presence scanner
    nanoswarm images build --variant alpine --variant official
    nanoswarm images build --arch arm64 --base python:3.13-alpine --dry-run
    """
    words, root, old = discover(), images_build.sources(), images_lock.load_if_there(path)
    chosen = images.chosen(names, words)
    engine = Engine(options.cluster_here().manager)
    kinds = images.kinds(images.VARIANTS if "all" in variants else variants, arches, engine.arch())
    if dry_run:
        _show(engine, root, kinds, reference, chosen, fresh)
        return
    says = Says(as_json)
    wanted = {kind: reference or images_base.official(kind.variant) for kind in kinds}
    bases = {kind: _bases(engine, base, kind, root, says) for kind, base in wanted.items()}
    built, failed = _build(engine, root, bases, chosen, fresh, says)
    if as_json:
        rows = [one.plain() for one in built]
        stand_in = any(base.is_stand_in for base, _ in bases.values())
        click.echo(json.dumps({"base": _said(bases.values()), "stand_in": stand_in, "images": rows}, indent=1))
    if failed:
        raise DockerError("\n".join(map(str, failed)))
    _conclude(engine, words, old, path, kinds, _said(bases.values()), says)


def _bases(engine: Engine, reference: str, kind: Kind, root: Path, says: Says) -> Bases:
    base = images_base.find(engine, reference, kind, root, says.line)
    return base, images_base.builder(engine, base, reference, kind, root, says.line)


def _said(bases: Iterable[Bases]) -> str:
    return " and ".join(dict.fromkeys(base.says for base, _ in bases))


def _show(
    engine: Engine, root: Path, kinds: Sequence[Kind], reference: str | None, chosen: Sequence[Word], fresh: bool
) -> None:
    for kind in kinds:
        wanted = reference or images_base.official(kind.variant)
        base = images_base.there(engine, wanted, kind)
        if base is None:
            platform = ("--platform", kind.platform) if kind.arch != kind.native else ()
            click.echo(docker_program.shown(engine.url, "pull", *platform, wanted))
        builder = Base(wanted, wanted) if kind.arch != kind.native else None
        how = images_build.recipe(root, kind, base or Base(wanted, wanted), builder, fresh=fresh)
        for word in chosen:
            click.echo(docker_program.shown(engine.url, *how.by_hand(word)))


def _build(
    engine: Engine, root: Path, bases: dict[Kind, Bases], chosen: Sequence[Word], fresh: bool, says: Says
) -> tuple[list[Built], list[SwarmError]]:
    check = images_weigh.checking(engine, root)

    def one(works: Works, word: Word, kind: Kind) -> Built:
        how = images_build.recipe(root, kind, *bases[kind], fresh=fresh)
        with works.work(f"{_called(word.name, kind)}: building") as at:
            built = images_build.build(engine, word, how, check, at)
        sizes = images_sizes.plain(built.sizes)
        says.line(
            f"{_called(word.name, kind)}: {sizes['total_mb']:.1f} MB, {sizes['unique_mb']:.2f} of it its own, "
            f"{built.seconds:.1f} s{'' if built.changed else ', as it was'}"
        )
        return built

    with says.works() as works:
        return images_build.build_all([lambda w=word, k=kind: one(works, w, k) for kind in bases for word in chosen])  # type: ignore[misc]


def _called(word: str, kind: Kind) -> str:
    return kind.name(word).removeprefix(f"{images.NAMESPACE}/")


def _conclude(
    engine: Engine, words: Iterable[str], old: ImagesLock | None, path: Path, kinds: Sequence[Kind], base: str, says: Says
) -> None:
    """images.lock holds what the stack runs: other variants are brought into it by a push of theirs alone."""
    if all(kind.variant != SLIM for kind in kinds):
        says.line(f"They stand on {base}. {path} is left as it is: the stack runs {SLIM}.")
        return
    made = images_push.present(engine, words)
    means = {images_ls.locked(word, image, old) for word, by_arch in made.items() for image in by_arch.values()}
    if old is not None and old.registry is not None and means == {"yes"}:
        says.line(f"They stand on {base}. {path} means just these already, in {old.registry}: nothing is to be pushed.")
        return
    digests = {word: {arch: image.id for arch, image in by_arch.items()} for word, by_arch in made.items()}
    images_lock.save(path, images.merged(old, None, made, digests))
    says.line(f"They stand on {base}. {path} is written; bring them to the nodes with: nanoswarm images push")
