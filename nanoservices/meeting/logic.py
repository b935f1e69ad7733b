"""What may the room's screen show? Pure: no clock, no I/O; `now` is monotonic seconds.

start                                     -> hidden: never personal before the controller says so
hidden ordered                            -> hidden at once
personal or a meeting ordered             -> hidden at once, then downloaded, then shown
what is shown already is ordered again    -> stays; reported as shown for the new visit
what is under way already is ordered      -> goes on, for both visits
another is ordered during a download      -> the download is of no effect any more
a download failed                         -> hidden; tried again while the order stands, a few times soon, then slowly
the order's `ends_in_s` is over           -> hidden by itself
the contents are no more what they were   -> hidden at once, then downloaded anew, then shown
the controller has been silent too long   -> hidden by itself: nobody would tell of a stranger
it is heard again, and orders nothing new -> after a while, in which it would have, as ordered before
a late order, or one of a replaced boot   -> changes nothing
one of a boot earlier than the last       -> refused for a while: it is late, or of a controller whose calendar went back
"""

from collections import deque

from nanoservices.dataclass import dataclass
from nanoservices.errors import PayloadError, Unavailable
from nanoservices.meeting.effects import Download, Effects, Hide, Report, Show
from nanoservices.wire import Mode, ScreenEvent, ScreenOrder

PERSONAL = "personal"  # what wire.ContentsQuery calls the contents that belong to the room itself
RETRY_S = (0.25, 0.5, 1.0, 2.0, 2.0)
RETRY_SLOWLY_S = 5.0
MOST_BOOTS = 16
REPLACED_S = 30.0  # nothing is on its way for so long
RESTORE_S = 5.0  # whoever has something new to order insists, and so has done it by then
WAITING = "Waiting for the controller"
SILENT = "Contents are hidden: the controller is silent"
OVER = "The meeting is over"


@dataclass
class _Pending:
    """A download that the standing order waits for, and on whose account."""

    ticket: int
    mode: Mode
    of: str
    hidden_at: float
    visits: list[str | None]
    tries: int = 0


class LatestOrder:
    """Which order is news: a higher `seq` of this boot, or a later boot."""

    def __init__(self) -> None:
        self._boot: str | None = None
        self._seq = -1
        self._heard_at = 0.0
        self._replaced: deque[str] = deque(maxlen=MOST_BOOTS)

    def take(self, boot: str, seq: int, now: float) -> bool:
        """Whether an order is news; if so, it is the latest now. Unavailable for a boot that seems to be an earlier one."""
        if boot in self._replaced or (boot == self._boot and seq <= self._seq):
            return False
        if self._boot is not None and boot < self._boot and now - self._heard_at < REPLACED_S:
            raise Unavailable(f"boot: {self._boot} seems to be a later one than {boot}; ask again", retry_s=REPLACED_S)
        if self._boot is not None and boot != self._boot:
            self._replaced.append(self._boot)
        self._boot, self._seq, self._heard_at = boot, seq, now
        return True


