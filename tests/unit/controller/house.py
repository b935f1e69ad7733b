"""A small house to play visits in: time is a number, and auth's answers are given by hand."""

from typing import Any

from nanoservices import wire
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import Command, Peer, Recognise, Visit
from nanoservices.controller.visits import Limits
from nanoservices.place import Node, Place, Room

PLACE = Place(
    nodes={
        "pi-lobby": Node("entrance", run=("presence", "scanner", "guidance")),
        "pi-corridor": Node("corridor", run=("guidance",)),
        "pi-room-1": Node("room-1", run=("presence", "scanner", "meeting")),
        "pi-room-2": Node("room-2", run=("presence", "scanner", "meeting")),
        "server-1": Node(run=("controller", "auth")),
    },
    zones=("entrance", "corridor", "room-1", "room-2"),
    rooms={
        "room-1": Room("room-1", ("entrance", "corridor", "room-1")),
        "room-2": Room("room-2", ("entrance", "corridor", "room-2")),
    },
)
SENSORS = {"entrance": "pi-lobby", "room-1": "pi-room-1", "room-2": "pi-room-2"}
LIMITS = Limits(scan_window_s=5, arrive_s=120, show_s=20, away_s=20)


class House:
    """Every sensor has announced itself and says that its zone is empty; it is 100 s after boot."""

    def __init__(self) -> None:
        self.now = 100.0
        self.n = 0
        self.logic = Controller(PLACE, LIMITS, self.now)
        self.commands: list[Command] = []
        self.announce()
        for zone in SENSORS:
            self.presence(zone, "empty")
        self.told()

    def announce(self, *names: str, boot: str = "b1") -> None:
        for node, entry in PLACE.nodes.items():
            for word in entry.run:
                if word != "controller" and (not names or f"{word}@{node}" in names):
                    peer = Peer(word, node, f"coap://{node}", boot, True, self.now, entry.zone)
                    self.logic.announced(peer, self.now)

    def presence(self, zone: str, state: wire.ZoneState, edge: bool = False, node: str | None = None) -> None:
        self.n += 1
        event = wire.PresenceEvent("presence", self.n, self.now, zone, state, edge)
        self.logic.presence_changed(f"presence@{zone}/b1/{self.n}", node or SENSORS[zone], event, self.now, self.now)

    def motion(self, zone: str) -> None:
        self.presence(zone, "occupied", edge=True)

    def hear(self, zone: str, *keys: str, rssi: int = -60) -> list[Recognise]:
        """The zone's scanner hears keys; what auth is asked."""
        scan = self.logic.scans.open_in(zone)
        assert scan is not None, f"nobody listens in {zone}"
        for key in keys:
            self.n += 1
            event = wire.SightingEvent("sighting", self.n, self.now, zone, scan.id, key, rssi)
            self.logic.key_heard(event, self.now, self.now)
        self.logic.ask()
        return [command for command in self.told() if isinstance(command, Recognise)]

    def told(self, kind: type[Any] | None = None) -> list[Any]:
        """The commands since the last time, of one kind if given."""
        taken = self.logic.take_commands()
        self.commands += taken
        return [command for command in taken if kind is None or isinstance(command, kind)]

    def meet(self, zone: str, *people: str, **answer: Any) -> None:
        """A motion, keys, and auth's answer: by default all are granted a meeting in room-1."""
        self.motion(zone)
        self.answer(zone, *people, **answer)

    def answer(self, zone: str, *people: str, **answer: Any) -> None:
        (question,) = self.hear(zone, *(f"hmac:{person.encode().hex():0<16}" for person in people))
        self.logic.recognised(question, wire.Answers(tuple(granted(person, **answer) for person in people)), self.now)

    def light(self, person: str) -> None:
        self.logic.visits.lit(self.visit(person).id, self.now, self.now)

    def shown(self, room: str = "room-1", meeting: str = "m1", **changes: Any) -> None:
        self.n += 1
        times = {"hidden_at": self.now, "downloaded_at": self.now, "shown_at": self.now} | changes
        event = wire.ScreenEvent("screen", self.n, self.now, room, "meeting", meeting=meeting, **times)
        self.logic.screen_changed(event, lambda at: at, self.now)

    def wait(self, seconds: float) -> None:
        """Time passes as it does in the service: every wake-up is taken."""
        until = self.now + seconds
        while (due := self.logic.wake_at(self.now)) is not None and due <= until:
            self.now = max(self.now + 0.001, due)
            self.keep_alive()
            self.logic.time_passed(self.now)
        self.now = max(self.now, until)
        self.logic.time_passed(self.now)

    def keep_alive(self) -> None:
        for peer in self.logic.registry.peers.values():
            if peer.boot != "dead":
                peer.heard_at = self.now

    def visit(self, person: str | None) -> Visit:
        """The newest visit of a person (None: of somebody unknown)."""
        found = [visit for visit in self.logic.visits.visits.values() if visit.participant == person]
        assert found, f"{person} has no visit"
        return found[-1]

    def mode(self, room: str = "room-1") -> str | None:
        return self.logic.rooms.rooms[room].mode


def granted(person: str, **changes: Any) -> wire.Answer:
    fields: dict[str, Any] = {
        "participant": person,
        "strength": "rolling",
        "meeting": "m1",
        "room": "room-1",
        "ends_in_s": 3600.0,
    } | changes
    return wire.Answer("granted", **fields)


def refused(reason: wire.Reason, participant: str | None = None) -> wire.Answer:
    return wire.Answer("refused", reason, participant)


def stranger_in(house: House, zone: str) -> None:
    (question,) = house.hear(zone, "mac:000000000001")
    house.logic.recognised(question, wire.Answers((refused("unknown-key"),)), house.now)
