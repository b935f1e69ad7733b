"""Brings images from the engine that built them to where they are run from: a registry, or each node itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from swarm import docker_program, images, images_registry
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import DockerError, InputError, SwarmError
from swarm.images import SLIM, Delivery, Kind, Made
from swarm.images_lock import ARCHES


@dataclass(frozen=True)
class Pushed:
    """`changed`: it was not there before; what is there already keeps its digest, and those that run it go on."""

    word: str
    arch: str
    digest: str
    changed: bool


@dataclass(frozen=True)
class Delivered:
    """What became of a delivery: the words that were brought, and those that were there already."""

    node: str
    brought: tuple[str, ...]
    there: tuple[str, ...]


def present(engine: Engine, words: Iterable[str], variant: str = SLIM) -> Made:
    """The images of these words that the engine has, for every architecture."""
    native = engine.arch()
    kinds = [Kind(variant, arch, native) for arch in dict.fromkeys((native, *ARCHES))]
    found = {word: {kind.arch: image for kind in kinds if (image := engine.image(kind.name(word)))} for word in words}
    return {word: by_arch for word, by_arch in found.items() if by_arch}


def made(engine: Engine, words: Sequence[str], variant: str = SLIM) -> Made:
    """The images of these words, all of them. InputError names those that have not been built."""
    found = present(engine, words, variant)
    missing = " ".join(word for word in words if word not in found)
    if missing:
        how = "" if variant == SLIM else f"--variant {variant} "
        raise InputError([f"{engine.url} has no image of {', '.join(missing.split())}; nanoswarm images build {how}{missing}"])
    return found


def push_commands(word: str, kind: Kind, registry: str) -> list[tuple[str, ...]]:
    there = kind.pushed(word, registry)
    return [("tag", kind.name(word), there), ("push", there)]


def push(engine: Engine, word: str, kind: Kind, image: Image, registry: str) -> Pushed:
    """Push one, unless what the registry has is equal; with the digest that the registry knows it by."""
    there = kind.pushed(word, registry)
    equal = _equal(image, registry, word, there.rpartition(":")[2])
    if equal is not None:
        _adopt(engine, word, kind, image, f"{there.rpartition(':')[0]}@{equal}")
        return Pushed(word, kind.arch, equal, False)
    said = ""
    for words in push_commands(word, kind, registry):
        said = docker_program.run(engine.url, *words)
    digest = images.pushed_digest(said)
    if digest is None:
        raise DockerError(f"`docker push` of {word} to {registry} did not say under which digest: {said.strip()[-200:]}")
    return Pushed(word, kind.arch, digest, True)


def _equal(image: Image, registry: str, word: str, tag: str) -> str | None:
    """The digest of what the registry has under that tag, if it is equal to the image but for when it was made."""
    try:
        found = images_registry.manifest(registry, word, tag)
        content = images_registry.content(registry, word, found) if found else None
    except SwarmError:  # docker may know a way that we do not; else it says why not
        return None
    return found.digest if found and content == image.content else None


def _adopt(engine: Engine, word: str, kind: Kind, image: Image, reference: str) -> None:
    """Call the registry's one ours, when it was made elsewhere: the layers are here already."""
    if reference in image.digests:
        return
    docker_program.run(engine.url, "pull", "--quiet", "--platform", kind.platform, reference)
    for name in kind.names(word):
        docker_program.run(engine.url, "tag", reference, name)


def delivery_commands(words: Iterable[str], kind: Kind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the builder is told, and what the node is told with the other's output as input. Layers that several words
    share travel once."""
    return ("save", *map(kind.name, words)), ("load", "--quiet")


def missing(delivery: Delivery, kind: Kind, made: Made) -> tuple[str, ...]:
    """Those of its words that the node does not have yet, in just this version and under this name."""
    there = {word: Engine(delivery.url).image(kind.name(word)) for word in delivery.words}
    wanted = {word: made[word][delivery.arch].id for word in delivery.words}
    return tuple(word for word, image in there.items() if image is None or image.id != wanted[word])


def deliver(builder: Engine, delivery: Delivery, kind: Kind, made: Made, at_step: Callable[[str], None]) -> Delivered:
    """Bring one node what it lacks. Doing it twice moves nothing the second time."""
    wanted = missing(delivery, kind, made)
    if wanted:
        at_step(" ".join(wanted))
        give, take = delivery_commands(wanted, kind)
        docker_program.stream((builder.url, give), (delivery.url, take))
        if lost := missing(delivery, kind, made):
            raise DockerError(
                f"{delivery.node} has stored {' '.join(lost)} under another id than {builder.url}: its engine keeps images "
                "another way (containerd's?); use a registry: nanoswarm images push"
            )
    return Delivered(delivery.node, wanted, tuple(word for word in delivery.words if word not in wanted))


def deliver_or_say(
    builder: Engine, delivery: Delivery, kind: Kind, made: Made, at_step: Callable[[str], None]
) -> tuple[Delivered | None, str]:
    """The same, with what went wrong as a sentence: it keeps no other node from getting its own."""
    try:
        return deliver(builder, delivery, kind, made, at_step), ""
    except SwarmError as error:
        return None, f"{delivery.node}: {error}"


def lists(registry: str, variant: str, digests: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """For each word with images of several architectures a list of them, put in the registry; its digest."""
    return {
        word: images_registry.push_list(registry, word, variant, by_arch)
        for word, by_arch in digests.items()
        if len(by_arch) > 1
    }
