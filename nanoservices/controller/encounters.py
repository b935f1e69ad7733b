"""Somebody has been recognised, or not: what follows from auth's answer for visits and rooms. Pure.

at a door, granted          their visit begins, or goes on
at a door, refused          a visit that ends at once; one under way ends too
in their meeting's room     they have arrived
in their own room           they may see what is personal
in any other room           they have no right to be there
"""

from nanoservices import wire
from nanoservices.controller.model import Heard, Occupant, Room, Scan, Visit
from nanoservices.controller.rooms import QUIET, RoomBook
from nanoservices.controller.scans import UNKNOWN
from nanoservices.controller.visits import VisitBook
from nanoservices.place import Place

_LONG_AGO = float("-inf")


class Encounters:
    """`away_s`: a refused person who lingers is refused once in QUIET times that."""

    def __init__(self, place: Place, rooms: RoomBook, visits: VisitBook, away_s: float):
        self._place = place
        self._rooms = rooms
        self._visits = visits
        self._quiet_s = QUIET * away_s
        self._refused_at: dict[str, float] = {}

    def time_passed(self, now: float) -> None:
        self._refused_at = {who: at for who, at in self._refused_at.items() if now - at < self._quiet_s}

    def meet(self, scan: Scan, heard: Heard, answer: wire.Answer, now: float) -> None:
        room = self._rooms.of_zone(scan.zone)
        if answer.decision == "granted":
            self._rooms.ends(answer.meeting, None if answer.ends_in_s is None else now + answer.ends_in_s)
        if answer.decision == "granted" and answer.room not in self._place.rooms:
            why = f"meeting {answer.meeting} is in {answer.room}, a room that labels.yml does not have"
            if room is not None:
                self._rooms.intrude(room, answer.participant or UNKNOWN, now)
            self._visits.open(scan, answer.participant or "", "failed", now, heard=heard, answer=answer, reason=why)
        elif room is not None:
            self._meet_in_room(scan, room, heard, answer, now)
        elif answer.participant is not None:
            self._meet_at_door(scan, answer.participant, heard, answer, now)
        else:  # one id for all strangers of a scan: at most one refused visit
            self._visits.open(scan, UNKNOWN, "refused", now, heard=heard, answer=answer, reason=answer.reason)

    def _meet_at_door(self, scan: Scan, participant: str, heard: Heard, answer: wire.Answer, now: float) -> None:
        if not self._rooms.leave(participant, heard.received_at, now) or self._rooms.has_just_left(participant, now):
            return
        visit = self._visits.open_of(participant)
        if answer.decision == "granted":
            if visit is not None and self._is_for(visit, answer, now):
                self._visits.move(visit, "seen", now)
            else:
                self._visits.open(scan, participant, "granted", now, heard=heard, answer=answer)
        elif visit is not None:
            self._visits.move(visit, "refused", now, answer.reason)
        elif now - self._refused_at.get(participant, _LONG_AGO) >= self._quiet_s:
            self._refused_at[participant] = now
            self._visits.open(scan, participant, "refused", now, heard=heard, answer=answer, reason=answer.reason)

    def _meet_in_room(self, scan: Scan, room: Room, heard: Heard, answer: wire.Answer, now: float) -> None:
        who = answer.participant or UNKNOWN
        visit = self._visits.open_of(who)
        if answer.participant and answer.decision == "granted" and answer.room == room.name:
            was_here = who in room.people and room.people[who].meeting == answer.meeting
            ends_at = None if answer.ends_in_s is None else now + answer.ends_in_s
            self._rooms.enter(room, Occupant(who, now, answer.meeting, ends_at))
            if visit is not None and self._is_for(visit, answer, now):
                self._visits.move(visit, "arrived", now)
            elif not was_here:
                self._visits.open(scan, who, "arrived", now, heard=heard, answer=answer)
        elif answer.participant and room.name in answer.owns:
            self._rooms.enter(room, Occupant(who, now))
        else:
            is_new = self._rooms.intrude(room, who, now)
            if answer.decision == "refused" and visit is not None:
                self._visits.move(visit, "refused", now, answer.reason)
            elif answer.decision == "refused" and is_new:
                self._visits.open(scan, who, "refused", now, heard=heard, answer=answer, reason=answer.reason)

    def _is_for(self, visit: Visit, answer: wire.Answer, now: float) -> bool:
        """Whether a visit under way is to what auth grants now; one to anything else is over."""
        if (visit.meeting, visit.room) == (answer.meeting, answer.room):
            return True
        self._visits.move(visit, "refused", now, "too-late")
        self._visits.move(visit, "left", now)
        return False
