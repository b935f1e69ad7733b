"""Who sees the house from outside: what is said on the wire, what burns, what can be seen, who really is where.

It holds the house to four promises; none of them asks the controller what it believes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nanoservices import wire
from nanoservices.controller.model import GUIDED, LEADING
from nanoservices.rolling import PERIOD_S, token
from tests.unit.house import people
from tests.unit.house.network import LATE_S, End, Witness
from tests.unit.house.people import NOON, SECRETS, TAGS, Person, has_right
from tests.unit.house.services import ARRIVE_S, AWAY_S, Instance

if TYPE_CHECKING:
    from tests.unit.house.house import House

ON_THE_WAY_S = LATE_S + 2.0 + 2.0  # an order, the answer of auth behind it, and what a clock may be wrong by
STOPPED_S = 8.0  # so long after a visit's way is over its lights may burn, where nothing is lost
KNOWN_S = 45.0  # so long everybody's being there or not takes to be known at the latest, where nothing is lost
SETTLED_S = 90.0  # and what changes by the calendar


@dataclass(frozen=True)
class Led:
    participant: str | None
    room: str
    first_at: float


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


class Watcher(Witness):
    def __init__(self, house: "House"):
        self._house = house
        self.led: dict[str, Led] = {}
        self.burnt: set[str] = set()  # visits that a light burned for
        self.shown: set[str] = set()  # meetings that were seen
        self._granted: set[tuple[str | None, str | None]] = set()
        self._over: dict[str, float] = {}  # visit -> not on the way any more since
        self._served: dict[str, Ordered] = {}  # screen -> the newest order that has reached it
        self._ordered: dict[str, tuple[Ordered, float]] = {}  # room -> the newest order, and since when
        self._told: dict[tuple[str, str], float] = {}  # room, person -> when the controller was told that they are there
        self._ended: dict[str, float] = {}  # scan -> when the controller ended it
        self._left: dict[str, float] = {}  # zone -> when somebody left it last
        self._saves, self._saved_at = 0, 0.0
        self._lost: set[str] = set()  # visits that were not on the disk when the controller was killed: they may come anew

    # --- what is said -------------------------------------------------------------------------------------------------------

    def asked(self, sender: End, row: wire.Resource, message: Any) -> None:
        if row is wire.GUIDE and message.state == "lead":
            self._is_to_be_led(message)
        elif row is wire.SCREEN:
            order = self._order(message)
            meant = self._house.meetings.get(str(message.meeting))
            assert meant is None or meant.room == message.room, f"{message.room} is to show {meant}"
            if message.room not in self._ordered or order.age > self._ordered[message.room][0].age:
                self._ordered[message.room] = order, self._house.now
        elif row is wire.CONTENTS:
            pane = self._house.instances[sender.name].pane
            assert pane.view.contents is None, f"{sender.name} downloads before it has hidden what was there"
        elif row is wire.SCAN and message.window_s > 0:
            ended = self._ended.get(message.scan)
            assert ended is None or message.scan.startswith("w"), f"scan {message.scan} was over, and begins again"
        elif row is wire.SCAN:
            self._ended.setdefault(message.scan, self._house.now)

    def _is_to_be_led(self, order: wire.GuideOrder) -> None:
        visit = self._house.controller.desk.logic.visits.visits[order.visit]
        led = Led(visit.participant, order.route[-1], self._house.now)
        if order.visit in self._lost:
            self._lost.discard(order.visit)
            self.led.pop(order.visit, None)
        led = self.led.setdefault(order.visit, led)
        assert (led.participant, led.room) in self._granted, f"{order.visit}: nobody let {led.participant} go to {led.room}"

    def served(self, end: End, row: wire.Resource, message: Any, answer: Any) -> None:
        if row is wire.SCREEN:
            order = self._order(message)
            if end.name not in self._served or order.age > self._served[end.name].age:
                self._served[end.name] = order
        elif row is wire.RECOGNISE:
            for sighting, found in zip(message.sightings, answer.answers, strict=True):
                if found.decision == "granted":
                    self._is_rightly_granted(sighting, found)

    def _is_rightly_granted(self, sighting: wire.Sighting, answer: wire.Answer) -> None:
        meeting = self._house.meetings[str(answer.meeting)]
        of, strength = whose(sighting.key, self._house.now)
        key = people.Carried(_says_nothing, of, strength)
        assert (of, meeting.room) == (answer.participant, answer.room), answer
        assert people.may_see(key, meeting, self._house.now), f"{of}, {strength} is let in to {meeting}"

    def answered(self, sender: End, row: wire.Resource, message: Any, answer: Any) -> None:
        if row is not wire.RECOGNISE or not sender.owner.is_alive:
            return
        for sighting, found in zip(message.sightings, answer.answers, strict=True):
            if found.decision == "granted":
                self._granted.add((found.participant, found.room))
            for person in self._house.people.values():
                said = {key_said(key, self._house.now - ago_s) for key in person.keys for ago_s in (0, 20)}
                if person.zone == message.zone and sighting.key in said:
                    self._told[message.zone, person.name] = self._house.now

    def _order(self, message: wire.ScreenOrder) -> Ordered:
        ends_at = None if message.ends_in_s is None else self._house.now + message.ends_in_s
        return Ordered(message.boot, message.seq, message.mode, message.meeting, ends_at)

    def died(self, instance: Instance) -> None:
        """What had just been told to the controller, or by it, need not have come to its disk."""
        self._served.pop(instance.name, None)
        if instance.word == "controller":
            self._lost |= {visit for visit in self.led if ("visit", visit) not in self._house.disk.rows}
            just_now = self._saved_at - 1.0  # it is looked at twice a second
            self._told = {where: at for where, at in self._told.items() if at < just_now}
            self._ended = {scan: at for scan, at in self._ended.items() if at < just_now}

    def moved(self, person: Person) -> None:
        self._told.pop((str(person.zone), person.name), None)
        self._left[str(person.zone)] = self._house.now

    # --- what is seen -------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        house = self._house
        if house.disk.saves > self._saves:
            self._saves, self._saved_at = house.disk.saves, house.now
        for instance in house.instances.values():
            failure = instance.process._failure
            assert failure is None, f"{instance.name} has ended: {failure!r}"
        if house.network.faults:
            raise house.network.faults[0]
        for guidance in house.living("guidance"):
            if hasattr(guidance, "guiding"):
                self._lights_are_right(guidance)
        for screen in house.living("meeting"):
            if hasattr(screen, "showing"):
                self._screen_obeys(screen)
                self._nobody_known_sees_what_is_not_theirs(screen)
                self._unknown_is_hidden(screen)
                if self._sound_for(KNOWN_S):
                    self._screen_suits_who_is_there(screen)
        if hasattr(house.controller, "desk"):
            self._events_count_once()

    def _sound_for(self, seconds: float) -> bool:
        return self._house.sound_since is not None and self._house.now - self._house.sound_since >= seconds

    def _lights_are_right(self, guidance: Instance) -> None:
        now, visits = self._house.now, guidance.guiding.guide.visits
        assert guidance.strip.is_lit == bool(visits), f"{guidance.name} shows {guidance.strip.frame} for {visits}"
        states = {v.id: v.state for v in self._controllers_visits()}
        for visit in self.led:  # one that was killed before it had written a visit down leaves it to the lights' own bound
            if states.get(visit, GUIDED) in (LEADING, GUIDED):
                self._over.pop(visit, None)
            else:
                self._over.setdefault(visit, now)
        for visit in visits:
            self.burnt.add(visit)
            led = self.led[visit]
            assert now <= led.first_at + ARRIVE_S + ON_THE_WAY_S, f"{guidance.name} burns for ever for {visit}"
            assert self._is_admitted(led), f"{guidance.name} leads {led.participant} to {led.room}, where they have no right"
            if self._sound_for(STOPPED_S) and self._house.controller.owner.is_alive:
                assert now - self._over.get(visit, now) < STOPPED_S, f"{guidance.name} burns for {visit}, which is over"

    def _is_admitted(self, led: Led) -> bool:
        """Within the time that an order may be under way."""
        now = self._house.now
        return any(
            meeting.room == led.room and led.participant in meeting.people and people.is_near(meeting, at)
            for meeting in self._house.meetings.values()
            for at in (now, now - ON_THE_WAY_S)
        )

    def _controllers_visits(self) -> list[Any]:
        controller = self._house.controller
        return list(controller.desk.logic.visits.visits.values()) if hasattr(controller, "desk") else []

    def _screen_obeys(self, screen: Instance) -> None:
        """Contents are seen only on the newest order that has come, and those of one thing after those of nothing."""
        view, order = screen.pane.view, self._served.get(screen.name)
        if view.contents is not None:
            assert order is not None and order.mode == view.mode, f"{screen.name} shows {view}, ordered was {order}"
            said = view.contents.items[0].data.decode()
            assert said == f"{screen.zone}/{order.meeting if view.mode == 'meeting' else 'personal'}", (said, order)
            assert order.ends_at is None or self._house.now < order.ends_at + 0.001, f"{screen.name}: the meeting is over"
        assert all(a is None or b is None for a, b in zip(screen.pane.seen, screen.pane.seen[1:], strict=False))
        if view.mode == "meeting":
            self.shown.add(str(screen.showing.logic.meeting))

    def _nobody_known_sees_what_is_not_theirs(self, screen: Instance) -> None:
        """As soon as the controller has been told that somebody is there, what it orders has regard to them."""
        now, room = self._house.now, str(screen.zone)
        order, _ = self._ordered.get(room, (None, now))
        if order is None or order.mode != "meeting" or not self._house.controller.owner.is_alive:
            return
        meeting = self._house.meetings[str(order.meeting)]
        for person in self._house.people.values():
            told_at = self._told.get((room, person.name))
            if told_at is None or person.zone != room or self.is_double(person) or now - told_at >= AWAY_S - 0.5:
                continue
            may = has_right(person, meeting, now) or has_right(person, meeting, told_at)
            assert may or now - told_at < 0.5, f"{room} is to show {meeting.id}, and {person.name} is known to be there"

    def _unknown_is_hidden(self, screen: Instance) -> None:
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

    def _screen_suits_who_is_there(self, screen: Instance) -> None:
        house, room = self._house, str(screen.zone)
        there = [person for person in house.people.values() if person.zone == room]
        shown = screen.showing.logic.meeting
        calm = house.now - max([self._left.get(room, 0.0), *(p.since for p in there)]) >= KNOWN_S
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
        if calm and self._sound_for(SETTLED_S) and there and not any(map(self.is_double, there)):
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

    def _events_count_once(self) -> None:
        visits = self._controllers_visits()
        coming = [visit.participant for visit in visits if visit.is_open]
        assert len(set(coming)) == len(coming), f"two visits of one person: {coming}"
        assert len({visit.number for visit in visits}) == len(visits)
        nobody = {visit.scan for visit in visits if visit.outcome == "nobody"}
        somebody = {visit.scan for visit in visits if visit.outcome != "nobody"}
        assert not nobody & somebody, f"scans that heard somebody and nobody: {nobody & somebody}"

    def everything_has_been_told(self) -> None:
        """To be asked when all is over and nothing was lost for long: nothing waits, nothing is left open."""
        for visit in self._controllers_visits():
            assert not visit.is_open, f"{visit} is still open"
            assert visit.id in self._house.archive.log, f"{visit} is not in the event log"
        for instance in self._house.instances.values():
            for name in ("watch", "listening", "showing"):
                if hasattr(instance, name):
                    assert len(getattr(instance, name).outbox) == 0, f"{instance.name} has told nobody"


def whose(key: str, at: float) -> tuple[str | None, wire.Strength]:
    """Whose key it is, when it says so about now."""
    kind, _, value = key.partition(":")
    if kind == "hmac":
        times = [NOON + at + PERIOD_S * windows for windows in (1, 0, -1, -2)]
        return next((name for name, secret in SECRETS.items() if value in {token(secret, t) for t in times}), None), "rolling"
    return next((name for name, tag in TAGS.items() if tag.replace(":", "") == value), None), "static"


def key_said(key: people.Carried, at: float) -> str | None:
    from nanoservices.scanner.keys import key_of

    return key_of(key.says(NOON + at))


def _says_nothing(_now_unix: float) -> Any:
    raise AssertionError("a key of which only the meaning is known")
