"""Who is there: announced instances and their leases, and what the sensors among them say. Pure."""

from nanoservices.controller.model import Peer, Sensor
from nanoservices.place import Place
from nanoservices.wire import ZoneState

LEASE_S = 30.0
FORGET_S = 86_400.0
ADDED_S = 600.0  # how long one that was added since our start is missed once it is silent: it may have been taken away again
MOST_STRANGERS = 256  # that labels.yml does not have; beyond, the one heard of longest ago is forgotten
_SELF = "controller"


class Registry:
    """`peers` and `sensors` are keyed by word@node and by node. What labels.yml expects, but nobody announced, is silent."""

    def __init__(self, place: Place, now: float):
        self._place = place
        self._since = now
        self._expected = frozenset(f"{word}@{node}" for node, entry in place.nodes.items() for word in entry.run)
        self._added: set[str] = set()
        self.peers: dict[str, Peer] = {}
        self.sensors: dict[str, Sensor] = {}

    def announced(self, peer: Peer) -> bool:
        """True when this instance is new or has been restarted, and so knows nothing of what it was told."""
        known = self.peers.get(peer.name)
        if self.is_stranger(peer.name):
            self._added.add(peer.name)
        self.peers[peer.name] = peer
        return known is None or known.boot != peer.boot or known.uri != peer.uri

    def restored(self, now: float) -> None:
        """After our own restart nobody can have announced themselves meanwhile: every lease begins anew."""
        for peer in self.peers.values():
            peer.heard_at = now

    def forget(self, now: float) -> list[str]:
        """Forget those that labels.yml does not have, once they are too many or silent for a day. Their names."""
        strangers = sorted((p for p in self.peers.values() if self.is_stranger(p.name)), key=lambda peer: peer.heard_at)
        crowded_out = len(strangers) - MOST_STRANGERS
        gone = [p for index, p in enumerate(strangers) if index < crowded_out or now - p.heard_at >= FORGET_S]
        for peer in gone:
            del self.peers[peer.name]
            self._added.discard(peer.name)
            if peer.word == "presence":
                self.sensors.pop(peer.node, None)
        return [peer.name for peer in gone]

    def is_stranger(self, name: str) -> bool:
        """labels.yml does not have it."""
        return name not in self._expected

    @property
    def is_crowded(self) -> bool:
        return len(self.peers) > len(self._expected) + MOST_STRANGERS

    def live(self, word: str, zones: tuple[str, ...], now: float) -> list[Peer]:
        """The announced instances of `word` in one of `zones`, in the order of their names."""
        found = [peer for peer in self.peers.values() if peer.word == word and peer.zone in zones]
        return sorted((peer for peer in found if self.is_live(peer.name, now)), key=lambda peer: peer.name)

    def expected(self, word: str, zones: tuple[str, ...], now: float) -> list[str]:
        """word@node of every instance that labels.yml puts into one of `zones`, or that was added there since our start."""
        nodes = self._place.nodes.items()
        placed = {f"{word}@{name}" for name, node in nodes if word in node.run and node.zone in zones}
        added = (self.peers[name] for name in self._added if name in self.peers)
        return sorted(placed | {p.name for p in added if p.word == word and p.zone in zones and now - p.heard_at < ADDED_S})

    def where(self, word: str, now: float) -> str | None:
        """The address that the instance of `word` gave which was heard last, of those that labels.yml has."""
        heard = [peer for name, peer in self.peers.items() if peer.word == word and not self.is_stranger(name)]
        live = [peer for peer in heard if self.is_live(peer.name, now)]
        return max(live, key=lambda peer: peer.heard_at).uri if live else None

    def deaf(self, now: float) -> dict[str, str]:
        """The zones with scanners of which none can listen, each with the name of one."""
        found = {}
        for zone in self._place.zones:
            names = self.expected("scanner", (zone,), now)
            if names and not any(self.is_live(name, now) and self.peers[name].ready for name in names):
                found[zone] = names[0]
        return found

    def is_live(self, name: str, now: float) -> bool:
        peer = self.peers.get(name)
        return peer is not None and now - peer.heard_at < LEASE_S

    def absent(self, now: float) -> dict[str, str]:
        """A sentence for every instance, by name, that should be there and is not, or says that it cannot work."""
        found = {}
        names = [f"{word}@{node}" for node, entry in self._place.nodes.items() for word in entry.run if word != _SELF]
        for name in sorted(names):
            peer = self.peers.get(name)
            if peer is None:
                found[name] = f"{name} has not announced itself"
            elif not self.is_live(name, now):
                found[name] = f"{name} is silent"
            elif not peer.ready:
                found[name] = f"{name}: {'; '.join(peer.why_not)[:200]}"
        return found

    def zone_state(self, zone: str, now: float) -> tuple[ZoneState, str | None]:
        """Occupied if a sensor says so; unknown, with the reason, if one that might say so is not heard, or nobody listens."""
        said = {sensor.node: sensor for sensor in self.sensors.values() if sensor.zone == zone}
        names = self.expected("presence", (zone,), now) or [f"presence@{node}" for node in sorted(said)]
        if any(s.state == "occupied" and self.is_live(f"presence@{s.node}", now) for s in said.values()):
            return "occupied", None
        for name in names:
            sensor = said.get(name.partition("@")[2])
            if not self.is_live(name, now):
                return "unknown", f"{name} is silent"
            if sensor is None or sensor.state == "unknown":
                return "unknown", f"{name} does not know: {(sensor.why if sensor else None) or 'no reading yet'}"
        if not names:
            return "unknown", f"no presence sensor in zone {zone}"
        deaf = self.deaf(now).get(zone)
        if deaf is not None:  # whoever sits still is not seen, and could not be heard
            return "unknown", self.absent(now).get(deaf, f"{deaf} does not listen")
        return "empty", None

    def wake_at(self, now: float) -> float | None:
        """When the next lease runs out."""
        ends = [peer.heard_at + LEASE_S for peer in self.peers.values()]
        return min((end for end in ends if end > now), default=None)
