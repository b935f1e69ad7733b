"""In which zone is a key, by how strongly the scanners of several zones hear it? Pure; `now` is monotonic seconds.

another zone hears it STEP_DB stronger                            elsewhere: it is heard here through a wall
weak, heard here once, and scanners of other zones listen too     unsure: one sample says little, and theirs may be on its way
weak, and the scanner of another zone is down                     unknown: it may be there
any other                                                         here; two zones that hear it about alike both have it

What is strong is near, whatever others hear or cannot hear, unless they hear it stronger still.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from nanoservices.dataclass import dataclass

Whereabouts = Literal["here", "elsewhere", "unsure", "unknown"]

STEP_DB = 8  # single samples of a tag at rest differ by as much
CLOSE_DBM = -70  # within a few metres
STAYS_S = 10.0  # in a room people stay: its scanners' word counts for so long, as a tag may be sampled no more often
PASSES_S = 3.0  # elsewhere they walk
MOST_KEYS = 4000  # beyond, the one that was silent longest is forgotten


@dataclass
class Level:
    dbm: int
    at: float
    samples: int = 1


class Strengths:
    """How strongly each key was heard lately, in which zones; forgotten when nobody listens. `rooms`: zones of rooms."""

    def __init__(self, rooms: Collection[str]):
        self._rooms = frozenset(rooms)
        self._levels: OrderedDict[str, dict[str, Level]] = OrderedDict()  # by key and zone, the key heard last at the end

    def heard(self, key: str, zone: str, dbm: int, now: float) -> None:
        """One sample; of several scanners in a zone the best counts."""
        levels = self._levels.setdefault(key, {})
        self._levels.move_to_end(key)
        before = levels.get(zone)
        if before is None or now - before.at >= STAYS_S:
            levels[zone] = Level(dbm, now)
        else:
            is_better = dbm >= before.dbm or now - before.at >= PASSES_S / 2
            levels[zone] = Level(dbm, now, before.samples + 1) if is_better else replace(before, samples=before.samples + 1)
        self._forget(now)

    def place(self, key: str, zone: str, listening: Collection[str], down: Collection[str], now: float) -> Whereabouts:
        """By the table above. `listening` and `down`: zones whose scanners scan now, and zones where none can."""
        levels = self._levels.get(key, {})
        own = levels.get(zone)
        if own is None:
            return "here"
        others = [(other, level) for other, level in levels.items() if other != zone]
        if any(level.dbm >= own.dbm + STEP_DB and self._is_fresh(other, level, now) for other, level in others):
            return "elsewhere"
        if own.dbm >= CLOSE_DBM:
            return "here"
        if any(other != zone for other in down):
            return "unknown"
        return "unsure" if own.samples < 2 and any(other != zone for other in listening) else "here"

    def clear(self) -> None:
        self._levels.clear()

    def _is_fresh(self, zone: str, level: Level, now: float) -> bool:
        return now - level.at < (STAYS_S if zone in self._rooms else PASSES_S)

    def _forget(self, now: float) -> None:
        while len(self._levels) > MOST_KEYS or self._is_stale(next(iter(self._levels.values())), now):
            self._levels.popitem(last=False)

    def _is_stale(self, levels: dict[str, Level], now: float) -> bool:
        return all(now - level.at >= STAYS_S for level in levels.values())
