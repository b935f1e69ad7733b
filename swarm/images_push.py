"""Brings images from the engine that built them to where they are run from: a registry, or each node itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from swarm import docker_program, images
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import DockerError, InputError, SwarmError
from swarm.images import Delivery


@dataclass(frozen=True)
class Delivered:
    """What became of a delivery: the words that were brought, and those that were there already."""

    node: str
    brought: tuple[str, ...]
    there: tuple[str, ...]


def present(engine: Engine, words: Iterable[str]) -> dict[str, Image]:
    """The images of these words that the engine has."""
    found = {word: engine.image(images.name_of(word)) for word in words}
    return {word: image for word, image in found.items() if image is not None}


def made(engine: Engine, words: Sequence[str]) -> dict[str, Image]:
    """The images of these words, all of them. InputError names those that have not been built."""
    found = present(engine, words)
    missing = [word for word in words if word not in found]
    if missing:
        raise InputError([f"{engine.url} has no image of {', '.join(missing)}; nanoswarm images build {' '.join(missing)}"])
    return found


def push_commands(word: str, registry: str) -> list[tuple[str, ...]]:
    there = images.name_of(word, registry)
    return [("tag", images.name_of(word), there), ("push", there)]


def push(engine: Engine, word: str, registry: str) -> str:
    """Push one; the digest that the registry knows it by."""
    said = ""
    for words in push_commands(word, registry):
        said = docker_program.run(engine.url, *words)
    digest = images.pushed_digest(said)
    if digest is None:
        raise DockerError(f"`docker push` of {word} to {registry} did not say under which digest: {said.strip()[-200:]}")
    return digest


def delivery_commands(words: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the builder is told, and what the node is told with the other's output as input. Layers that several words
    share travel once."""
    return ("save", *map(images.name_of, words)), ("load", "--quiet")


def missing(delivery: Delivery, made: Mapping[str, Image]) -> tuple[str, ...]:
    """Those of its words that the node does not have yet, in just this version and under this name."""
    there = present(Engine(delivery.url), delivery.words)
    return tuple(word for word in delivery.words if word not in there or there[word].id != made[word].id)


def deliver(builder: Engine, delivery: Delivery, made: Mapping[str, Image], at_step: Callable[[str], None]) -> Delivered:
    """Bring one node what it lacks. Doing it twice moves nothing the second time."""
    wanted = missing(delivery, made)
    if wanted:
        at_step(" ".join(wanted))
        give, take = delivery_commands(wanted)
        docker_program.stream((builder.url, give), (delivery.url, take))
        if lost := missing(delivery, made):
            raise DockerError(
                f"{delivery.node} has stored {' '.join(lost)} under another id than {builder.url}: its engine keeps images "
                "another way (containerd's?); use a registry: nanoswarm images push"
            )
    return Delivered(delivery.node, wanted, tuple(word for word in delivery.words if word not in wanted))


def deliver_or_say(
    builder: Engine, delivery: Delivery, made: Mapping[str, Image], at_step: Callable[[str], None]
) -> tuple[Delivered | None, str]:
    """The same, with what went wrong as a sentence: it keeps no other node from getting its own."""
    try:
        return deliver(builder, delivery, made, at_step), ""
    except SwarmError as error:
        return None, f"{delivery.node}: {error}"