class ScreenLogic:
    """`mode` and `meeting` are what can be seen, not what was ordered."""

    def __init__(self, room: str):
        self._room = room
        self._latest = LatestOrder()
        self._pending: _Pending | None = None
        self._ends_at: float | None = None
        self._of: str | None = None
        self._tickets = 0
        self._shown_ticket: int | None = None
        self._lost: tuple[Mode, str, str | None] | None = None  # what was ordered when the controller fell silent
        self._restore_at: float | None = None
        self.mode: Mode = "hidden"
        self.hidden_at: float | None = None
        self.line: str | None = WAITING
        self.problem: str | None = None

    @property
    def ends_at(self) -> float | None:
        """When what can be seen is over by itself."""
        return self._ends_at if self.mode != "hidden" else None

    @property
    def shown(self) -> tuple[int, str] | None:
        """The ticket of what can be seen, and of what it is."""
        return None if self._shown_ticket is None or self._of is None else (self._shown_ticket, self._of)

    @property
    def is_for_anybody_here(self) -> bool:
        """Whether the controller has ordered what is personal: nobody is in the room who may not see that."""
        return self.mode == "personal" or (self._pending is not None and self._pending.mode == "personal")

    @property
    def meeting(self) -> str | None:
        return self._of if self.mode == "meeting" else None

    def apply(self, order: ScreenOrder, now: float) -> Effects:
        """PayloadError for an order that this screen cannot follow, Unavailable for one that it cannot now; it changes
        nothing."""
        of = self._wanted(order)
        is_news, effects = self._latest.take(order.boot, order.seq, now), self.time_passed(now)
        if not is_news:
            return effects
        self.line, self._lost, self._restore_at = order.line, None, None
        self._ends_at = None if order.ends_in_s is None or of is None else now + order.ends_in_s
        if of is None:
            return (*effects, *self._hide(now, [order.visit]))
        if order.ends_in_s == 0:
            return (*effects, *self.time_passed(now))
        if (self.mode, self._of) == (order.mode, of):
            return (*effects, *self._report([order.visit], now, shown=now))
        return (*effects, *self._get(order.mode, of, order.visit, now))

    def downloaded(self, ticket: int, now: float) -> Effects:
        """The contents are there, whole and checked."""
        effects = self.time_passed(now)
        pending = self._pending
        if pending is None or pending.ticket != ticket:
            return effects
        self.mode, self._of, self._pending, self.problem = pending.mode, pending.of, None, None
        self._shown_ticket = ticket
        return (*effects, Show(ticket), *self._report(pending.visits, now, pending.hidden_at, now, now))

    def failed(self, ticket: int, why: str, now: float) -> Effects:
        """The contents cannot be had; the order stands, so it is tried again."""
        effects = self.time_passed(now)
        pending = self._pending
        if pending is None or pending.ticket != ticket:
            return effects
        is_news, self.problem = why[:300] != self.problem, why[:300]
        wait_s = RETRY_S[pending.tries] if pending.tries < len(RETRY_S) else RETRY_SLOWLY_S
        pending.tries += 1
        told = self._report(pending.visits, now, pending.hidden_at) if is_news else ()
        return (*effects, *told, Download(ticket, pending.of, wait_s))

    def changed(self, ticket: int, now: float) -> Effects:
        """What is shown under `ticket` is no more what auth has, or is not to be had any more."""
        effects = self.time_passed(now)
        if self._shown_ticket != ticket or self._of is None:
            return effects
        return (*effects, *self._get(self.mode, self._of, None, now))

    def silent(self, now: float) -> Effects:
        """The controller has not been heard for as long as it promised to believe in us."""
        effects = self.time_passed(now)
        pending = self._pending
        standing = (self.mode, self._of) if pending is None else (pending.mode, pending.of)
        self._restore_at = None
        if standing[0] == "hidden" or standing[1] is None:
            return effects
        self._lost, self.line = (standing[0], standing[1], self.line), SILENT
        return (*effects, *self._hide(now, [None]))

    def heard(self, now: float) -> Effects:
        """The controller is there again."""
        if self._lost is not None and self._restore_at is None:
            self._restore_at = now + RESTORE_S
        return self.time_passed(now)

    def time_passed(self, now: float) -> Effects:
        """Call at `wake_at`; sooner does no harm."""
        if self._ends_at is not None and now >= self._ends_at:
            self._ends_at, self.line, self._lost, self._restore_at = None, OVER, None, None
            return self._hide(now, [None])
        if self._restore_at is not None and now >= self._restore_at and self._lost is not None:
            (mode, of, self.line), self._lost, self._restore_at = self._lost, None, None
            return self._get(mode, of, None, now)
        return ()

    def wake_at(self) -> float | None:
        """When `time_passed` has something to do."""
        return min((at for at in (self._ends_at, self._restore_at) if at is not None), default=None)

    def _wanted(self, order: ScreenOrder) -> str | None:
        if order.room != self._room:
            raise PayloadError(f"room: this is the screen of {self._room}, not of {order.room}; check who announced it")
        if order.mode == "hidden":
            return None
        if order.mode == "personal":
            return PERSONAL
        if order.meeting in (None, PERSONAL):
            raise PayloadError(f"meeting: {order.meeting or 'nothing'} is no meeting's id, and mode meeting needs one")
        return order.meeting

    def _get(self, mode: Mode, of: str, visit: str | None, now: float) -> Effects:
        pending = self._pending
        same = pending is not None and (pending.mode, pending.of) == (mode, of)
        if pending is not None and same:
            pending.visits = list(dict.fromkeys([*pending.visits, visit]))[-MOST_BOOTS:]
            if pending.tries == 0:
                return ()
        visits = pending.visits if pending is not None and same else [visit]
        hidden = self._hide(now, visits)
        self._tickets += 1
        self._pending = _Pending(self._tickets, mode, of, now, visits)
        return (*hidden, Download(self._tickets, of))

    def _hide(self, now: float, visits: list[str | None]) -> Effects:
        """Whatever was seen or under way is gone."""
        self.mode, self._of, self._pending, self.problem = "hidden", None, None, None
        self._shown_ticket = None
        self.hidden_at = now
        return (Hide(), *self._report(visits, now, now))

    def _report(
        self,
        visits: list[str | None],
        at: float,
        hidden: float | None = None,
        downloaded: float | None = None,
        shown: float | None = None,
    ) -> Effects:
        """What can be seen now, once for each visit on whose account."""
        return tuple(
            Report(
                ScreenEvent(
                    "screen", 0, at, self._room, self.mode, visit, self.meeting, hidden, downloaded, shown, self.problem
                )
            )
            for visit in visits
        )
