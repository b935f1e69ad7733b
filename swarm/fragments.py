"""Reads service.yml and stack.yml, strictly: `docker stack deploy` takes many a typo and silently does something else."""

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from swarm import files
from swarm.compose_keys import FRAGMENT, INSTEAD, STACK, Named, Several, Shape
from swarm.errors import LabelsError
from swarm.files import Document, Trail, shown
from swarm.words import ROOT

STACK_YML = Path(__file__).with_name("stack.yml")
PLACE_LABELS = ("zone", "ip")  # labels of a node that are no words
Fragment = dict[str, Any]


def discover(root: Path = ROOT) -> dict[str, Fragment]:
    """What each service.yml says, by word, in alphabetical order. LabelsError holds every problem of all of them."""
    paths = {path.parent.name: path for path in sorted(root.glob("*/service.yml"))}
    found, problems = {}, []
    for word, path in paths.items():
        try:
            found[word] = read(path, paths)
        except LabelsError as error:
            problems += error.problems
    if problems:
        raise LabelsError(problems)
    return found


def read(path: Path, words: Collection[str]) -> Fragment:
    """One service.yml. `words`: all there are, so that a constraint on the label of another is known for a typo."""
    document = files.read(path)
    document.name = f"{path.parent.name}/{path.name}"
    problems = [*_shape(document, (), document.value, FRAGMENT)]
    problems = problems or _sense(document, path.parent.name, words)
    if problems:
        raise LabelsError([f"{document.at(trail)}: {says}" for trail, says in problems])
    value: Fragment = document.value
    return value


def every(path: Path = STACK_YML) -> Fragment:
    """stack.yml: what every service gets."""
    document = files.read(path)
    problems = _shape(document, (), document.value, STACK)
    if problems:
        raise LabelsError([f"{document.at(trail)}: {says}" for trail, says in problems])
    value: Fragment = document.value
    return value


Problems = list[tuple[Trail, str]]


def _shape(document: Document, trail: Trail, value: Any, shape: Shape) -> Problems:
    """Every place where `value` is not of that shape."""
    if isinstance(shape, Several):
        if not isinstance(value, list):
            return [(trail, f"{shown(value)} is not a list; write [{shown(value) if isinstance(value, str) else '...'}]")]
        return [found for i, each in enumerate(value) for found in _shape(document, (*trail, i), each, shape.of)]
    if isinstance(shape, Mapping | Named):
        if not isinstance(value, dict):
            says = "is empty" if value is None else f"{shown(value)} is not a mapping"
            keys = "" if isinstance(shape, Named) else _keys(shape)
            return [(trail, f"{says}; write `key: value`{keys}" if shape else f"{says}; write {{}}")]
        return [found for key, each in value.items() for found in _entry(document, (*trail, key), key, each, shape)]
    return [] if shape.takes(value) else [(trail, f"{shown(value)} is not {shape.says}; mend it")]


def _entry(document: Document, trail: Trail, key: str, value: Any, shape: Mapping[str, Any] | Named) -> Problems:
    if isinstance(shape, Named):
        if not shape.key.takes(key):
            return [(trail, f"{shown(key)} is not {shape.key.says}; rename it")]
        return _shape(document, trail, value, shape.of)
    if key in shape:
        return _shape(document, trail, value, shape[key])
    if key in INSTEAD:
        return [(trail, f"is not taken: {INSTEAD[key]}")]
    near = difflib.get_close_matches(key, list(shape), n=1)
    return [(trail, "there is no such key" + (f"; did you mean {near[0]}?" if near else _keys(shape)))]


def _keys(shape: Mapping[str, Any]) -> str:
    return f"; the keys here are {', '.join(shape)}" if shape else "; nothing goes here"


def _sense(document: Document, word: str, words: Collection[str]) -> Problems:
    """What is of the right shape and cannot be meant."""
    services = document.value.get("services", {})
    if list(services) != [word]:
        return [
            (("services",), f"has {', '.join(services) or 'nothing'}; the folder is called {word}, and so must the service be")
        ]
    service = services[word]
    trail: Trail = ("services", word)
    if "image" not in service:
        return [(trail, f"`image` is missing; write image: nanoswarm/{word}")]
    return [*_volumes(service, trail, document.value.get("volumes", {})), *_placement(service, trail, word, words)]


def _volumes(service: Fragment, trail: Trail, declared: Collection[str]) -> Problems:
    """A wrong name would silently be a new, empty volume."""
    used = {volume.partition(":")[0]: i for i, volume in enumerate(service.get("volumes", [])) if volume[0] != "/"}
    lost: Problems = [
        ((*trail, "volumes", i), f"{name} is not declared; add it under `volumes:` at the end, or mend the name")
        for name, i in used.items()
        if name not in declared
    ]
    return lost + [
        (("volumes", name), "is used by nothing; remove it, or mend the name") for name in declared if name not in used
    ]


def _placement(service: Fragment, trail: Trail, word: str, words: Collection[str]) -> Problems:
    """A task with a constraint that no node meets waits for ever."""
    constraints = service.get("deploy", {}).get("placement", {}).get("constraints", [])
    trail = (*trail, "deploy", "placement", "constraints")
    labels = [constraint.replace("==", " ").replace("!=", " ").split()[0] for constraint in constraints]
    if f"node.labels.{word}" not in labels:
        return [(trail, f"does not say where it runs; write [node.labels.{word} == true]")]
    known = [f"node.labels.{name}" for name in (*words, *PLACE_LABELS)]
    return [
        ((*trail, i), f"no node ever has the label {label.removeprefix('node.labels.')}; {_near(label, known)}")
        for i, label in enumerate(labels)
        if label.startswith("node.labels.") and label not in known
    ]


def _near(label: str, known: list[str]) -> str:
    near = difflib.get_close_matches(label, known, n=1)
    return f"did you mean {near[0]}?" if near else f"labels are {', '.join(name.split('.')[2] for name in known)}"
