"""What is on in the room, and what comes next, as auth told it last. Pure; `now` is monotonic seconds.

told                  -> believed, by auth's own calendar: no clock of this node is asked
a meeting is over     -> it is not said any more; the next one comes up
auth cannot be asked  -> what it told last is said for as long as it is true, and that it may have changed
auth refuses          -> nothing is known any more, and why
"""

from dataclasses import replace

from nanoservices import wire
from nanoservices.dataclass import dataclass

MOST_NEXT = 3
DAY_S = 86_400.0
CHANGED = "What comes next may have changed: auth cannot be reached"
UNKNOWN = "What comes next is not known: "


@dataclass(frozen=True)
class Ahead:
    """What an idle screen says: which meeting is `on`, and those after it. With neither, there is none all day."""

    on: wire.Slot | None = None
    next: tuple[wire.Slot, ...] = ()


class Agenda:
    """`line` says what is wrong with it, in a sentence."""

    def __init__(self) -> None:
        self._told: wire.Agenda | None = None
        self._told_at = 0.0
        self.line: str | None = None

    def told(self, agenda: wire.Agenda, now: float) -> None:
        self._told, self._told_at, self.line = agenda, now, None

    def unheard(self) -> None:
        """Auth cannot be asked now."""
        self.line = CHANGED if self._told is not None else f"{UNKNOWN}auth cannot be reached"

    def refused(self, why: str) -> None:
        self._told, self.line = None, f"{UNKNOWN}{why}"[:300]

    def ahead(self, now: float, titles: bool) -> Ahead | None:
        """None when nothing can be said that is sure to be true. Without `titles` nobody is told what meetings are about."""
        if self._told is None:
            return None
        at = self._unix(now)
        slots = [slot if titles else replace(slot, title=None) for slot in self._told.slots if slot.ends > at]
        on = next((slot for slot in slots if slot.starts <= at), None)
        coming = tuple(slot for slot in slots if slot.starts > at)[:MOST_NEXT]
        if on is None and not coming and self._told.until - at < DAY_S:
            return None
        return Ahead(on, coming)

    def wake_at(self, now: float) -> float | None:
        """When something else is to be said, though nothing is told."""
        if self._told is None:
            return None
        slots, at = self._told.slots, self._unix(now)
        times = [*(slot.starts for slot in slots), *(slot.ends for slot in slots), self._told.until - DAY_S]
        return min((now + time - at for time in times if time > at), default=None)

    def _unix(self, now: float) -> float:
        assert self._told is not None
        return self._told.now + now - self._told_at
