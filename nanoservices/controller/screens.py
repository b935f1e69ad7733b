"""Tells the rooms' screens what they may show. Pure; rooms.py says what that is."""

from collections.abc import Callable

from nanoservices.controller.model import Command, Room, SetScreen, Visit, with_sentence
from nanoservices.controller.registry import Registry
from nanoservices.controller.rooms import RoomBook
from nanoservices.controller.visits import VisitBook
from nanoservices.place import Place

_SAME_END_S = 2.0  # auth's answers differ by their time on the way; a meeting that is prolonged by more


class Screens:
    """`say` takes commands."""

    def __init__(self, place: Place, registry: Registry, rooms: RoomBook, visits: VisitBook, say: Callable[[Command], None]):
        self._place = place
        self._registry = registry
        self._rooms = rooms
        self._visits = visits
        self._say = say

    def follow(self, room: Room, wanted: SetScreen, now: float) -> None:
        same_end = abs((wanted.ends_at or 0.0) - (room.ends_at or 0.0)) < _SAME_END_S
        if (wanted.mode, wanted.meeting, wanted.line) == (room.mode, room.meeting, room.line) and same_end:
            return
        lets_in = wanted.mode == "meeting" != room.mode
        self._set(room, wanted)
        if lets_in:
            for visit in self._visits.showing(room.name):
                self._visits.move(visit, "let-in-again", now)

    def show(self, visit: Visit, now: float) -> None:
        """On account of a visit; what the room's state does not allow now, `let-in-again` makes up for."""
        room = self._rooms.rooms[visit.room or ""]
        sensed, why = self._registry.zone_state(self._place.rooms[room.name].zone, now)
        wanted = self._rooms.wanted(room, sensed, why)
        self._set(room, wanted, visit.id)

    def _set(self, room: Room, wanted: SetScreen, visit: str | None = None) -> None:
        room.mode, room.meeting, room.line, room.ends_at = wanted.mode, wanted.meeting, wanted.line, wanted.ends_at
        for waiting in self._visits.showing(room.name) if wanted.line else ():
            waiting.trouble = with_sentence(waiting.trouble, wanted.line or "")
        self._say(SetScreen(room.name, wanted.mode, visit, wanted.meeting, wanted.ends_at, wanted.line))
