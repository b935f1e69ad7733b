"""Reads labels.yml: its shape, then its rules, all problems at once and in the order of the lines."""

import dataclasses
import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from nanoservices.place import Box, Gpio, Room
from swarm import files, labels_rules
from swarm.errors import LabelsError
from swarm.files import Document, Trail, shown
from swarm.labels import Labels, Node
from swarm.words import Word, discover

T = TypeVar("T")

_NAME = re.compile(r"(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_PIN = re.compile(r"GPIO[0-9]{1,2}")


def read(path: Path, words: Mapping[str, Word] | None = None) -> Labels:
    """The labels in `path`. LabelsError holds every problem in it; nothing is read by halves."""
    return understood(files.read(path), words)


def understood(document: Document, words: Mapping[str, Word] | None = None) -> Labels:
    """The labels in a document, as `read` has them."""
    words = discover() if words is None else words
    reading = _Reading(document)
    labels = reading.labels(document.value)
    broken = [found for found in labels_rules.problems(labels, words) if not reading.is_unread(found[0])]
    texts = reading.problems + [reading.located(trail, says) for trail, says in broken]
    if texts:
        by_line = sorted(dict.fromkeys(texts), key=lambda found: found[0])
        raise LabelsError([text for _, text in by_line])
    odd = tuple(f"{document.at(trail)}: {says}" for trail, says in labels_rules.warnings(labels, words))
    return dataclasses.replace(labels, warnings=odd)


def is_name(text: str) -> bool:
    """It can be the name of a node or a zone: what host names and Docker labels both take."""
    return _NAME.fullmatch(text) is not None


class _Reading:
    """One pass over a document. What cannot be understood is noted, left out, and the rest is read on."""

    def __init__(self, document: Document):
        self._document = document
        self.problems: list[tuple[int, str]] = []
        self._wrong: list[Trail] = []

    def located(self, trail: Trail, says: str) -> tuple[int, str]:
        text = f"{self._document.at(trail)}: {says}"
        return int(text.removeprefix(self._document.name).split(":")[1]), text  # sorted by line

    def is_unread(self, trail: Trail) -> bool:
        """What is there was wrong itself: no more can be said of it, least of all that it is missing."""
        return any(wrong[: len(trail)] == trail or trail[: len(wrong)] == wrong for wrong in self._wrong if wrong)

    def wrong(self, trail: Trail, says: str) -> None:
        self._wrong.append(trail)
        self.problems.append(self.located(trail, says))

    def labels(self, value: Any) -> Labels:
        top = self._mapping(value, (), ("zones", "rooms", "nodes", "plan"), required=("zones", "nodes"))
        return Labels(
            zones=self._names(top.get("zones", []), ("zones",)),
            rooms=self._each(top.get("rooms", {}), ("rooms",), self._room),
            nodes=self._each(top.get("nodes", {}), ("nodes",), self._node),
            plan=self._each(top["plan"], ("plan",), self._box) if "plan" in top else {},
        )

    def _mapping(self, value: Any, trail: Trail, known: Iterable[str], required: Iterable[str] = ()) -> dict[str, Any]:
        if not isinstance(value, dict):
            says = "is empty" if value is None else f"{shown(value)} is not a mapping"
            self.wrong(trail, f"{says}; write `key: value` with the keys {', '.join(known)}")
            return {}
        for key in [key for key in value if key not in set(known)]:
            near = difflib.get_close_matches(key, list(known), n=1)
            hint = f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(known)}"
            self.wrong((*trail, key), f"there is no such key; {hint}")
        for key in required:
            if key not in value:
                self.wrong(trail, f"`{key}` is missing")
        return value

    def _each(self, value: Any, trail: Trail, read_one: Callable[[Any, Trail], T]) -> dict[str, T]:
        if not isinstance(value, dict):
            says = "is empty" if value is None else f"{shown(value)} is not a mapping of names"
            self.wrong(trail, f"{says}; write `name: {{...}}` for each, or {{}} if there are none")
            return {}
        return {name: read_one(entry, (*trail, name)) for name, entry in value.items() if self._name(name, (*trail, name))}

    def _name(self, value: Any, trail: Trail) -> str | None:
        if isinstance(value, str) and is_name(value):
            return value
        rule = "small letters, digits, `-` and `.` inside, up to 63, as host names and Docker labels want it"
        if not isinstance(value, str) and value is not None:
            rule = f"put it in quotes to make it a text, then: {rule}"
        self.wrong(trail, f"{shown(value)} is not a name ({rule})")
        return None

    def _list(self, value: Any, trail: Trail) -> list[Any]:
        if isinstance(value, list):
            return value
        self.wrong(trail, f"{shown(value)} is not a list; write [{shown(value) if isinstance(value, str) else '…'}]")
        return []

    def _names(self, value: Any, trail: Trail) -> tuple[str, ...]:
        found: list[str] = []
        for index, entry in enumerate(self._list(value, trail)):
            name = self._name(entry, (*trail, index))
            if name in found:
                self.wrong((*trail, index), f"{name} is there twice; remove one")
            elif name is not None:
                found.append(name)
        return tuple(found)

    def _room(self, value: Any, trail: Trail) -> Room:
        keys = self._mapping(value, trail, ("zone", "route"), required=("zone", "route"))
        zone = self._name(keys["zone"], (*trail, "zone")) if "zone" in keys else None
        return Room(zone or "", self._names(keys.get("route", []), (*trail, "route")))

    def _node(self, value: Any, trail: Trail) -> Node:
        keys = self._mapping(value, trail, ("ip", "zone", "run", "gpio", "ble"), required=("run",))
        return Node(
            zone=self._name(keys["zone"], (*trail, "zone")) if "zone" in keys else None,
            run=self._names(keys.get("run", []), (*trail, "run")),
            ip=self._ip(keys["ip"], (*trail, "ip")) if "ip" in keys else None,
            gpio=self._gpio(keys["gpio"], (*trail, "gpio")) if "gpio" in keys else Gpio(),
            ble=self._name(keys["ble"], (*trail, "ble")) if "ble" in keys else None,
        )

    def _box(self, value: Any, trail: Trail) -> Box:
        sides = self._list(value, trail)
        right = all(isinstance(side, int | float) and not isinstance(side, bool) and abs(side) <= 1000 for side in sides)
        if len(sides) != 4 or not right or min(sides[2:]) <= 0:
            self.wrong(trail, f"{shown(value)} is no place on a plan; give [x, y, width, height], as [0, 0, 4, 3]")
            return (0.0, 0.0, 1.0, 1.0)
        return tuple(float(side) for side in sides)

    def _ip(self, value: Any, trail: Trail) -> str | None:
        try:
            address = ipaddress.ip_address(value if isinstance(value, str) else "")
        except ValueError:
            self.wrong(trail, f"{shown(value)} is not an IP address such as 192.0.2.21")
            return None
        if address.is_unspecified or address.is_multicast or address.is_loopback:
            self.wrong(trail, f"{address} cannot be the address of a node; give the one others reach it at")
        return str(address)

    def _gpio(self, value: Any, trail: Trail) -> Gpio:
        keys = self._mapping(value, trail, ("pir", "leds"))
        pir = self._pin(keys["pir"], (*trail, "pir")) if "pir" in keys else None
        leds = self._list(keys["leds"], (*trail, "leds")) if "leds" in keys else []
        found = [self._led(entry, (*trail, "leds", index)) for index, entry in enumerate(leds)]
        return Gpio(pir, tuple(led for led in found if led))

    def _led(self, value: Any, trail: Trail) -> tuple[str, ...]:
        entries = value if isinstance(value, list) else [value]
        if len(entries) not in (1, 3):
            self.wrong(trail, f"{len(entries)} lines are no LED; give one, or three as [red, green, blue]")
            return ()
        trails = [(*trail, index) if isinstance(value, list) else trail for index in range(len(entries))]
        pins = [self._pin(entry, at) for entry, at in zip(entries, trails, strict=True)]
        return tuple(pin for pin in pins if pin is not None)

    def _pin(self, value: Any, trail: Trail) -> str | None:
        if isinstance(value, str) and _PIN.fullmatch(value):
            return f"GPIO{int(value[4:])}"
        hint = f"; did you mean GPIO{value}?" if re.fullmatch("[0-9]{1,2}", str(value)) else ""
        self.wrong(trail, f"{shown(value)} is not a GPIO line such as GPIO17{hint}")
        return None
