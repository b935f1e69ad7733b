"""Which nanoservices there are: every folder under nanoservices/ that has a service.yml. There is no list of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nanoservices
from swarm import files
from swarm.errors import LabelsError

ROOT = Path(nanoservices.__file__).parent
PLACE = ("zone", "gpio.pir", "gpio.leds", "ble", "rooms", "zones", "run", "plan")  # what a service may ask of labels.yml


@dataclass(frozen=True)
class Word:
    """What the kit knows of a service, from its service.yml."""

    name: str
    place: tuple[str, ...] = ()  # what of labels.yml it is given
    calls: tuple[str, ...] = ()
    single: bool = False  # one instance in the whole cluster, instead of one on every node that says so
    extras: tuple[str, ...] = ()  # what of setup.cfg its image installs
    without: str = ""  # what the place is without it, in a few words

    @property
    def needs(self) -> tuple[str, ...]:
        """What its own node must have. One that asks who runs what looks at all nodes, and needs nothing of its own."""
        return () if "run" in self.place else self.place

    @property
    def needs_room(self) -> bool:
        """It works for the room that it stands in."""
        return {"zone", "rooms"} <= set(self.needs)


def discover(root: Path = ROOT) -> dict[str, Word]:
    """Every word there is, in alphabetical order. LabelsError names a service.yml that cannot be used."""
    return {path.parent.name: _word(path) for path in sorted(root.glob("*/service.yml"))}


def _word(path: Path) -> Word:
    name = path.parent.name
    document = files.read(path)
    document.name = f"{name}/{path.name}"
    value = document.value if isinstance(document.value, dict) else {}
    kit = _mapping(value, "x-nano")
    asked, calls, extras = (_texts(document, kit, key) for key in ("place", "calls", "extras"))
    wrong = [entry for entry in asked if entry not in PLACE]
    if wrong:
        raise LabelsError([f"{document.at(('x-nano', 'place'))}: {files.shown(wrong[0])} is not one of {', '.join(PLACE)}"])
    deploy = _mapping(_mapping(_mapping(value, "services"), name), "deploy")
    return Word(name, asked, calls, deploy.get("mode", "replicated") != "global", extras, str(kit.get("without") or ""))


def _mapping(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _texts(document: files.Document, kit: dict[str, Any], key: str) -> tuple[str, ...]:
    found = kit.get(key) or []
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise LabelsError([f"{document.at(('x-nano', key))}: {files.shown(found)} is not a list of words; write [a, b]"])
    return tuple(found)
