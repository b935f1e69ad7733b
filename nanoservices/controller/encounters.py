"""Somebody has been recognised, or not: what follows from auth's answer for visits and rooms. Pure.

at a door, granted          their visit begins, or goes on
at a door, refused          a visit that ends at once; one under way ends too
in their meeting's room     they have arrived
in their own room           they may see what is personal
in any other room           they have no right to be there

a key weaker than the one by which somebody is known here already    says nothing of them: it may be a copy of their name tag
a recording of somebody's key                                        says that a stranger is there
"""

from collections.abc import Callable, Collection

from nanoservices import wire
from nanoservices.controller.model import Heard, Occupant, Room, Scan, Visit
from nanoservices.controller.rooms import QUIET, RoomBook, owner, weak
from nanoservices.controller.scans import UNKNOWN
from nanoservices.controller.visits import VisitBook
from nanoservices.controller.whereabouts import CLOSE_DBM
from nanoservices.place import Place

_LONG_AGO = float("-inf")


class Encounters:
    """`away_s`: a refused person who lingers is refused once in QUIET times that. `deaf`: zones where nobody listens now."""

    def __init__(
        self, place: Place, rooms: RoomBook, visits: VisitBook, away_s: float, deaf: Callable[[float], Collection[str]]
    ):
        self._place = place
        self._rooms = rooms
        self._visits = visits
        self._deaf = deaf
        self._quiet_s = QUIET * away_s
        self._refused_at: dict[str, float] = {}

    def time_passed(self, now: float) -> None:
        self._refused_at = {who: at for who, at in self._refused_at.items() if now - at < self._quiet_s}

    def meet(self, scan: Scan, heard: Heard, answer: wire.Answer, now: float) -> str:
        """What an answer means. Whom the key stands for in a room: a participant, a weak key of theirs, or UNKNOWN."""
        room = self._rooms.of_zone(scan.zone)
        who = _who(room, answer)
        if answer.decision == "granted":
            self._rooms.ends(answer.meeting, None if answer.ends_in_s is None else now + answer.ends_in_s)
        if answer.decision == "granted" and answer.room not in self._place.rooms:
            why = f"meeting {answer.meeting} is in {answer.room}, a room that labels.yml does not have"
            if room is not None:
                self._rooms.intrude(room, who, now)
            self._visits.open(scan, answer.participant or "", "failed", now, heard=heard, answer=answer, reason=why)
        elif room is not None:
            self._meet_in_room(scan, room, who, heard, answer, now)
        elif answer.participant is not None:
            self._meet_at_door(scan, answer.participant, who, heard, answer, now)
        else:  # one id for all strangers of a scan: at most one refused visit
            self._visits.open(scan, UNKNOWN, "refused", now, heard=heard, answer=answer, reason=answer.reason)
        return who

    def _meet_at_door(
        self, scan: Scan, participant: str, who: str, heard: Heard, answer: wire.Answer, now: float
    ) -> None:  # fmt: skip
        visit = self._visits.open_of(participant)
        if who != UNKNOWN:
            if heard.rssi_dbm < CLOSE_DBM and self._rooms.zone_of(participant) in self._deaf(now):
                return  # they may sit where they were, and be heard through the wall
            is_here = not self._rooms.leave(who, heard.advert_at, now) or self._rooms.has_just_left(participant, now)
            if is_here or self._is_known_better(visit, answer):
                return
            if answer.decision == "granted" and visit is not None and self._is_for(visit, answer, now):
                self._visits.move(visit, "seen", now)
                return
            if answer.decision == "granted":
                self._visits.open(scan, participant, "granted", now, heard=heard, answer=answer)
                return
            if visit is not None:
                self._visits.move(visit, "refused", now, answer.reason)
                return
        if now - self._refused_at.get(participant, _LONG_AGO) >= self._quiet_s:
            self._refused_at[participant] = now
            self._visits.open(scan, participant, "refused", now, heard=heard, answer=answer, reason=answer.reason)

    def _meet_in_room(self, scan: Scan, room: Room, who: str, heard: Heard, answer: wire.Answer, now: float) -> None:
        visit = None if who == UNKNOWN else self._visits.open_of(owner(who))
        if who == answer.participant and answer.decision == "granted" and answer.room == room.name:
            was_here = who in room.people and room.people[who].meeting == answer.meeting
            ends_at = None if answer.ends_in_s is None else now + answer.ends_in_s
            self._rooms.enter(room, Occupant(who, now, answer.meeting, ends_at, answer.strength))
            if visit is not None and self._is_for(visit, answer, now):
                self._visits.move(visit, "arrived", now)
            elif not was_here:
                self._visits.open(scan, who, "arrived", now, heard=heard, answer=answer)
        elif who == answer.participant and room.name in answer.owns:
            self._rooms.enter(room, Occupant(who, now, strength=answer.strength))
        else:
            is_new = self._rooms.intrude(room, who, now)
            if answer.decision == "granted" or self._is_known_better(visit, answer):
                return
            if visit is not None:
                self._visits.move(visit, "refused", now, answer.reason)
            elif is_new:
                self._visits.open(scan, who, "refused", now, heard=heard, answer=answer, reason=answer.reason)

    def _is_known_better(self, visit: Visit | None, answer: wire.Answer) -> bool:
        """Whether a stronger key than this has said who they are, and where they may go."""
        there = (room.people.get(answer.participant or "") for room in self._rooms.rooms.values())
        known = [visit.strength if visit is not None else None, *(found.strength for found in there if found is not None)]
        return any(_is_weaker(answer.strength, strength) for strength in known)

    def _is_for(self, visit: Visit, answer: wire.Answer, now: float) -> bool:
        """Whether a visit under way is to what auth grants now; one to anything else is over."""
        if (visit.meeting, visit.room) == (answer.meeting, answer.room):
            return True
        self._visits.move(visit, "refused", now, "too-late")
        self._visits.move(visit, "left", now)
        return False


def _who(room: Room | None, answer: wire.Answer) -> str:
    if answer.participant is None or answer.reason == "replay":
        return UNKNOWN
    there = None if room is None else room.people.get(answer.participant)
    is_weak = answer.decision == "refused" and _is_weaker(answer.strength, wire.STRENGTHS[-1])
    if answer.strength is not None and (is_weak or (there is not None and _is_weaker(answer.strength, there.strength))):
        return weak(answer.participant, answer.strength)
    return answer.participant


def _is_weaker(strength: wire.Strength | None, other: wire.Strength | None) -> bool:
    return strength is not None and other is not None and wire.STRENGTHS.index(strength) < wire.STRENGTHS.index(other)
