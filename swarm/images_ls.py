"""What has been built, how large it is beside the paper's, what images.lock says of it, and where it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from swarm import images_paper, images_push, images_sizes, images_writable
from swarm.context import Context
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import EngineError
from swarm.images import NAMESPACE, VARIANTS
from swarm.images_lock import ImagesLock
from swarm.images_sizes import Sizes

Locked = Literal["yes", "no", "another"]  # images.lock means this image, none, or another than this


@dataclass(frozen=True)
class Row:
    word: str
    variant: str
    image: Image | None  # on the engine that builds
    sizes: Sizes | None
    locked: Locked
    nodes: tuple[str, ...]  # that have it
    writable_bytes: int | None = None
    why_not: str = ""  # why that could not be measured

    def plain(self) -> dict[str, Any]:
        """MB = 10^6 bytes. `paper`: what was published for this variant (for slim: for the multi-stage build)."""
        published = images_paper.published(self.word, self.variant)
        image = self.image
        return {
            "service": self.word,
            "variant": self.variant,
            "arch": image.arch if image else None,
            "base_image": image.base if image else None,
            **(images_sizes.plain(self.sizes) if self.sizes else dict.fromkeys(("base_mb", "unique_mb", "total_mb"))),
            "writable_bytes": self.writable_bytes,
            "paper": None if published is None else _paper(published),
            "id": image.id if image else None,
            "created": image.created if image else None,
            "locked": self.locked,
            "nodes": list(self.nodes),
        }


def _paper(published: images_paper.Published) -> dict[str, float | None]:
    return {
        "base_mb": published.base, "unique_mb": published.unique, "total_mb": published.total, "writable_mb": published.writable
    }  # fmt: skip


def locked(word: str, image: Image | None, lock: ImagesLock | None) -> Locked:
    """Whether images.lock means this image. Pure."""
    arch = image.arch if image else ""
    digest = lock.images.get(word, {}).get(arch) if lock else None
    if lock is None or digest is None or image is None:
        return "no"
    if lock.registry is None:
        return "yes" if digest == image.id else "another"
    return "yes" if f"{lock.registry}/{NAMESPACE}/{word}@{digest}" in image.digests else "another"


def rows(cluster: Context, words: Sequence[str], lock: ImagesLock | None) -> tuple[list[Row], list[str]]:
    """A row for every image and every word without one, and a sentence for every node that does not answer."""
    engine = Engine(cluster.manager)
    found = [
        Row(word, variant, image, images_sizes.sizes(engine.history(image.id), image.size), locked(word, image, lock), ())
        for variant in VARIANTS
        for word, by_arch in images_push.present(engine, words, variant).items()
        for image in by_arch.values()
    ]
    found += [Row(word, VARIANTS[0], None, None, "no", ()) for word in words if word not in {row.word for row in found}]
    having, problems = _having(cluster, [row.image for row in found if row.image])
    found.sort(key=lambda row: (row.word, VARIANTS.index(row.variant)))
    return [replace(row, nodes=having.get(row.image.id, ())) if row.image else row for row in found], problems


def with_writable(cluster: Context, found: Sequence[Row], root: Path, *, start: bool) -> list[Row]:
    """The same rows, with what each writes into its container."""
    engine = Engine(cluster.manager)
    native = {(row.word, row.variant): row.image for row in found if row.image and row.image.arch == engine.arch()}
    measured = images_writable.measure(engine, native, root, start=start)
    nothing: images_writable.Writable = (None, "")  # of another architecture than the engine's
    told: Mapping[Row, images_writable.Writable] = {
        row: measured[row.word, row.variant] if native.get((row.word, row.variant)) is row.image else nothing
        for row in found
        if row.image
    }
    return [replace(row, writable_bytes=told[row][0], why_not=told[row][1]) if row in told else row for row in found]


def _having(cluster: Context, images: Sequence[Image]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Which nodes have each image, by its id."""
    having: dict[str, list[str]] = {image.id: [] for image in images}
    problems = []
    for node, url in cluster.nodes.items():
        try:
            engine = Engine(url)
            for image_id in having:
                if engine.image(image_id) is not None:
                    having[image_id].append(node)
        except EngineError as error:
            problems.append(f"{node}: {error}")
    return {image_id: tuple(nodes) for image_id, nodes in having.items()}, problems
