"""How a visit goes. Pure. What is not in the table changes nothing: so repeated, late and contradicting events do no harm."""

from collections.abc import Callable

from nanoservices import wire
from nanoservices.controller.model import (
    CLOSED,
    GUIDED,
    LEADING,
    NEW,
    SHOWING,
    Command,
    Heard,
    Lead,
    Report,
    Scan,
    StopLeading,
    Visit,
    with_sentence,
)
from nanoservices.controller.scans import hashed
from nanoservices.dataclass import dataclass
from nanoservices.place import Place


@dataclass(frozen=True)
class Rule:
    """A visit in `state` that meets `trigger` becomes `then`; `acts` are methods of VisitBook, done in this order."""

    state: str
    trigger: str
    then: str
    acts: tuple[str, ...] = ()


RULES = (
    #    in       when             becomes  and
    Rule(NEW,     "granted",       LEADING, ("choose_colour", "lead")),
    Rule(NEW,     "arrived",       SHOWING, ("arrive", "show")),                 # came in without having been led
    Rule(NEW,     "refused",       CLOSED,  ("close_refused",)),
    Rule(NEW,     "failed",        CLOSED,  ("close_failed",)),
    Rule(NEW,     "nobody",        CLOSED,  ("close_nobody",)),
    Rule(LEADING, "lit",           GUIDED,  ()),
    Rule(LEADING, "unlit",         GUIDED,  ()),                                 # a route without lights: it goes on
    Rule(LEADING, "dark",          CLOSED,  ("stop_leading", "close_failed")),   # lights that cannot be lit: it does not
    Rule(LEADING, "restarted",     LEADING, ("lead",)),
    Rule(LEADING, "seen",          LEADING, ()),
    Rule(LEADING, "arrived",       SHOWING, ("arrive", "stop_leading", "show")),
    Rule(LEADING, "refused",       CLOSED,  ("stop_leading", "close_refused")),  # the right to it ended on the way
    Rule(LEADING, "overdue",       CLOSED,  ("stop_leading", "close_overdue")),
    Rule(GUIDED,  "restarted",     GUIDED,  ("lead",)),
    Rule(GUIDED,  "seen",          GUIDED,  ("lead",)),                          # turned back, or passing: light it again
    Rule(GUIDED,  "arrived",       SHOWING, ("arrive", "stop_leading", "show")),
    Rule(GUIDED,  "refused",       CLOSED,  ("stop_leading", "close_refused")),
    Rule(GUIDED,  "overdue",       CLOSED,  ("stop_leading", "close_overdue")),
    Rule(SHOWING, "restarted",     SHOWING, ("stop_leading", "show")),           # either may have got lost
    Rule(SHOWING, "let-in-again",  SHOWING, ("show",)),                          # the intruder has gone
    Rule(SHOWING, "shown",         CLOSED,  ("close_completed",)),
    Rule(SHOWING, "screen-silent", CLOSED,  ("close_failed",)),
    Rule(SHOWING, "left",          CLOSED,  ("close_abandoned",)),
    Rule(SHOWING, "overdue",       CLOSED,  ("close_overdue",)),
)  # fmt: skip

_RULES = {(rule.state, rule.trigger): rule for rule in RULES}
MOST_CLOSED = 500
MOST_UNREPORTED = 2000  # while auth is away
COLOURS = 12


@dataclass(frozen=True)
class Limits:
    """How long each thing may take, in seconds."""

    scan_window_s: float = 5.0
    arrive_s: float = 120.0  # from the door to the room
    show_s: float = 20.0  # from the room's door to the contents on the screen
    away_s: float = 20.0  # somebody not heard for so long, in a room where nothing moves, has left


