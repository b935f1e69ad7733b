"""What labels.yml says: the zones and rooms of a place, its nodes, and what runs on each.

    zones: [entrance, corridor, room-1]
    rooms: {room-1: {zone: room-1, route: [entrance, corridor, room-1]}}
    nodes:
      pi-lobby: {ip: 192.0.2.21, zone: entrance, run: [presence, guidance], gpio: {pir: GPIO4, leds: [GPIO17]}, ble: hci0}

`plan: {entrance: [0, 0, 4, 3]}` says where zones lie on the floor plan of a screen on the way: x, y, width, height in any unit.
Data only; swarm/labels_file.py reads it, swarm/labels_rules.py says what does not fit together.
"""

from dataclasses import dataclass, field, replace

from nanoservices.place import Box, Gpio, Room


@dataclass(frozen=True)
class Node:
    """One machine, as its labels say it is."""

    zone: str | None = None
    run: tuple[str, ...] = ()
    ip: str | None = None
    gpio: Gpio = field(default_factory=Gpio)
    ble: str | None = None

    @property
    def labels(self) -> dict[str, str]:
        """What Swarm is told of it: `<word>=true` for what it runs, its zone and its address."""
        told = {"zone": self.zone, "ip": self.ip}
        return dict.fromkeys(self.run, "true") | {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class Labels:
    zones: tuple[str, ...] = ()
    rooms: dict[str, Room] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    plan: dict[str, Box] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()  # what is odd and may yet be meant

    def only(self, word: str) -> "Labels":
        """The same place, if it ran nothing else."""
        nodes = {name: replace(node, run=(word,) if word in node.run else ()) for name, node in self.nodes.items()}
        return replace(self, nodes=nodes)

    def running(self, word: str) -> list[str]:
        """The nodes that run `word`."""
        return [name for name, node in self.nodes.items() if word in node.run]
