"""Weighs images on an engine against their budgets, and all of a node together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swarm import files, fragments, images_budget, images_layers, images_sizes
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import BudgetError
from swarm.fragments import Fragment
from swarm.images import SLIM, Kind
from swarm.images_budget import Budget, Weighed
from swarm.images_build import Check
from swarm.images_layers import Saved
from swarm.images_sizes import MB, Sizes
from swarm.words import Word

_PROMISED = Path("bench/budgets.yml")
Found = tuple[list[Weighed], dict[str, str]]  # every figure; the largest files of each word's own layers


def promised(root: Path) -> dict[str, Any]:
    return dict(files.read(root / _PROMISED).value["budgets"])


def checking(engine: Engine, root: Path, words: Mapping[str, Fragment] | None = None) -> Check:
    """What lets no image pass that breaks its budget: BudgetError says by how much, and which files did it."""
    limits, told = promised(root), fragments.discover(root / "nanoservices") if words is None else words

    def check(word: Word, kind: Kind, image: Image, sizes: Sizes) -> None:
        if kind.variant != SLIM:
            return
        own = _own(told, word.name, limits, image)
        seen = _own_files(engine, image.id) if own.apart else {}
        if broken := images_budget.broken(images_budget.weighed(word.name, sizes, own, seen)):
            raise BudgetError(images_budget.complaint(broken, seen or _own_files(engine, image.id)))

    return check


def weigh(engine: Engine, root: Path, made: Mapping[str, Image]) -> Found:
    """Every figure of these images, and of all of them on one node."""
    limits, told = promised(root), fragments.discover(root / "nanoservices")
    weighed, largest = [], {}
    with images_layers.opened(engine, [image.id for image in made.values()]) as saved:
        pairs = dict(zip(made, saved, strict=True))
        for word, one in pairs.items():
            own = _files_of(one)
            total = sum(layer.size for layer in one.layers)
            sizes = Sizes(total - sum(layer.size for layer in one.own), sum(layer.size for layer in one.own))
            weighed += images_budget.weighed(word, sizes, _own(told, word, limits, made[word]), own)
            largest[word] = images_budget.largest(own)
        together = images_sizes.together({layer.id: layer.size for layer in one.layers} for one in pairs.values())
    apart = sum(one.mb for one in weighed if one.apart)
    bases = {image.base for image in made.values()}
    whole = len(made) == len(told) and len(bases) == 1
    limit = images_budget.limit(limits, "images_node_mb", bases.pop()) if whole else None
    weighed.append(Weighed("all" if whole else "these", "together on one node", together / MB - apart, limit))
    return weighed, largest


def _own(told: Mapping[str, Fragment], word: str, limits: Mapping[str, Any], image: Image) -> Budget:
    return images_budget.budget(told[word].get("x-nano", {}).get("budget", {}), limits, image.base)


def _own_files(engine: Engine, image_id: str) -> dict[str, int]:
    with images_layers.opened(engine, [image_id]) as saved:
        return _files_of(saved[0])


def _files_of(saved: Saved) -> dict[str, int]:
    return {path: size for layer in saved.own for path, size in layer.files.items()}
