"""What has been built, what images.lock says of it, and where it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from swarm import images, images_push
from swarm.context import Context
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import EngineError
from swarm.images_lock import ImagesLock

Locked = Literal["yes", "no", "another"]  # images.lock means this image, none, or another than this


@dataclass(frozen=True)
class Row:
    word: str
    image: Image | None  # on the engine that builds
    locked: Locked
    nodes: tuple[str, ...]  # that have it

    def plain(self) -> dict[str, Any]:
        return {
            "word": self.word,
            **(plain(self.image) if self.image else {}),
            "locked": self.locked,
            "nodes": list(self.nodes),
        }


def plain(image: Image) -> dict[str, Any]:
    return {"arch": image.arch, "id": image.id, "bytes": image.size, "base": image.base, "created": image.created}


def locked(word: str, image: Image | None, lock: ImagesLock | None) -> Locked:
    """Whether images.lock means this image. Pure."""
    arch = image.arch if image else ""
    digest = lock.images.get(word, {}).get(arch) if lock else None
    if lock is None or digest is None or image is None:
        return "no"
    if lock.registry is None:
        return "yes" if digest == image.id else "another"
    return "yes" if f"{images.name_of(word, lock.registry)}@{digest}" in image.digests else "another"


def rows(cluster: Context, words: Sequence[str], lock: ImagesLock | None) -> tuple[list[Row], list[str]]:
    """A row for every word, and a sentence for every node that does not answer."""
    made = images_push.present(Engine(cluster.manager), words)
    having: dict[str, list[str]] = {word: [] for word in words}
    problems = []
    for node, url in cluster.nodes.items():
        try:
            engine = Engine(url)
            for word, image in made.items():
                if engine.image(image.id) is not None:
                    having[word].append(node)
        except EngineError as error:
            problems.append(f"{node}: {error}")
    found = [Row(word, made.get(word), locked(word, made.get(word), lock), tuple(having[word])) for word in words]
    return found, problems
