"""An image, as a Docker engine tells of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LABEL = "org.opencontainers.image"
BASE_LABEL, CREATED, REVISION = f"{_LABEL}.base.name", f"{_LABEL}.created", f"{_LABEL}.revision"
VARIANT_LABEL = "nanoswarm.variant"  # the Dockerfile writes it where the base ends and the service's own begins
_WHEN = (CREATED, REVISION)  # say when and from which commit an image was made, not what is in it
_CONFIG = ("User", "Env", "Entrypoint", "Cmd", "WorkingDir", "ExposedPorts", "Volumes", "StopSignal", "Healthcheck")


@dataclass(frozen=True)
class Content:
    """What an image holds and how it is run, however often and whenever it was made."""

    arch: str
    layers: tuple[str, ...]  # sha256:... of each, uncompressed, the lowest first
    config: str  # canonical JSON


@dataclass(frozen=True)
class Image:
    """An image that an engine has. `size`: bytes, uncompressed, of all its layers, also those it shares with others."""

    id: str  # sha256:...
    arch: str
    size: int
    created: str
    base: str  # what it was made on, as it says itself; empty if it does not
    digests: tuple[str, ...]  # repository@sha256:..., where it was pulled from or pushed to
    names: tuple[str, ...] = ()  # repository:tag
    content: Content = Content("", (), "")


@dataclass(frozen=True)
class Layer:
    """A line of an image's history. `made_by`: the instruction; `size`: bytes, 0 when it added no files."""

    made_by: str
    size: int


def content_of(arch: str, layers: Sequence[str], config: Mapping[str, Any]) -> Content:
    """`config`: as an engine's inspect or an image's own configuration has it."""
    labels = {key: value for key, value in (config.get("Labels") or {}).items() if key not in _WHEN}
    kept = {key: config[key] for key in _CONFIG if config.get(key)} | {"Labels": labels}
    return Content(arch, tuple(layers), json.dumps(kept, sort_keys=True))


def image_of(attrs: dict[str, Any]) -> Image:
    config = attrs.get("Config") or {}
    arch = str(attrs.get("Architecture", ""))
    return Image(
        id=str(attrs["Id"]),
        arch=arch,
        size=int(attrs.get("Size", 0)),
        created=str(attrs.get("Created", "")),
        base=str((config.get("Labels") or {}).get(BASE_LABEL, "")),
        digests=tuple(attrs.get("RepoDigests") or ()),
        names=tuple(attrs.get("RepoTags") or ()),
        content=content_of(arch, (attrs.get("RootFS") or {}).get("Layers") or (), config),
    )


def history_of(told: Sequence[Mapping[str, Any]]) -> list[Layer]:
    """The oldest first, unlike the engine's own order."""
    return [Layer(str(entry.get("CreatedBy", "")), int(entry.get("Size", 0))) for entry in reversed(told)]