class VisitBook:
    """The visits. `say` takes commands; `show` asks for the room's screen on account of a visit."""

    def __init__(self, place: Place, limits: Limits, say: Callable[[Command], None], show: Callable[[Visit, float], None]):
        self._place = place
        self._limits = limits
        self._say = say
        self._show_room = show
        self.visits: dict[str, Visit] = {}
        self.number = 0

    def open(
        self, scan: Scan, who: str, trigger: str, now: float, *,
        heard: Heard | None = None, answer: wire.Answer | None = None, reason: str | None = None,
    ) -> None:  # fmt: skip
        """A new visit of `who`, unless this scan has had theirs to that meeting: its id follows from the three."""
        meeting = answer.meeting if answer is not None else None
        visit_id = f"{scan.id}.{hashed('', f'{who}/{meeting}')[:6]}"
        if visit_id in self.visits:
            return
        self.number += 1
        visit = Visit(visit_id, self.number, scan.id, scan.zone, NEW, scan.edge_at, now + self._limits.arrive_s)
        visit.steps = {"a": scan.edge_at, "b": scan.known_at, "b'": scan.asked_at}
        if heard is not None:
            visit.steps = {"a": heard.edge_at, "b": heard.known_at, "b'": heard.asked_at}
            visit.steps |= {"advert": heard.advert_at, "c": heard.received_at}
        if answer is not None:
            visit.steps["d"] = now
            visit.participant, visit.strength = answer.participant, answer.strength
            visit.meeting, visit.room = answer.meeting, answer.room
            visit.route = self._route(scan.zone, answer.room)
            if answer.ends_in_s is not None:  # nobody is led to what is over
                visit.deadline = min(visit.deadline, now + answer.ends_in_s)
        self.visits[visit_id] = visit
        self.move(visit, trigger, now, reason)
        self._forget_old()

    def _route(self, zone: str, room: str | None) -> tuple[str, ...]:
        """From where the person is, when that is on the way; else the whole way."""
        route = self._place.rooms[room].route if room in self._place.rooms else ()
        return route[route.index(zone) :] if zone in route else route

    def _forget_old(self) -> None:
        for reported, most in ((True, MOST_CLOSED), (False, MOST_UNREPORTED)):
            closed = [visit.id for visit in self.visits.values() if not visit.is_open and visit.reported is reported]
            for visit_id in closed[: max(0, len(closed) - most)]:
                del self.visits[visit_id]

    def open_visits(self) -> list[Visit]:
        return [visit for visit in self.visits.values() if visit.is_open]

    def open_of(self, participant: str) -> Visit | None:
        return next((visit for visit in self.open_visits() if visit.participant == participant), None)

    def showing(self, room: str) -> list[Visit]:
        return [visit for visit in self.visits.values() if visit.state == SHOWING and visit.room == room]

    def awaited_in(self, room: str) -> bool:
        """Whether somebody is on the way there."""
        return any(visit.room == room and visit.state in (LEADING, GUIDED) for visit in self.visits.values())

    def move(self, visit: Visit, trigger: str, now: float, reason: str | None = None) -> None:
        """Apply the table."""
        rule = _RULES.get((visit.state, trigger))
        if rule is None:
            return
        visit.state = rule.then
        if reason is not None:
            visit.reason = reason[:300]  # a wire.Sentence
        for act in rule.acts:
            getattr(self, f"_{act}")(visit, now)

    def tell_closed_again(self) -> None:
        """After our own restart: of closed visits, what nobody may have been told."""
        for visit in [visit for visit in self.visits.values() if not visit.is_open and not visit.reported]:
            if visit.route:  # we may have been killed before its lights were told
                self._say(StopLeading(visit.id, visit.route))
            self._say(Report(visit.id))

    def wake_at(self) -> float | None:
        return min((visit.deadline for visit in self.open_visits()), default=None)

    # --- what became of the commands ----------------------------------------------------------------------------------------

    def lit(self, visit_id: str, lit_at: float, now: float) -> None:
        """The first light of a visit is on; later ones change nothing."""
        visit = self.visits.get(visit_id)
        if visit is not None and visit.is_open:
            visit.steps.setdefault("e", max(lit_at, visit.steps.get("d", lit_at)))
            self.move(visit, "lit", now)

    def not_lit(self, visit_id: str, why: str | None, now: float) -> None:
        """No light could be lit: `why` names the peers; None when the route has none by labels.yml."""
        visit = self.visits.get(visit_id)
        if visit is not None:
            self.move(visit, "unlit" if why is None else "dark", now, why)

    def troubled(self, visit_id: str, why: str) -> None:
        """Something went wrong that need not end the visit."""
        visit = self.visits.get(visit_id)
        if visit is not None and visit.is_open:
            visit.trouble = with_sentence(visit.trouble, why)

    def screen_silent(self, room: str, why: str, now: float) -> None:
        """The room's screen has not taken its order in time."""
        for visit in self.showing(room):
            self.move(visit, "screen-silent", now, why)

    def reported(self, visit_id: str) -> None:
        """auth has the visit in its event log."""
        if visit_id in self.visits:
            self.visits[visit_id].reported = True

    # --- what a rule does -----------------------------------------------------------------------------------------------

    def _choose_colour(self, visit: Visit, now: float) -> None:
        taken = {other.colour for other in self.open_visits() if other is not visit}
        visit.colour = next((colour for colour in range(COLOURS) if colour not in taken), visit.number % COLOURS)

    def _lead(self, visit: Visit, now: float) -> None:
        self._say(Lead(visit.id, visit.route, visit.colour, visit.deadline))

    def _stop_leading(self, visit: Visit, now: float) -> None:
        self._say(StopLeading(visit.id, visit.route))

    def _arrive(self, visit: Visit, now: float) -> None:
        visit.steps.setdefault("e'", now)
        visit.deadline = now + self._limits.show_s

    def _show(self, visit: Visit, now: float) -> None:
        self._show_room(visit, now)

    def _close(self, visit: Visit, outcome: wire.Outcome, now: float) -> None:
        visit.outcome = outcome
        visit.steps["out"] = now
        self._say(Report(visit.id))

    def _close_completed(self, visit: Visit, now: float) -> None:
        self._close(visit, "completed", now)

    def _close_refused(self, visit: Visit, now: float) -> None:
        self._close(visit, "refused", now)

    def _close_failed(self, visit: Visit, now: float) -> None:
        self._close(visit, "failed", now)

    def _close_nobody(self, visit: Visit, now: float) -> None:
        self._close(visit, "nobody", now)

    def _close_abandoned(self, visit: Visit, now: float) -> None:
        visit.reason = "left before the contents were shown"
        self._close(visit, "abandoned", now)

    def _close_overdue(self, visit: Visit, now: float) -> None:
        """Time is up. If something went wrong on the way it failed, and says what; else the person did not come."""
        arrived = "e'" in visit.steps
        if visit.trouble:
            visit.reason = visit.trouble[-1]
        else:
            visit.reason = f"contents were not shown in {visit.room} in time" if arrived else f"did not come to {visit.room}"
        self._close(visit, "failed" if visit.trouble or arrived else "abandoned", now)
