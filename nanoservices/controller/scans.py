"""Listening in a zone for a while: when a scan begins and ends, and which keys are asked about. Pure.

A motion opens a scan or prolongs the one that is open; each key is asked about once per scan, at once. Where motion never
ends, one scan follows another: else whoever comes back would never be asked about again.
"""

import hashlib
import math
from collections.abc import Collection
from dataclasses import field

from nanoservices import wire
from nanoservices.controller.model import Heard, Recognise, Scan, StartScan
from nanoservices.controller.whereabouts import Strengths, Whereabouts
from nanoservices.dataclass import dataclass

NEAR_DBM = -90  # a key weaker than this is in the next room or in the street
MOST_SIGHTINGS = 32  # in one question
MOST_WINDOWS = 12  # a scan is prolonged to so many times its window; then another takes its place
UNKNOWN = "unknown"  # everybody whom auth does not know


def hashed(prefix: str, text: str) -> str:
    """An id that comes out the same when the same event is taken twice."""
    return prefix + hashlib.sha256(text.encode()).hexdigest()[:10]


@dataclass
class Ear:
    """What one open scan has heard; gone with the scan, never written down."""

    heard: dict[str, Heard] = field(default_factory=dict)
    pending: list[Heard] = field(default_factory=list)
    asked: int = 0
    who: dict[str, str] = field(default_factory=dict)  # key -> whom it stands for in a room, once auth has said
    last_at: float = -math.inf  # when a sighting came in last


class ScanBook:
    def __init__(self, window_s: float, rooms: Collection[str] = ()):
        """`rooms`: the zones of rooms."""
        self._window_s = window_s
        self._strengths = Strengths(rooms)
        self.scans: dict[str, Scan] = {}
        self.ears: dict[str, Ear] = {}

    def open_in(self, zone: str) -> Scan | None:
        return next((scan for scan in self.scans.values() if scan.zone == zone), None)

    def outlived(self, zone: str, now: float) -> Scan | None:
        """The zone's scan, if it has been prolonged for long enough and is to end."""
        scan = self.open_in(zone)
        return scan if scan is not None and now - scan.began_at >= MOST_WINDOWS * self._window_s else None

    def motion(self, event_id: str, zone: str, at: float, now: float) -> StartScan | None:
        """Somebody moves in `zone`: listen there, or go on listening. None when this motion has had its scan already."""
        scan = self.open_in(zone)
        if scan is None:
            return self._begin(hashed("s", event_id), zone, at, now)
        scan.ends_at = now + self._window_s
        if not scan.watch:  # keys heard from now on came with this motion
            scan.edge_at, scan.known_at, scan.asked_at = at, now, now
        return StartScan(scan.id, zone, scan.ends_at)

    def motion_goes_on(self, zone: str, now: float) -> StartScan | None:
        """Whoever joins people who move already makes no edge: go on listening while they do."""
        scan = self.open_in(zone)
        if scan is None:
            return self.watch(zone, now)
        scan.ends_at = now + self._window_s
        return StartScan(scan.id, zone, scan.ends_at)

    def watch(self, zone: str, now: float) -> StartScan | None:
        """Listen without a motion, to learn who is still there."""
        return self._begin(hashed("w", f"{zone}/{now}"), zone, now, now, watch=True)

    def _begin(self, scan_id: str, zone: str, at: float, now: float, watch: bool = False) -> StartScan | None:
        if scan_id in self.scans:
            return None
        self.scans[scan_id] = Scan(scan_id, zone, at, now, now, now + self._window_s, watch, began_at=now)
        self.ears[scan_id] = Ear()
        return StartScan(scan_id, zone, now + self._window_s)

    def place(self, event: wire.SightingEvent, down: Collection[str], now: float) -> Whereabouts:
        """Where the key of a sighting is; zones that are `down` have scanners, and none that listens."""
        if event.scan not in self.scans or event.rssi_dbm < NEAR_DBM:
            return "here"
        self._strengths.heard(event.key, event.zone, event.rssi_dbm, now)
        return self._strengths.place(event.key, event.zone, {scan.zone for scan in self.scans.values()}, down, now)

    def hear(self, event: wire.SightingEvent, at: float, now: float, place: Whereabouts = "here") -> str | None:
        """A sighting: who it is, if this scan has been told already. Those of a scan that is over, the too weak, and those
        of keys that are elsewhere, are nobody's; what is not surely here is not asked about yet."""
        ear = self.ears.get(event.scan)
        if ear is None:
            return None
        ear.last_at = now
        if event.rssi_dbm < NEAR_DBM or place == "elsewhere":
            return None
        if event.key in ear.heard:
            return ear.who.get(event.key)
        if place != "here":
            return None
        scan = self.scans[event.scan]
        heard = Heard(event.key, event.rssi_dbm, at, now, scan.edge_at, scan.known_at, scan.asked_at)
        ear.heard[event.key] = heard
        ear.pending.append(heard)
        return None

    def runs(self, scan: Scan, since: float) -> bool:
        """Whether a scanner is known to listen: a sighting has come in since."""
        return self.ears[scan.id].last_at >= since

    def answered(self, command: Recognise, who: dict[str, str]) -> None:
        """Remember whose keys they are, for as long as the scan goes on."""
        ear = self.ears.get(command.scan)
        if ear is not None:
            ear.who |= who

    def ask_again(self, zone: str, who: str) -> None:
        """What was said of `who` does not hold any more: their keys are asked about anew when they are heard next."""
        scan = self.open_in(zone)
        ear = None if scan is None else self.ears[scan.id]
        if ear is not None:
            for key in [key for key, owner in ear.who.items() if owner == who]:
                del ear.who[key]
                ear.heard.pop(key, None)

    def questions(self) -> list[Recognise]:
        """Every key not asked about yet, all of a scan's at once."""
        found = []
        for scan_id, ear in self.ears.items():
            while ear.pending:
                batch, ear.pending = tuple(ear.pending[:MOST_SIGHTINGS]), ear.pending[MOST_SIGHTINGS:]
                ear.asked += 1
                # the first key's time keeps the id apart from those of before a restart of ours
                question = f"{scan_id}.{ear.asked}.{hashed('', str(batch[0].received_at))[:6]}"
                found.append(Recognise(question, scan_id, self.scans[scan_id].zone, batch))
        return found

    def unanswered(self, command: Recognise) -> None:
        """The keys may be asked about again should they still be heard."""
        ear = self.ears.get(command.scan)
        if ear is not None:
            for heard in command.heard:
                ear.heard.pop(heard.key, None)

    def of(self, command: Recognise) -> Scan:
        """The scan that a question belongs to, also when it has ended while the answer was on its way."""
        first = command.heard[0]
        gone = Scan(command.scan, command.zone, first.edge_at, first.known_at, first.asked_at, first.received_at)
        return self.scans.get(command.scan, gone)

    def end(self, scan: Scan) -> Ear:
        self.scans.pop(scan.id, None)
        if not self.scans:
            self._strengths.clear()
        return self.ears.pop(scan.id, Ear())

    def resume(self, now: float) -> list[StartScan]:
        """After our own restart: listen on, for a whole window, as what was heard before is forgotten."""
        for scan in self.scans.values():
            self.ears[scan.id] = Ear()
            scan.ends_at = max(scan.ends_at, now + self._window_s)
        return [StartScan(scan.id, scan.zone, scan.ends_at) for scan in self.scans.values()]
