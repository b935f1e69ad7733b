"""The simulated world: people, PIR lines, tags on the air, lights. Pure: `now` is monotonic seconds, messages come out.

A person comes into a zone (its PIR lines go up), is heard by the scanners there whose radio is on, waits until their
light is lit, walks the route and raises the PIRs on the way, and stirs in the room until told to leave. A light does
not say whose it is: `light_is_on_for` tells a person that theirs is lit, and they go once they see light.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from swarm.demo.pace import Pace
from swarm.demo.people import Person, Tag, Where
from swarm.labels import Labels


class Chance(Protocol):
    """random.Random, as far as it is needed here."""

    def uniform(self, low: float, high: float, /) -> float: ...

    def gauss(self, mean: float, deviation: float, /) -> float: ...


@dataclass(frozen=True)
class Outgoing:
    """A message for the device of `word` on `node`."""

    node: str
    word: str
    message: dict[str, Any]


@dataclass
class _Line:
    """One PIR."""

    node: str
    zone: str
    pin: str
    up_until: float = float("-inf")
    is_up: bool = False


@dataclass
class _Strip:
    zone: str
    is_lit: bool = False


class World:
    """Call `step` at `wake_at`, and after anything else was called; sooner does no harm."""

    def __init__(self, labels: Labels, pace: Pace, chance: Chance, unix: Callable[[], float]):
        nodes = labels.nodes.items()
        self._unix = unix  # what the tags' own clocks say
        self._pace = pace
        self._chance = chance
        self.people: list[Person] = []
        self._lines = [
            _Line(name, node.zone, node.gpio.pir)
            for name, node in nodes
            if "presence" in node.run and node.zone and node.gpio.pir
        ]
        self._strips = {name: _Strip(node.zone) for name, node in nodes if "guidance" in node.run and node.zone}
        self._scanners = {name: node.zone for name, node in nodes if "scanner" in node.run and node.zone}
        self._radios: set[str] = set()
        self._room_zones = {room.zone for room in labels.rooms.values()}

    # --- what devices say

    def hello(self, node: str, word: str) -> list[Outgoing]:
        """A device has come: its lines as they are now."""
        mine = (line for line in self._lines if word == "presence" and line.node == node)
        return [_level(line) for line in mine]

    def radio(self, node: str, is_on: bool) -> None:
        (self._radios.add if is_on else self._radios.discard)(node)

    def leds(self, node: str, colours: list[list[int]]) -> None:
        """What a strip shows now."""
        if node in self._strips:
            self._strips[node].is_lit = any(part > 0 for colour in colours for part in colour)

    def lost(self, node: str, word: str) -> None:
        """A device's line broke: its radio is off, its strip is dark as far as anybody can see."""
        if word == "scanner":
            self.radio(node, False)
        elif word == "guidance":
            self.leds(node, [])

    # --- what people do

    def has_lights(self, zone: str) -> bool:
        return any(strip.zone == zone for strip in self._strips.values())

    def is_lit(self, zone: str) -> bool:
        return any(strip.is_lit for strip in self._strips.values() if strip.zone == zone)

    def send_in(self, name: str, tag: Tag, route: tuple[str, ...], now: float, *, knows_the_way: bool = True) -> Person:
        """Somebody comes into the first zone of `route`."""
        person = Person(name, tag, route, now, knows_the_way)
        person.adverts_at = now + self._chance.uniform(0, self._pace.advert_s[1])  # no tag knows that it is at a door
        self.people.append(person)
        self._enter(person, now)
        return person

    def light_is_on_for(self, name: str, since: float) -> None:
        """This person knows which light is theirs, and that it has been on `since` then."""
        for person in self.people:
            if person.name == name and person.where is Where.WAITING and since >= person.came_at:
                person.own_light_at = since

    def leave(self, person: Person) -> None:
        """Out by the nearest door, without passing a sensor."""
        person.where = Where.GONE

    # --- time

    def step(self, now: float) -> list[Outgoing]:
        """Let time pass until `now`; what the devices notice of it."""
        out: list[Outgoing] = []
        for person in self.people:
            if person.where is Where.WAITING:
                self._wait(person, now)
            elif person.where is Where.WALKING and person.moves_at <= now:
                person.step += 1
                self._enter(person, person.moves_at)
            elif person.where is Where.THERE and person.moves_at <= now:
                self._stir(person, now)
            out += self._advert(person, now)
        self.people = [person for person in self.people if person.where is not Where.GONE]
        return out + self._levels(now)

    def wake_at(self, now: float) -> float:
        """When something happens next by itself."""
        times = [line.up_until for line in self._lines if line.is_up]
        for person in self.people:
            waits = person.where is Where.WAITING
            times += [person.adverts_at, self._decides_at(person) if waits else person.moves_at]
        return min(times, default=now + 1.0)

    def _decides_at(self, person: Person) -> float:
        on_foot = person.knows_the_way and not self.has_lights(person.route[0])
        return person.came_at + (self._pace.unlit_s if on_foot else self._pace.patience_s)

    def _wait(self, person: Person, now: float) -> None:
        zone = person.route[0]
        if person.own_light_at is not None and self.is_lit(zone):
            person.saw_light_at = now
            self._walk(person, now)
        elif now >= self._decides_at(person):
            if person.knows_the_way and not self.has_lights(zone) and len(person.route) > 1:
                self._walk(person, now)
            else:
                person.where = Where.GONE

    def _walk(self, person: Person, now: float) -> None:
        person.where, person.walked_at = Where.WALKING, now
        person.moves_at = now + self._pace.walk_s / max(1, len(person.route) - 1)

    def _enter(self, person: Person, now: float) -> None:
        """Into the zone they are in from now on; its PIRs see them come."""
        zone = person.route[person.step]
        self._motion(zone, now)
        if person.step == len(person.route) - 1 and zone in self._room_zones:
            person.where = Where.THERE
            self._stir(person, now)
        elif person.step > 0:
            person.moves_at = now + self._pace.walk_s / (len(person.route) - 1)

    def _stir(self, person: Person, now: float) -> None:
        self._motion(person.route[person.step], now)
        person.moves_at = now + self._pace.stir_s * self._chance.uniform(0.5, 1.5)

    def _motion(self, zone: str, now: float) -> None:
        for line in self._lines:
            if line.zone == zone:
                line.up_until = now + self._pace.motion_s

    def _levels(self, now: float) -> list[Outgoing]:
        """The lines that have just gone up or down."""
        changed = [line for line in self._lines if line.is_up != (line.up_until > now)]
        for line in changed:
            line.is_up = not line.is_up
        return [_level(line) for line in changed]

    def _advert(self, person: Person, now: float) -> list[Outgoing]:
        """The tag's advert if it is due, as every scanner of the zone with its radio on hears it."""
        if person.zone is None or now < person.adverts_at:
            return []
        person.adverts_at = now + self._chance.uniform(*self._pace.advert_s)
        hearing = [node for node in self._radios if self._scanners.get(node) == person.zone]
        return [Outgoing(node, "scanner", {"advert": self._noisy(person)}) for node in sorted(hearing)]

    def _noisy(self, person: Person) -> dict[str, Any]:
        mean = -54 if person.where is Where.WAITING else -62  # who waits at a door stands next to its scanner
        rssi = round(self._chance.gauss(mean, 4))
        return {**person.tag(self._unix()), "rssi": max(-85, min(-40, rssi))}


def _level(line: _Line) -> Outgoing:
    return Outgoing(line.node, "presence", {"pin": line.pin, "value": int(line.is_up)})
