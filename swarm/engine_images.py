"""An image, as a Docker engine tells of it."""

from dataclasses import dataclass
from typing import Any

BASE_LABEL = "org.opencontainers.image.base.name"


@dataclass(frozen=True)
class Image:
    """An image that an engine has. `size`: bytes, uncompressed, of all its layers, also those it shares with others."""

    id: str  # sha256:...
    arch: str
    size: int
    created: str
    base: str  # what it was made on, as it says itself; empty if it does not
    digests: tuple[str, ...]  # repository@sha256:..., where it was pulled from or pushed to


def image_of(attrs: dict[str, Any]) -> Image:
    labels = (attrs.get("Config") or {}).get("Labels") or {}
    return Image(
        id=str(attrs["Id"]),
        arch=str(attrs.get("Architecture", "")),
        size=int(attrs.get("Size", 0)),
        created=str(attrs.get("Created", "")),
        base=str(labels.get(BASE_LABEL, "")),
        digests=tuple(attrs.get("RepoDigests") or ()),
    )
