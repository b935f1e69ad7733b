"""The part of labels.yml that one service gets, as JSON in the file that NANO_PLACE names.

`nodes` holds the nodes that run this service; which of the rest is filled in is what the service's `x-nano: place:` asks
for, so that a change of labels.yml restarts only those it concerns.
"""

from dataclasses import field
from typing import Annotated

from nanoservices.dataclass import dataclass
from nanoservices.errors import SettingsError
from nanoservices.payload import Between, Matching
from nanoservices.wire import Name

Pin = Annotated[str, Matching(r"GPIO[0-9]{1,2}", "a GPIO line such as GPIO17")]
Led = Annotated[tuple[Pin, ...], Between(1, 3)]  # one line, or red, green and blue


@dataclass(frozen=True)
class Gpio:
    pir: Pin | None = None
    leds: tuple[Led, ...] = ()  # in walking order


@dataclass(frozen=True)
class Node:
    zone: Name | None = None
    gpio: Gpio | None = None
    ble: Name | None = None
    run: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Room:
    zone: Name
    route: tuple[Name, ...]  # zones from the door to the room, both included


Side = Annotated[float, Between(-1000, 1000)]
Box = Annotated[tuple[Side, ...], Between(4, 4)]  # x, y, width, height on the floor plan, in any unit


@dataclass(frozen=True)
class Place:
    nodes: dict[Name, Node]
    zones: tuple[Name, ...] = ()
    rooms: dict[Name, Room] = field(default_factory=dict)
    plan: dict[Name, Box] = field(default_factory=dict)  # where zones lie

    def node(self, name: str) -> Node:
        """This node's entry. SettingsError when labels.yml does not let the service run there."""
        if name not in self.nodes:
            known = ", ".join(sorted(self.nodes)) or "none"
            raise SettingsError([f"NANO_NODE: labels.yml has no node {name} for this service (it has: {known})"])
        return self.nodes[name]
