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
from tests.unit.house.people import NOON, SECRETS, TAGS, Person
from tests.unit.house.screens import KNOWN_S, Ordered, Screens
from tests.unit.house.services import ARRIVE_S, Instance

if TYPE_CHECKING:
    from tests.unit.house.house import House

ON_THE_WAY_S = LATE_S + 2.0 + 2.0  # an order, the answer of auth behind it, and what a clock may be wrong by
STOPPED_S = 8.0  # so long after a visit's way is over its lights may burn, where nothing is lost


@dataclass(frozen=True)
class Led:
    participant: str | None
    room: str
    first_at: float


class Watcher(Screens, Witness):
    def __init__(self, house: "House"):
        super().__init__(house)
        self.led: dict[str, Led] = {}
        self.burnt: set[str] = set()  # visits that a light burned for
        self._granted: set[tuple[str | None, str | None]] = set()
        self._over: dict[str, float] = {}  # visit -> not on the way any more since
        self._ended: dict[str, float] = {}  # scan -> when the controller ended it
        self._saves, self._saved_at = 0, 0.0
        self._fetched: dict[str, str] = {}  # screen -> of what it asked for contents when it showed none
        self._lost: set[str] = set()  # visits that were not on the disk when the controller was killed: they may come anew

    # --- what is said -------------------------------------------------------------------------------------------------------

    def asked(self, sender: End, row: wire.Resource, message: Any) -> None:
        if row is wire.GUIDE and message.state == "lead":
            self._is_to_be_led(message)
        elif row is wire.SCREEN:
            meant = self._house.meetings.get(str(message.meeting))
            assert meant is None or meant.room == message.room, f"{message.room} is to show {meant}"
        elif row is wire.CONTENTS:
            pane = self._house.instances[sender.name].pane
            if pane.view.contents is None:
                self._fetched[sender.name] = message.of
            assert self._fetched[sender.name] == message.of, f"{sender.name} asks for others than it shows"
        elif row is wire.ITEM:
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
            if end.name not in self.reached or order.age > self.reached[end.name].age:
                self.reached[end.name] = order
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
                    self.told[message.zone, person.name] = self._house.now

    def _order(self, message: wire.ScreenOrder) -> Ordered:
        ends_at = None if message.ends_in_s is None else self._house.now + message.ends_in_s
        return Ordered(message.boot, message.seq, message.mode, message.meeting, ends_at)

    def died(self, instance: Instance) -> None:
        """What had just been told to the controller, or by it, need not have come to its disk."""
        self.reached.pop(instance.name, None)
        if instance.word == "controller":
            self._lost |= {visit for visit in self.led if ("visit", visit) not in self._house.disk.rows}
            just_now = self._saved_at - 1.0  # it is looked at twice a second
            self.told = {where: at for where, at in self.told.items() if at < just_now}
            self._ended = {scan: at for scan, at in self._ended.items() if at < just_now}

    def moved(self, person: Person) -> None:
        self.told.pop((str(person.zone), person.name), None)
        self.left[str(person.zone)] = self._house.now

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
                self.screen_obeys(screen)
                self.nobody_known_sees_what_is_not_theirs(screen)
                self.unknown_is_hidden(screen)
                if self.sound_for(KNOWN_S):
                    self.screen_suits_who_is_there(screen)
        if hasattr(house.controller, "desk"):
            self._events_count_once()

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
            if self.sound_for(STOPPED_S) and self._house.controller.owner.is_alive:
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
