"""How large images are, in the paper's columns: the base that all share, what is their own, both together. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from swarm.engine_images import VARIANT_LABEL, Layer

MB = 1e6


@dataclass(frozen=True)
class Sizes:
    """Bytes, uncompressed, as an engine counts them."""

    base: int
    unique: int

    @property
    def total(self) -> int:
        return self.base + self.unique


def sizes(history: Sequence[Layer], total: int) -> Sizes:
    """Of an image with that history (the oldest first). The base ends where its Dockerfile names the variant; an image
    that does not say so has its first layer for a base."""
    mark = next((i for i, layer in enumerate(history) if f"LABEL {VARIANT_LABEL}=" in layer.made_by), None)
    if mark is None:
        mark = next((i + 1 for i, layer in enumerate(history) if layer.size), 0)
    base = sum(layer.size for layer in history[:mark])
    return Sizes(base, max(0, total - base))


def plain(found: Sizes) -> dict[str, float]:
    """MB = 10^6 bytes."""
    values = {"base_mb": found.base, "unique_mb": found.unique, "total_mb": found.total}
    return {name: round(value / MB, 3) for name, value in values.items()}


def together(layers: Iterable[Mapping[str, int]]) -> int:
    """What these images need on one node. Each is bytes by layer; one that several have is there once."""
    there: dict[str, int] = {}
    for image in layers:
        there |= image
    return sum(there.values())
