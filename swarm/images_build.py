"""Builds images on an engine, one after the other: what they share is built once."""

import os
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nanoservices
from swarm import docker_program, images
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import DockerError, InputError
from swarm.images import Recipe
from swarm.images_base import Base
from swarm.words import Word

_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Built:
    word: str
    image: Image
    seconds: float
    changed: bool  # it is another than before

    def plain(self) -> dict[str, Any]:
        return {"word": self.word, "seconds": self.seconds, "changed": self.changed}


def sources() -> Path:
    """The folder that images are built from. InputError when this is an installed nanoswarm, without sources."""
    root = Path(nanoservices.__file__).parents[1]
    if not (root / "dockerfiles/Dockerfile").is_file() or not (root / "setup.cfg").is_file():
        raise InputError([f"images are built from the sources, and {root} has no dockerfiles; use nanoswarm from its checkout"])
    return root


def recipe(root: Path, base: Base, environment: Mapping[str, str] = os.environ) -> Recipe:
    """How images are built from `root` on this machine: with the certificates it trusts, through its proxies."""
    trusted = environment.get("PIP_CERT") or ssl.get_default_verify_paths().cafile
    authorities = Path(trusted) if trusted and Path(trusted).is_file() else None
    return Recipe(root, base.reference, base.says, authorities, tuple(name for name in _PROXIES if name in environment))


def commands(root: Path, reference: str, words: Iterable[Word], pull: bool) -> list[tuple[str, ...]]:
    """What docker would be told."""
    how = recipe(root, Base(reference, reference))
    return [("pull", reference)] * pull + [how.command(word) for word in words]


def build(engine: Engine, word: Word, how: Recipe, at_step: Callable[[str], None]) -> Built:
    """Build one; `at_step` is told where it is. DockerError holds what the step that failed said."""
    before = engine.image(images.name_of(word.name))
    began = time.monotonic()
    lines: list[str] = []

    def told(line: str) -> None:
        lines.append(line)
        if step := images.step_of(line):
            at_step(step)

    try:
        docker_program.run(engine.url, *how.command(word), told=told)
    except DockerError as error:
        raise DockerError(f"{word.name} cannot be built: {images.why_failed(lines) or error}") from None
    image = engine.image(images.name_of(word.name))
    if image is None:
        raise DockerError(f"{engine.url} has built {word.name} and does not have it; was it removed meanwhile?")
    return Built(word.name, image, round(time.monotonic() - began, 2), before is None or before.id != image.id)
