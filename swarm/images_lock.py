"""images.lock: which image each service runs, by digest, so that nothing is pulled or changed behind an admin's back.

version: 1
base: python:3.13-alpine@sha256:...                        # what the images were made on
registry: 192.0.2.10:5000                                  # null: there is none, the images lie on the nodes
images: {presence: {amd64: sha256:..., arm64: sha256:...}} # a manifest's digest; without a registry an image's id
lists: {presence: sha256:...}                              # a list of all of these: one digest for nodes that differ
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swarm import files
from swarm.errors import InputError, LabelsError

PATH = Path("images.lock")
ARCHES = ("amd64", "arm64", "arm")
_VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REGISTRY = re.compile(r"[a-z0-9.-]+:[0-9]{1,5}|\[[0-9a-f:]+\]:[0-9]{1,5}")
_WORD = re.compile(r"[a-z][a-z0-9-]*")
LIST = "only a registry can hold one: nanoswarm images push; or run it on like nodes"
_REMEDY = "make it anew with: nanoswarm images build, then: nanoswarm images push"


@dataclass(frozen=True)
class ImagesLock:
    """`images`: by word and architecture, sha256:... of the manifest in `registry`, or without one of the image itself.

    `lists`: by word, the digest in `registry` of a list of all of these, from which each engine takes its own.
    """

    base: str
    registry: str | None = None
    images: dict[str, dict[str, str]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)

    def reference(self, word: str, *arches: str) -> str:
        """What a stack says as `image:`, for nodes of these architectures. InputError when there is no such image.

        An engine that has the image never asks the registry for a reference with a digest, and nobody at all for an id.
        """
        by_arch = self.images.get(word, {})
        there = ", ".join(sorted(by_arch)) or "none"
        if missing := sorted({arch for arch in arches if arch not in by_arch}):
            raise InputError(
                [
                    f"images.lock: there is no image of {word} for {arch} (there is: {there}); "
                    f"nanoswarm images build --arch {arch} {word}"
                    for arch in missing
                ]
            )
        digest = by_arch[arches[0]] if len(set(arches)) == 1 else self.lists.get(word)
        if digest is None:
            raise InputError([f"images.lock: there is no list of {word}'s images for {' and '.join(sorted(arches))}; {LIST}"])
        return digest if self.registry is None else f"{self.registry}/nanoswarm/{word}@{digest}"


def is_registry(text: str) -> bool:
    """It is host:port, as images are named after it."""
    return _REGISTRY.fullmatch(text) is not None


def save(path: Path, lock: ImagesLock) -> None:
    """Write it, in an order that is always the same; a reader sees the old one or the new one."""
    images = {word: dict(sorted(lock.images[word].items())) for word in sorted(lock.images)}
    value = {"version": _VERSION, "base": lock.base, "registry": lock.registry, "images": images}
    if lock.lists:
        value["lists"] = dict(sorted(lock.lists.items()))
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(files.dumped(value), encoding="utf-8")
    fresh.replace(path)


def load(path: Path = PATH) -> ImagesLock:
    """LabelsError when there is none, or with every problem in it."""
    if not path.exists():
        raise LabelsError([f"there is no {path}; {_REMEDY}"])
    document = files.read(path)
    problems: list[str] = []
    value = document.value if isinstance(document.value, dict) else {}
    if value.get("version") != _VERSION:
        problems.append(f"{document.at(('version',))}: is not {_VERSION}; {_REMEDY}")
    base, registry = value.get("base"), value.get("registry")
    if not isinstance(base, str):
        problems.append(f"{document.at(('base',))}: is not the name of an image; {_REMEDY}")
    if registry is not None and not (isinstance(registry, str) and is_registry(registry)):
        problems.append(f"{document.at(('registry',))}: {files.shown(registry)} is not host:port or null; {_REMEDY}")
    images = _images(document, value.get("images"), problems)
    lists = _lists(document, value.get("lists", {}), images, problems)
    if problems:
        raise LabelsError(problems)
    return ImagesLock(str(base), registry, images, lists)


def load_if_there(path: Path = PATH) -> ImagesLock | None:
    """None when there is none yet. LabelsError when there is one that cannot be used."""
    return load(path) if path.exists() else None


def _images(document: files.Document, value: Any, problems: list[str]) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict):
        problems.append(f"{document.at(('images',))}: is not a table of services; {_REMEDY}")
        return {}
    found: dict[str, dict[str, str]] = {}
    for word, digests in value.items():
        if not _WORD.fullmatch(word) or not isinstance(digests, dict):
            problems.append(f"{document.at(('images', word))}: is not a service with a table of digests; {_REMEDY}")
            continue
        found[word] = {}
        for arch, digest in digests.items():
            if arch not in ARCHES or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
                problems.append(f"{document.at(('images', word, arch))}: is not {' or '.join(ARCHES)} with a digest; {_REMEDY}")
            else:
                found[word][arch] = digest
    return found


def _lists(document: files.Document, value: Any, images: dict[str, dict[str, str]], problems: list[str]) -> dict[str, str]:
    if not isinstance(value, dict):
        problems.append(f"{document.at(('lists',))}: is not a table of digests; {_REMEDY}")
        return {}
    for word, digest in value.items():
        if word not in images or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            problems.append(f"{document.at(('lists', word))}: is not a service of `images` with a digest; {_REMEDY}")
    return value
