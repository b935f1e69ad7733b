"""When is a zone occupied? Pure: no clock, no I/O; `now` is monotonic seconds.

motion begins                          -> occupied, with an edge
motion begins while occupied           -> occupied again, with an edge: somebody else may have come
motion goes on unbroken                -> occupied again every `again_s`, without an edge: so may they then
motion ended, and `hold_s` went by     -> empty
the sensor is lost                     -> unknown, never a confident wrong answer
no motion when first read              -> still unknown: somebody may sit there; empty once `hold_s` went by
"""

from nanoservices.dataclass import dataclass
from nanoservices.wire import ZoneState

EDGE_GAP_S = 0.2  # a PIR that chatters gives one edge, not twenty


@dataclass(frozen=True)
class Change:
    """What the controller should hear: the zone's state from `at` on, and whether a motion has just begun."""

    state: ZoneState
    at: float
    edge: bool = False
    why: str | None = None


class PresenceTracker:
    """Keep a zone occupied until `hold_s` seconds pass without motion."""

    def __init__(self, hold_s: float, now: float, again_s: float = 3.0):
        self._hold_s = hold_s
        self._again_s = again_s
        self._told_at = now
        self._moving = False
        self._still_since: float | None = None
        self._last_edge: float | None = None
        self.state: ZoneState = "unknown"
        self.since = now
        self.why: str | None = "the sensor has not been read yet"

    def motion_changed(self, moving: bool, now: float) -> Change | None:
        """The sensor's line went up or down, or was read once more and is what it was."""
        begins, self._moving = moving and not self._moving, moving
        if not moving:
            self._be_still(now)
            return None
        self._still_since = None
        chatters = self._last_edge is not None and now - self._last_edge < EDGE_GAP_S
        if self.state == "occupied" and (chatters or not begins):
            return None
        self._last_edge = now
        return self._become("occupied", now, edge=True)

    def _be_still(self, now: float) -> None:
        if self._still_since is None:
            self._still_since = now
        if self.state == "unknown":
            self.why = f"no motion yet; known once the sensor has been watched for {self._hold_s:g} s"

    def time_passed(self, now: float) -> Change | None:
        """Call at `wake_at`; sooner does no harm."""
        due = self.wake_at()
        if due is None or now < due:
            return None
        return self._become("occupied" if self._moving else "empty", now)

    def sensor_lost(self, why: str, now: float) -> Change | None:
        """Nothing is known until the line is read again."""
        self._moving, self._still_since = False, None
        if self.state == "unknown" and self.why == why:
            return None
        return self._become("unknown", now, why=why)

    def wake_at(self) -> float | None:
        """When `time_passed` has something to say, as things stand."""
        if self._moving:
            return self._told_at + self._again_s
        if self.state == "empty" or self._still_since is None:
            return None
        return self._still_since + self._hold_s

    def _become(self, state: ZoneState, now: float, *, edge: bool = False, why: str | None = None) -> Change:
        if state != self.state:
            self.since = now
        self.state, self.why, self._told_at = state, why, now
        return Change(state, now, edge, why)
