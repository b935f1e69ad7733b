"""What can be seen in the rooms, and by whom: held against who really is there, and what they have a right to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.unit.house.people import Person, has_right
from tests.unit.house.services import AWAY_S, Instance

if TYPE_CHECKING:
    from tests.unit.house.house import House

KNOWN_S = 45.0  # so long everybody's being there or not takes to be known at the latest, where nothing is lost
SETTLED_S = 90.0  # and what changes by the calendar


@dataclass(frozen=True)
class Ordered:
    boot: str
    seq: int
    mode: str
    meeting: str | None
    ends_at: float | None

    @property
    def age(self) -> tuple[str, int]:
        return self.boot, self.seq


class Screens:
    """The part of the witness that looks at the screens."""

    def __init__(self, house: "House"):
        self._house = house
        self.shown: set[str] = set()  # meetings that were seen
        self.reached: dict[str, Ordered] = {}  # screen -> the newest order that has reached it
        self.told: dict[tuple[str, str], float] = {}  # room, person -> when the controller was told that they are there
        self.left: dict[str, float] = {}  # zone -> when somebody left it last

    def sound_for(self, seconds: float) -> bool:
        return self._house.sound_since is not None and self._house.now - self._house.sound_since >= seconds

    def screen_obeys(self, screen: Instance) -> None:
        """Contents are seen only on the newest order that has come, and those of one thing after those of nothing."""
        view, order = screen.pane.view, self.reached.get(screen.name)
        if view.contents is not None:
            assert order is not None and order.mode == view.mode, f"{screen.name} shows {view}, ordered was {order}"
            said = view.contents.items[0].data.decode()
            assert said == f"{screen.zone}/{order.meeting if view.mode == 'meeting' else 'personal'}", (said, order)
            assert order.ends_at is None or self._house.now < order.ends_at + 0.001, f"{screen.name}: the meeting is over"
        assert all(a is None or b is None for a, b in zip(screen.pane.seen, screen.pane.seen[1:], strict=False))
        if view.mode == "meeting":
            self.shown.add(str(screen.showing.logic.meeting))

    def nobody_known_sees_what_is_not_theirs(self, screen: Instance) -> None:
        """As soon as the controller has been told that somebody is there, what it orders has regard to them."""
        now, room = self._house.now, str(screen.zone)
        controller = self._house.controller
        ordered = controller.desk.logic.rooms.rooms[room] if hasattr(controller, "desk") else None  # it may be on its way yet
        if ordered is None or ordered.mode != "meeting" or not controller.owner.is_alive:
            return
        meeting = self._house.meetings[str(ordered.meeting)]
        for person in self._house.people.values():
            told_at = self.told.get((room, person.name))
            if told_at is None or person.zone != room or self.is_double(person) or now - told_at >= AWAY_S - 0.5:
                continue
            may = has_right(person, meeting, now) or has_right(person, meeting, told_at)
            assert may or now - told_at < 0.5, (
                f"{room} is to show {meeting.id}, and {person.name} is known to be there; {self._believed(room)}"
            )

    def unknown_is_hidden(self, screen: Instance) -> None:
        """Where the room's sensor has been dead for long, and all others that matter can be reached."""
        house, now = self._house, self._house.now
        sensor = house.instances[f"presence@{screen.node}"]
        matter = (screen, house.controller)
        if sensor.owner.is_alive or now - min(house.clear_since or now, now) < KNOWN_S or now - sensor.since < KNOWN_S:
            return
        if all(instance.owner.is_alive and now - instance.since >= KNOWN_S for instance in matter):
            assert screen.pane.view.contents is None, f"{screen.zone} shows {screen.pane.view}, and {sensor.name} is dead"

    def is_double(self, person: Person) -> bool:
        """Whether two in the house carry keys of one name: then they cannot be told from one who is here and there."""
        names = {key.of for key in person.keys if key.fresh and key.of}
        others = (other for other in self._house.people.values() if other is not person and other.zone is not None)
        return any(key.of in names for other in others for key in other.keys if key.fresh)

    def screen_suits_who_is_there(self, screen: Instance) -> None:
        house, room = self._house, str(screen.zone)
        there = [person for person in house.people.values() if person.zone == room]
        shown = screen.showing.logic.meeting
        calm = house.now - max([self.left.get(room, 0.0), *(p.since for p in there)]) >= KNOWN_S
        if not there and calm:
            assert shown is None, f"{room} shows {shown} to nobody; {self._believed(room)}"
            assert screen.pane.view.mode == "personal", f"{room} is empty, and shows {screen.pane.view}; {self._believed(room)}"
        meeting = house.meetings.get(str(shown))
        if meeting is not None and calm:
            may = any(has_right(person, meeting, at) for person in there for at in (house.now, house.now - 2.0))
            assert may, f"{room} shows {shown}, and who came for it has left; {self._believed(room)}"
        for person in there:
            is_known = bool(person.keys) and not self.is_double(person) and not person.is_still
            if meeting is not None and is_known and house.now - person.since >= KNOWN_S:
                may = has_right(person, meeting, house.now) or has_right(person, meeting, house.now - 2.0)
                assert may, f"{room} shows {shown}, and {person.name} has been there for long; {self._believed(room)}"
        if calm and self.sound_for(SETTLED_S) and there and not any(map(self.is_double, there)):
            self._screen_shows_what_all_may_see(room, there, shown)

    def _believed(self, room: str) -> str:
        """For who reads a failure: what the controller thinks."""
        desk, now = self._house.controller.desk, self._house.now + self._house.controller.owner.offset_s
        return f"the controller believes at {now:.1f}: {desk.logic.rooms.rooms[room]}, {desk.logic.scans.scans}"

    def _screen_shows_what_all_may_see(self, room: str, there: list[Person], shown: str | None) -> None:
        house, meetings = self._house, list(self._house.meetings.values())
        rights = [
            {m.id for m in meetings if has_right(person, m, at)}
            for person in there
            if person.keys
            for at in (house.now - ago_s for ago_s in range(0, int(SETTLED_S), 15))
        ]
        stirred = all(not person.is_still for person in there)
        if rights and stirred and all(right == rights[0] for right in rights) and len(rights[0]) == 1:
            (only,) = rights[0]
            if house.meetings[only].room == room and house.now - min(p.since for p in there) >= KNOWN_S:
                assert shown == only, (
                    f"{room} shows {shown}, and all of {[p.name for p in there]} came for {only}; {self._believed(room)}"
                )
