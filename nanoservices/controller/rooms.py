"""What may a room's screen show? Pure.

the sensor is silent or lost                   hidden    (unknown is never taken for empty)
nothing moves, and who is there cannot be
  heard or recognised now                      hidden    (and nobody is taken for gone)
nobody is in the room                          personal
somebody without a right to it is in the room  hidden    (also who stays when their meeting is over)
people of one meeting are in the room          meeting
only the room's owners are in the room         personal
people of two meetings, or an owner whom the
  meeting has not invited, are in the room      hidden
somebody moves and is not recognised yet       hidden
"""

from nanoservices.controller.model import Occupant, Room, SetScreen
from nanoservices.wire import Strength, ZoneState

_LONG_AGO = float("-inf")
LINGERS = 3.0  # times away_s: who has not been heard for so long has left, whoever moves there
QUIET = 1.5  # times away_s: who has left a room so shortly ago is not led back into it


def weak(participant: str, strength: Strength) -> str:
    """The name of a key of theirs that anybody may have copied, as an intruder."""
    return f"{participant}/{strength}"


def owner(who: str) -> str:
    """The participant behind an intruder's name."""
    return who.partition("/")[0]


class RoomBook:
    """Who is in which room; `zones` says where each room is."""

    def __init__(self, zones: dict[str, str], away_s: float):
        self._zones = zones
        self._away_s = away_s
        self._quiet_s = QUIET * away_s
        self.rooms = {name: Room(name) for name in zones}
        self._left: dict[str, float] = {}

    def of_zone(self, zone: str) -> Room | None:
        name = next((name for name, room_zone in self._zones.items() if room_zone == zone), None)
        return None if name is None else self.rooms[name]

    def zone_of(self, participant: str) -> str | None:
        """Where somebody recognised is known to be."""
        return next((self._zones[name] for name, room in self.rooms.items() if participant in room.people), None)

    def enter(self, room: Room, occupant: Occupant) -> None:
        """A recognised person with a right to be there; nobody is in two rooms."""
        for other in self.rooms.values():
            if other is not room:
                other.people.pop(occupant.participant, None)
        room.intruders.pop(occupant.participant, None)
        room.people[occupant.participant] = occupant

    def ends(self, meeting: str | None, ends_at: float | None) -> None:
        """A meeting may be prolonged or cut short: the latest word counts for everybody."""
        for room in self.rooms.values():
            for occupant in room.people.values():
                if meeting is not None and occupant.meeting == meeting:
                    occupant.meeting_ends_at = ends_at

    def intrude(self, room: Room, who: str, now: float) -> bool:
        """Somebody without a right to the room's contents. True when they were not known to be there."""
        is_new = who not in room.intruders
        room.people.pop(who, None)
        room.intruders[who] = now
        return is_new

    def heard_again(self, room: Room, who: str, now: float) -> bool:
        """Still there. False when they were not there any more."""
        if who in room.people:
            room.people[who].seen_at = now
        elif who in room.intruders:
            room.intruders[who] = now
        else:
            return False
        return True

    def unsure(self, room: Room, now: float) -> None:
        """Somebody may be there, and cannot be heard or recognised: for a while nobody is taken for gone."""
        room.unsure_at = now

    def rightless(self, room: Room) -> list[str]:
        """The intruders; a weak key of somebody who is heard there by a better one need be nobody else's."""
        return [who for who, at in room.intruders.items() if at - self._last_heard(room, owner(who))[1] >= self._away_s]

    def leave(self, participant: str, heard_at: float, now: float) -> bool:
        """Heard elsewhere at `heard_at`. False when they have been heard in a room since, and so are there."""
        for room in self.rooms.values():
            last = max(self._last_heard(room, participant))
            if last > heard_at:
                return False
            if room.people.pop(participant, None) is not None:
                self._left[participant] = now
            room.intruders.pop(participant, None)
        return True

    def _last_heard(self, room: Room, who: str) -> tuple[float, float]:
        occupant = room.people.get(who)
        return room.intruders.get(who, _LONG_AGO), _LONG_AGO if occupant is None else occupant.seen_at

    def has_just_left(self, participant: str, now: float) -> bool:
        return now - self._left.get(participant, _LONG_AGO) < self._quiet_s

    def settle(self, room: Room, sensed: ZoneState, now: float) -> list[str]:
        """Forget whom time has removed: who is not heard, sooner where nothing moves, and intruders not heard. Those whose
        meeting has ended stay as intruders until they leave or have another right; they are returned."""
        if room.unsure_at is not None and now - room.unsure_at >= self._away_s:
            room.unsure_at = None
        if sensed != "unknown" and room.unsure_at is None:  # who sits still is not seen by a PIR, but their key is heard
            patience_s = self._away_s if sensed == "empty" else LINGERS * self._away_s  # who moves need not be they
            for gone in [o for o in room.people.values() if now - o.seen_at >= patience_s]:
                self._left[gone.participant] = now
                del room.people[gone.participant]
        ended = [o for o in room.people.values() if o.meeting_ends_at is not None and o.meeting_ends_at <= now]
        for occupant in ended:
            del room.people[occupant.participant]
            room.intruders[occupant.participant] = occupant.seen_at
        room.intruders = {who: at for who, at in room.intruders.items() if now - at < self._away_s}
        self._left = {who: at for who, at in self._left.items() if now - at < self._quiet_s}
        return [occupant.participant for occupant in ended]

    def needs_ear(self, room: Room, sensed: ZoneState) -> bool:
        """Whether somebody's being there can only be known by listening."""
        return bool(self.rightless(room)) or (sensed != "unknown" and (bool(room.people) or room.unsure_at is not None))

    def wanted(self, room: Room, state: ZoneState, why: str | None) -> SetScreen:
        """The table above."""
        if state == "unknown":
            return SetScreen(room.name, "hidden", line=f"Contents are hidden: {why or 'the room cannot be seen'}"[:300])
        if state == "empty" and room.unsure_at is not None:
            return SetScreen(room.name, "hidden", line="Contents are hidden: who is here cannot be known now")
        if state == "empty" and not room.people and not room.intruders:
            return SetScreen(room.name, "personal")
        if self.rightless(room):
            return SetScreen(room.name, "hidden", line="Contents are hidden: somebody here is not invited")
        meetings = {o.meeting for o in room.people.values()}
        if len(meetings) > 1:
            return SetScreen(room.name, "hidden", line="Contents are hidden: not everybody here is of the same meeting")
        if meetings != {None} and meetings:
            ends = [o.meeting_ends_at for o in room.people.values() if o.meeting_ends_at is not None]
            return SetScreen(room.name, "meeting", meeting=meetings.pop(), ends_at=max(ends, default=None))
        if room.people and room.unsure_at is None:
            return SetScreen(room.name, "personal")
        return SetScreen(room.name, "hidden", line="Waiting to know who is here")

    def wake_at(self, now: float) -> float | None:
        """When `settle` may have somebody to forget."""
        times = []
        for room in self.rooms.values():
            times += [at + self._away_s for at in (*room.intruders.values(), room.unsure_at) if at is not None]
            times += [o.seen_at + patience * self._away_s for o in room.people.values() for patience in (1.0, LINGERS)]
            times += [o.meeting_ends_at for o in room.people.values() if o.meeting_ends_at is not None]
        return min((at for at in times if at > now), default=None)
