"""Builds images on an engine: each without a name, which it gets when it is whole and within its budget."""

import os
import ssl
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nanoservices
from swarm import docker_program, images_failures, images_labels, images_sizes
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import DockerError, InputError, SwarmError
from swarm.images import Kind, Recipe
from swarm.images_base import Base
from swarm.images_sizes import Sizes
from swarm.words import Word

AT_ONCE = 3  # half a build is waiting for the package index
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_TOLD = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}  # they say when and where, and every image would be another

Check = Callable[[Word, Kind, Image, Sizes], None]  # raises when the image is not to be


@dataclass(frozen=True)
class Built:
    word: str
    kind: Kind
    image: Image
    sizes: Sizes
    seconds: float
    changed: bool  # it is another than before

    def plain(self) -> dict[str, Any]:
        return {
            "service": self.word, "variant": self.kind.variant, "arch": self.kind.arch, "id": self.image.id,
            "base": self.image.base, **images_sizes.plain(self.sizes), "seconds": self.seconds, "changed": self.changed,
        }  # fmt: skip


def sources() -> Path:
    """The folder that images are built from. InputError when this is an installed nanoswarm, without sources."""
    root = Path(nanoservices.__file__).parents[1]
    if not (root / "dockerfiles/Dockerfile").is_file() or not (root / "setup.cfg").is_file():
        raise InputError([f"images are built from the sources, and {root} has no dockerfiles; use nanoswarm from its checkout"])
    return root


def recipe(
    root: Path,
    kind: Kind,
    base: Base,
    builder: Base | None = None,
    *,
    fresh: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Recipe:
    """How images are built from `root` on this machine: with the certificates it trusts, through its proxies."""
    trusted = environment.get("PIP_CERT") or ssl.get_default_verify_paths().cafile
    authorities = Path(trusted) if trusted and Path(trusted).is_file() else None
    passed = tuple(name for name in _PROXIES if name in environment)
    labels = images_labels.labels(root, base.says)
    native = builder.reference if builder is not None else None
    return Recipe(root, kind, base.reference, base.says, authorities, passed, labels, native, fresh)


def build(engine: Engine, word: Word, how: Recipe, check: Check, at_step: Callable[[str], None]) -> Built:
    """Build one; `at_step` is told where it is. It is named when it is whole and `check` has nothing against it.

    An image that is equal to the one there was, but for when it was made, is not another: the old one stays.
    DockerError says why it cannot be built, and what to do.
    """
    began = time.monotonic()
    image = _unnamed(engine, word, how, at_step)
    sizes = images_sizes.sizes(engine.history(image.id), image.size)
    try:
        check(word, how.kind, image, sizes)
    except SwarmError:
        _discard(engine, image)
        raise
    before = engine.image(how.kind.name(word.name))
    equal = before is not None and before.content == image.content
    kept = before if before is not None and equal else image
    for name in how.kind.names(word.name):
        if f"{name}:latest" not in kept.names and name not in kept.names:
            docker_program.run(engine.url, "tag", kept.id, name)
    if kept.id != image.id:
        _discard(engine, image)
    return Built(word.name, how.kind, kept, sizes, round(time.monotonic() - began, 2), not equal)


def build_all(builds: Iterable[Callable[[], Built]]) -> tuple[list[Built], list[SwarmError]]:
    """Several at once; the builder sees what they share, and builds that once. One that fails stops no other."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = [pool.submit(one) for one in builds]
        try:
            errors = [task.exception() for task in tasks]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for error in errors:
        if error is not None and not isinstance(error, SwarmError):
            raise error
    failed = [error for error in errors if isinstance(error, SwarmError)]
    return [task.result() for task, error in zip(tasks, errors, strict=True) if error is None], failed


def _unnamed(engine: Engine, word: Word, how: Recipe, at_step: Callable[[str], None]) -> Image:
    lines: list[str] = []

    def told(line: str) -> None:
        lines.append(line)
        if step := images_failures.step_of(line):
            at_step(step)

    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "id"
        try:
            docker_program.run(engine.url, *how.command(word, ("--iidfile", str(result))), env=_TOLD, told=told)
        except DockerError as error:
            raise DockerError(images_failures.why(word.name, how.kind, lines, str(error))) from None
        image = engine.image(result.read_text(encoding="utf-8").strip())
    if image is None:
        raise DockerError(f"{engine.url} has built {word.name} and does not have it; was it removed meanwhile?")
    return image


def _discard(engine: Engine, image: Image) -> None:
    """Remove it, unless it bears a name: then it was there before."""
    if not image.names:
        engine.remove_image(image.id)
