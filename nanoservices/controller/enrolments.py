"""Listening on behalf of auth, so that an admin can enrol a key that is held up: no visit, no question who it is. Pure.

What is heard goes to auth as it comes, and lives here no longer than that. Nothing of it is written down: after a restart of
ours the admin opens another window.
"""

from dataclasses import dataclass, field

from nanoservices import wire
from nanoservices.controller.model import EndScan, PassOn, StartScan
from nanoservices.controller.scans import MOST_SIGHTINGS, NEAR_DBM, hashed

MOST_OPEN = 8
_MOST_PENDING = 500


@dataclass
class _Window:
    enrolment: str
    scan: str
    zone: str
    ends_at: float
    pending: list[wire.Sighting] = field(default_factory=list)


class EnrolmentBook:
    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}  # by scan

    @property
    def is_full(self) -> bool:
        return len(self._windows) >= MOST_OPEN

    def order(self, enrolment: str, zone: str, window_s: float, now: float) -> StartScan | EndScan | None:
        """Listen until `window_s` from now; 0: no more."""
        scan = hashed("e", enrolment)
        if window_s <= 0:
            window = self._windows.pop(scan, None)
            return None if window is None else EndScan(scan, window.zone)
        window = self._windows.setdefault(scan, _Window(enrolment, scan, zone, now))
        window.ends_at = now + window_s
        return StartScan(scan, window.zone, window.ends_at)

    def hear(self, event: wire.SightingEvent, age_s: float) -> bool:
        """Whether the sighting is one for an enrolment."""
        window = self._windows.get(event.scan)
        if window is not None and event.rssi_dbm >= NEAR_DBM and len(window.pending) < _MOST_PENDING:
            window.pending.append(wire.Sighting(event.key, event.rssi_dbm, age_s))
        return window is not None

    def news(self) -> list[PassOn]:
        """What has been heard since the last call."""
        found = []
        for window in self._windows.values():
            while window.pending:
                batch, window.pending = tuple(window.pending[:MOST_SIGHTINGS]), window.pending[MOST_SIGHTINGS:]
                found.append(PassOn(window.enrolment, window.zone, batch))
        return found

    def failed(self, scan: str, why: str) -> PassOn | None:
        """No scanner listens, if it is for an enrolment."""
        window = self._windows.pop(scan, None)
        return None if window is None else PassOn(window.enrolment, window.zone, (), why)

    def over(self, now: float) -> list[EndScan]:
        ended = [window for window in self._windows.values() if window.ends_at <= now]
        for window in ended:
            del self._windows[window.scan]
        return [EndScan(window.scan, window.zone) for window in ended]

    def wake_at(self) -> float | None:
        return min((window.ends_at for window in self._windows.values()), default=None)
