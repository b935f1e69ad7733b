"""Which key was held up to the scanner? Windows that an admin opens in one zone, each for one new key. Pure; `now` is
monotonic seconds.

the window is open                        -> listening: sightings are gathered, and nothing is said of them
it is over, and one key was held up       -> offered, once, to who opened the window; kept for KEPT_S, in memory alone
it is over, and none, or not just one     -> nothing, and why
the offer is accepted, or refused,
    or KEPT_S are over                    -> forgotten, with everything that was heard

A key is held up when it is heard twice or more, at HELD_DBM or more (the median), and MARGIN_DB above every other.
"""

import statistics
from dataclasses import field
from typing import Literal

from nanoservices.auth.kinds import is_static_key
from nanoservices.dataclass import dataclass
from nanoservices.errors import Conflict, Forbidden, NotFound
from nanoservices.wire import Sighting

KEPT_S = 120.0
HELD_DBM = -65
MARGIN_DB = 6
LEAST_HEARD = 2
MOST_OPEN = 4
MOST_KEYS = 500  # of one window; the weakest is dropped
_MOST_HEARD = 64  # of one key

State = Literal["listening", "offered", "nothing"]
NOBODY = "no key was held up: hold it next to the scanner, for as long as the window is open"
SEVERAL = "more than one key is that near: take the others away"
CHANGING = "what was held up changes its key: it cannot be enrolled by listening; add it by its secret"
TOLD = "it was offered already, and is offered once only"


@dataclass
class Window:
    id: str
    zone: str
    by: str  # the token of who opened it
    ends_at: float
    heard: dict[str, list[int]] = field(default_factory=dict)  # key -> strengths; the window's secret
    problem: str | None = None
    key: str | None = None  # what is offered
    is_judged: bool = False


@dataclass(frozen=True)
class Shown:
    """What may be told. `key` is there in the answer that offers it, and in no other."""

    id: str
    zone: str
    state: State
    ends_in_s: float
    key: str | None = None
    why: str | None = None


class Enrolments:
    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def open(self, own_id: str, zone: str, by: str, window_s: float, now: float) -> Shown:
        """Conflict when one is open there already, or too many are."""
        self.time_passed(now)
        for other in self._windows.values():
            if other.zone == zone and other.ends_at > now:
                raise Conflict(f"zone: an enrolment is open in {zone} already, for {other.ends_at - now:.0f} s")
        if len(self._windows) >= MOST_OPEN:
            raise Conflict(f"zone: {MOST_OPEN} enrolments are not over yet; end one first")
        window = self._windows[own_id] = Window(own_id, zone, by, now + window_s)
        return _shown(window, "listening", now)

    def hear(self, own_id: str, sightings: tuple[Sighting, ...], problem: str | None, now: float) -> None:
        """What a scanner of the zone heard. After the window it is too late, and nothing is kept."""
        window = self._windows.get(own_id)
        if window is None or now >= window.ends_at:
            return
        window.problem = problem or window.problem
        for sighting in sightings:
            strengths = window.heard.setdefault(sighting.key, [])
            if len(strengths) < _MOST_HEARD:
                strengths.append(sighting.rssi_dbm)
        while len(window.heard) > MOST_KEYS:
            del window.heard[min(window.heard, key=lambda key: max(window.heard[key]))]

    def look(self, own_id: str, by: str, now: float) -> Shown:
        """How it stands; the first look after its end has the offer. NotFound once it is forgotten, Forbidden to others."""
        window = self._of(own_id, by, now)
        if now < window.ends_at:
            return _shown(window, "listening", now)
        if window.is_judged:
            return _shown(window, "offered" if window.key else "nothing", now, why=TOLD if window.key else window.problem)
        window.is_judged = True
        window.key, why = _held_up(window.heard)
        window.heard = {}  # strangers in range are forgotten here
        window.problem = None if window.key else window.problem or why
        return _shown(window, "offered" if window.key else "nothing", now, window.key, window.problem)

    def take(self, own_id: str, by: str, now: float) -> str:
        """The key that was offered, to be enrolled; the window is forgotten. Conflict when none was."""
        window = self._of(own_id, by, now)
        if window.key is None:
            raise Conflict("nothing has been offered" + (", the window is still open" if now < window.ends_at else ""))
        del self._windows[own_id]
        return window.key

    def end(self, own_id: str, by: str, now: float) -> str:
        """Forget it, with what was heard. Its zone."""
        window = self._of(own_id, by, now)
        del self._windows[own_id]
        return window.zone

    def time_passed(self, now: float) -> None:
        for window in [window for window in self._windows.values() if now >= window.ends_at + KEPT_S]:
            del self._windows[window.id]

    def _of(self, own_id: str, by: str, now: float) -> Window:
        self.time_passed(now)
        window = self._windows.get(own_id)
        if window is None:
            raise NotFound(f"there is no enrolment {own_id}, or it is over")
        if window.by != by:
            raise Forbidden("Authorization: this enrolment is another's; what is held up is offered to who opened it")
        return window


def _held_up(heard: dict[str, list[int]]) -> tuple[str | None, str | None]:
    """The key, or why there is none."""
    near = {key: statistics.median(strengths) for key, strengths in heard.items() if len(strengths) >= LEAST_HEARD}
    order = sorted(near, key=lambda key: -near[key])
    if not order or near[order[0]] < HELD_DBM:
        return None, NOBODY
    if len(order) > 1 and near[order[0]] - near[order[1]] < MARGIN_DB:
        return None, SEVERAL
    return (order[0], None) if is_static_key(order[0]) else (None, CHANGING)


def _shown(window: Window, state: State, now: float, key: str | None = None, why: str | None = None) -> Shown:
    return Shown(window.id, window.zone, state, max(0.0, window.ends_at - now), key, why)
