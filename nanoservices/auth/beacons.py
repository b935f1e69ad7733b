"""Which Eddystone-EID beacon says an id? All ids of about now are computed ahead, so that nothing is searched. Pure.

Another thread may `prepare` while `whose` is asked: what is replaced is replaced as a whole.
"""

from collections.abc import Iterable
from typing import NamedTuple

from nanoservices.auth.kinds import Beacon
from nanoservices.eddystone import MOST_TICKS, Moment, ids

TOLERANCE = 1  # windows that a beacon's clock may be off, either way
REMEMBERED_S = 3600.0  # an id that is over was said before, by somebody who plays it again; one window at least
_AHEAD_S = 60.0
_MOST_BEHIND = 60  # windows


class Said(NamedTuple):
    beacon: Beacon
    window: int


class Beacons:
    """`prepare` it now and then; asked unprepared it prepares itself."""

    def __init__(self) -> None:
        self._ids: dict[str, Said] = {}
        self._beacons: frozenset[Beacon] = frozenset()
        self._span = (1.0, 0.0)  # the unix times that it is prepared for

    def prepare(self, beacons: Iterable[Beacon], now_unix: float) -> None:
        """Know exactly these, in every window that may be asked about until the next call in less than a minute."""
        wanted = frozenset(beacons)
        needed = {Said(one, window): None for one in wanted for window in _windows(one, now_unix)}
        known = {said: name for name, said in self._ids.items() if said in needed}
        missing = [said for said in needed if said not in known]
        made = dict(zip(ids(map(_moment, missing)), missing, strict=True)) if missing else {}
        self._ids = {**{name: said for said, name in known.items()}, **made}
        self._beacons = wanted
        self._span = (now_unix, now_unix + _AHEAD_S)

    def whose(self, rolling_id: str, now_unix: float) -> tuple[Said, bool] | None:
        """The beacon and window of an id, and whether it is of about now; else it was said a while ago."""
        if not self._span[0] - _AHEAD_S <= now_unix <= self._span[1]:
            self.prepare(self._beacons, now_unix)
        said = self._ids.get(rolling_id)
        if said is None:
            return None
        ahead = said.window - window(said.beacon, now_unix)
        return None if ahead > TOLERANCE else (said, ahead >= -TOLERANCE)


def window(beacon: Beacon, now_unix: float) -> int:
    return int(now_unix - beacon.zero_unix) >> beacon.exponent


def _windows(beacon: Beacon, now_unix: float) -> range:
    behind = min(_MOST_BEHIND, max(1, int(REMEMBERED_S) >> beacon.exponent))
    first, last = window(beacon, now_unix - _AHEAD_S), window(beacon, now_unix + _AHEAD_S)
    end = min(last + TOLERANCE, MOST_TICKS >> beacon.exponent)
    return range(max(0, first - TOLERANCE - behind), end + 1)


def _moment(said: Said) -> Moment:
    return Moment(said.beacon.key, said.beacon.exponent, said.window << said.beacon.exponent)
