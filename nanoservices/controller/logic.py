"""What follows from what: events with a time in, commands out. Pure: no clock, no I/O.

A motion in a zone opens a scan there (scans.py); a key heard in it is asked about once; the answer (encounters.py) opens a
visit or moves one on (visits.py); who is in a room decides what its screen shows (rooms.py, screens.py). Times are monotonic
seconds of this host.
"""

import math
from collections.abc import Callable, Iterable

from nanoservices import wire
from nanoservices.controller.encounters import Encounters
from nanoservices.controller.enrolments import EnrolmentBook
from nanoservices.controller.model import (
    SHOWING,
    Command,
    EndScan,
    Peer,
    Recognise,
    Room,
    Scan,
    Sensor,
    Source,
    StartScan,
    Visit,
    with_sentence,
)  # fmt: skip
from nanoservices.controller.registry import MOST_STRANGERS, Registry
from nanoservices.controller.rooms import RoomBook
from nanoservices.controller.scans import Ear, ScanBook
from nanoservices.controller.screens import Screens
from nanoservices.controller.sources import taken
from nanoservices.controller.visits import Limits, VisitBook
from nanoservices.errors import NotFound, Unavailable
from nanoservices.place import Place


class Controller:
    """Feed it events; then take its commands with `take_commands`."""

    def __init__(self, place: Place, limits: Limits, now: float):
        self.place = place
        self.registry = Registry(place, now)
        self.rooms = RoomBook({name: room.zone for name, room in place.rooms.items()}, limits.away_s)
        self.scans = ScanBook(limits.scan_window_s, [room.zone for room in place.rooms.values()])
        self.enrolments = EnrolmentBook()
        self._commands: list[Command] = []
        self.visits = VisitBook(place, limits, self._commands.append, lambda visit, now: self._screens.show(visit, now))
        self.sources: dict[str, Source] = {}
        self._screens = Screens(place, self.registry, self.rooms, self.visits, self._commands.append)
        self._encounters = Encounters(place, self.rooms, self.visits, limits.away_s, self.registry.deaf)

    def take_commands(self) -> list[Command]:
        taken = self._commands[:]
        self._commands.clear()
        return taken

    # --- events from the instances --------------------------------------------------------------------------------------

    def is_new(self, source: str, boot: str, n: int, clock: str = "", sent_at: float = 0.0) -> bool:
        """Whether an event has not been taken yet; it counts as taken from now on."""
        if source not in self.sources:
            self._make_room()
        after = taken(self.sources.get(source), Source(source, boot, n, (), clock, sent_at))
        if after is not None:
            self.sources[source] = after
        return after is not None

    def _make_room(self) -> None:
        """For a source that is new: whoever sends under ever other names is not remembered for ever."""
        strangers = [name for name in self.sources if self.registry.is_stranger(name)]
        for name in strangers[: max(0, len(strangers) - MOST_STRANGERS + 1)]:
            del self.sources[name]
            node = name.partition("@")[2]
            if node not in self.place.nodes:
                self.registry.sensors.pop(node, None)

    def presence_changed(self, event_id: str, node: str, event: wire.PresenceEvent, at: float, now: float) -> None:
        """A sensor reports its zone. `at` is the event's time here, too late by that on the wire, so that only `is_new` can
        tell their order; `event_id` makes a repeated event the same scan."""
        self.registry.sensors[node] = Sensor(node, event.zone, event.state, at, event.why)
        if event.state == "occupied" and self._listens(event.zone, now):
            outlived = self.scans.outlived(event.zone, now)
            if outlived is not None:
                self._end_scan(outlived, now)
            if event.edge:
                self._say(self.scans.motion(event_id, event.zone, at, now))
            else:
                self._say(self.scans.motion_goes_on(event.zone, now))
        self._settle(now)

    def _listens(self, zone: str, now: float) -> bool:
        """Where there is no scanner, a motion is no visit; a room without one has to say so to those who come."""
        has_scanner = bool(self.registry.expected("scanner", (zone,), now))
        return zone in self.place.zones and (has_scanner or self.rooms.of_zone(zone) is not None)

    def key_heard(self, event: wire.SightingEvent, at: float, now: float) -> None:
        """A sighting. `ask` follows once a message's events have all been taken."""
        if self.enrolments.hear(event, max(0.0, now - at)):
            return
        deaf, room = self.registry.deaf(now), self.rooms.of_zone(event.zone)
        place = self.scans.place(event, deaf, now)
        if place == "unknown" and room is None:
            place = "here"  # nobody gets anything by being at a door
        elif place == "unknown" and room is not None:
            self._not_known(room, event.zone, deaf, now)
        who = self.scans.hear(event, at, now, place)
        if who is not None and room is not None and not self.rooms.heard_again(room, who, now):
            self.scans.ask_again(event.zone, who)  # they had left, and are back before the scan was over
            self.scans.hear(event, at, now)

    def _not_known(self, room: Room, zone: str, deaf: dict[str, str], now: float) -> None:
        """Somebody is heard weakly, and may be where nobody listens now: neither here nor gone."""
        self.rooms.unsure(room, now)
        others = ", ".join(name for other, name in sorted(deaf.items()) if other != zone)
        for visit in self.visits.open_visits():
            if visit.room == room.name:
                why = f"who is heard weakly in {zone} may be elsewhere: {others} does not listen"
                visit.trouble = with_sentence(visit.trouble, why)

    def ask(self) -> None:
        """Ask auth about the new keys."""
        self._commands += self.scans.questions()
        self._commands += self.enrolments.news()

    def enrolling(self, order: wire.Enrolling, now: float) -> None:
        """auth would like to know what is held up in a zone. NotFound where nobody listens, Unavailable for one too many."""
        if order.window_s > 0:
            if not self.registry.expected("scanner", (order.zone,), now):
                raise NotFound(f"labels.yml has no scanner in a zone {order.zone}")
            if self.enrolments.is_full:
                raise Unavailable("too many enrolments are under way; try again when one is over")
        self._say(self.enrolments.order(order.enrolment, order.zone, order.window_s, now))

    def screen_changed(self, event: wire.ScreenEvent, here: Callable[[float], float], now: float) -> None:
        """The room's screen reports. `here` converts its times to ours."""
        ordered = self.rooms.rooms[event.room].mode if event.room in self.rooms.rooms else None
        steps = {"f-hidden": event.hidden_at, "f-downloaded": event.downloaded_at, "f": event.shown_at}
        for visit in self.visits.showing(event.room):
            if event.problem is not None:
                visit.trouble = with_sentence(visit.trouble, event.problem)
            if event.mode == "meeting" and event.meeting == visit.meeting and event.shown_at is not None:
                if ordered != "meeting" and here(event.shown_at) < visit.steps["e'"]:
                    continue  # late news of what has been hidden since
                for name, at in steps.items():
                    if at is not None:
                        visit.steps.setdefault(name, max(here(at), visit.steps["e'"]))
                self.visits.move(visit, "shown", now)

    def announced(self, peer: Peer, now: float) -> None:
        """An instance is there. One that has been restarted is told again what it should be doing."""
        if self.registry.announced(peer):
            if peer.word == "guidance":
                self._each_open("restarted", lambda visit: visit.state != SHOWING and peer.zone in visit.route, now)
            elif peer.word == "meeting":
                self._tell_screen_again(peer, now)
            elif peer.word == "scanner":
                scan = self.scans.open_in(peer.zone or "")
                self._say(None if scan is None else StartScan(scan.id, scan.zone, scan.ends_at))
        if self.registry.is_crowded:
            self._forget(now)
        self._settle(now)

    def _tell_screen_again(self, peer: Peer, now: float) -> None:
        room = self.rooms.of_zone(peer.zone or "")
        if room is not None:
            room.mode = None
            self._each_open("restarted", lambda visit: visit.state == SHOWING and visit.room == room.name, now)

    # --- answers to commands --------------------------------------------------------------------------------------------

    def scan_failed(self, scan_id: str, why: str, now: float, asked_at: float = math.inf) -> None:
        """No scanner of the zone says that it did what it was asked at `asked_at`."""
        self._say(self.enrolments.failed(scan_id, why))
        scan = self.scans.scans.get(scan_id)
        if scan is None:
            return
        room = self.rooms.of_zone(scan.zone)
        if room is None and self.scans.runs(scan, asked_at):
            return  # it did, and only its answers are lost: what it hears is somebody's until the window is over
        if room is None and not scan.met and not scan.watch:
            self.visits.open(scan, "failed", "failed", now, reason=why)
            scan.met = True
        if room is not None and room.people:
            self.rooms.unsure(room, now)
        for visit in self.visits.open_visits() if room is not None else ():
            if visit.room == (room and room.name):  # they cannot be recognised in the room: say so when they are overdue
                visit.trouble = with_sentence(visit.trouble, why)
        self._end_scan(scan, now)

    def scan_was_over(self, scan_id: str, now: float) -> None:
        """We had it ended before we were killed: its motion has had its scan. Who is still there is given another."""
        scan = self.scans.scans.get(scan_id)
        if scan is None:
            return
        scan.met = True
        self._end_scan(scan, now)
        if self.registry.zone_state(scan.zone, now)[0] == "occupied":
            self._say(self.scans.watch(scan.zone, now))

    def recognised(self, command: Recognise, answers: wire.Answers, now: float) -> None:
        """auth answered, one answer per key, in the order asked."""
        scan = self.scans.of(command)
        who = {}
        for heard, answer in zip(command.heard, answers.answers, strict=False):
            scan.met = True
            who[heard.key] = self._encounters.meet(scan, heard, answer, now)
        self.scans.answered(command, who)
        ear = self.scans.ears.get(scan.id)
        if ear is not None:
            self._end_if_all_known(scan, ear, answers.expected, now)
        self._settle(now)

    def recognition_failed(self, command: Recognise, why: str, now: float) -> None:
        """auth did not answer in time. One visit says so; the keys are asked about again should they still be heard."""
        scan = self.scans.of(command)
        self.scans.unanswered(command)
        scan.met = True
        self.visits.open(scan, "failed", "failed", now, heard=command.heard[0], reason=why)
        room = self.rooms.of_zone(scan.zone)
        if room is not None:
            self.rooms.unsure(room, now)
        self._settle(now)

    def _end_if_all_known(self, scan: Scan, ear: Ear, expected: Iterable[str], now: float) -> None:
        """Everybody who may come is known: at a door there is nothing left to listen for. (In a room there is.)"""
        waited_for = set(expected)
        here = {participant for room in self.rooms.rooms.values() for participant in room.people}
        led = {visit.participant for visit in self.visits.open_visits()}
        if (
            waited_for
            and not ear.pending
            and waited_for <= here | led | {*ear.who.values()}
            and self.rooms.of_zone(scan.zone) is None
        ):
            self._end_scan(scan, now)

    # --- time, and our own restart ------------------------------------------------------------------------------------------

    def time_passed(self, now: float) -> None:
        """End what is due. Call at `wake_at`; sooner does no harm."""
        for scan in [scan for scan in self.scans.scans.values() if scan.ends_at <= now]:
            self._end_scan(scan, now)
        self._commands += self.enrolments.over(now)
        self._each_open("overdue", lambda visit: visit.deadline <= now, now)
        self._forget(now)
        self._encounters.time_passed(now)
        self._settle(now)

    def _forget(self, now: float) -> None:
        for name in self.registry.forget(now):
            self.sources.pop(name, None)

    def wake_at(self, now: float) -> float | None:
        """When something falls due, as things stand."""
        scans = min((scan.ends_at for scan in self.scans.scans.values()), default=None)
        times = (scans, self.enrolments.wake_at(), self.visits.wake_at(), self.registry.wake_at(now), self.rooms.wake_at(now))
        return min((at for at in times if at is not None), default=None)

    def resume(self, now: float) -> None:
        """After our own restart, with what was written down: tell everybody again what was under way."""
        self.registry.restored(now)
        self._commands += self.scans.resume(now)
        for room in self.rooms.rooms.values():
            room.mode = None
        self.visits.tell_closed_again()
        for visit in self.visits.open_visits():
            if visit.room not in self.place.rooms:
                visit.trouble, visit.deadline = with_sentence(visit.trouble, f"labels.yml has no {visit.room} any more"), now
        self._each_open("overdue", lambda visit: visit.deadline <= now, now)
        self._each_open("restarted", lambda visit: True, now)
        self.time_passed(now)

    def _each_open(self, trigger: str, concerns: Callable[[Visit], bool], now: float) -> None:
        for visit in [visit for visit in self.visits.open_visits() if concerns(visit)]:
            self.visits.move(visit, trigger, now)

    def _end_scan(self, scan: Scan, now: float) -> None:
        ear = self.scans.end(scan)
        self._commands.append(EndScan(scan.id, scan.zone))
        if self.rooms.of_zone(scan.zone) is None and not scan.met and not scan.watch and not ear.asked:
            self.visits.open(scan, "nobody", "nobody", now, reason="no key was heard")

    def _say(self, command: Command | None) -> None:
        if command is not None:
            self._commands.append(command)

    # --- the rooms' screens ---------------------------------------------------------------------------------------------------

    def _settle(self, now: float) -> None:
        """Let every room's screen follow who is there, and keep an ear on those whom no motion vouches for."""
        for name, room in self.rooms.rooms.items():
            zone = self.place.rooms[name].zone
            sensed, why = self.registry.zone_state(zone, now)
            for who in self.rooms.settle(room, sensed, now):
                self.scans.ask_again(zone, who)
            for visit in self.visits.showing(name):
                if visit.participant not in room.people and visit.participant not in room.intruders:
                    self.visits.move(visit, "left", now)
            awaited = sensed != "empty" and self.visits.awaited_in(name)  # where people stir, one more makes no edge
            if (awaited or self.rooms.needs_ear(room, sensed)) and self.scans.open_in(zone) is None:
                self._say(self.scans.watch(zone, now))
            self._screens.follow(room, self.rooms.wanted(room, sensed, why), now)
