"""controller: settings and wiring."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nanoservices import clock, wire
from nanoservices.coap import Handlers
from nanoservices.controller.dispatch import Dispatch
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import Peer, Visit
from nanoservices.controller.registry import LEASE_S
from nanoservices.controller.saving import Saver
from nanoservices.controller.store import Store
from nanoservices.controller.visits import Limits
from nanoservices.errors import PayloadError
from nanoservices.place import Place
from nanoservices.process import Process, run
from nanoservices.settings import Settings, load_place, setting

log = logging.getLogger("controller")

PAGE = 40
READINESS_S = 1.0


@dataclass(frozen=True, kw_only=True)
class ControllerSettings(Settings):
    auth: str = setting("coap://auth:5683", matching=wire.ADDRESS, says="auth's address")
    data: Path = setting(Path("/data"), says="the folder that holds what must survive a restart")
    scan_window_s: float = setting(5.0, low=0.1, high=60, says="how long a scan listens after a motion")
    arrive_s: float = setting(120.0, low=0.5, high=3600, says="how long a person may take from the door to the room")
    show_s: float = setting(20.0, low=0.5, high=600, says="how long the room may take to show the contents")
    away_s: float = setting(20.0, low=0.2, high=600, says="unheard for so long, in a room where nothing moves, is gone")


class Desk:
    """Where messages come in, one turn of the logic each."""

    def __init__(self, process: Process[ControllerSettings], place: Place):
        self._process = process
        settings = process.settings
        limits = Limits(settings.scan_window_s, settings.arrive_s, settings.show_s, settings.away_s)
        self.logic = Controller(place, limits, clock.monotonic())
        self._dispatch = Dispatch(process, self.logic, settings.auth, self.turn, self._report_of)
        self._saver = Saver(Store(settings.data / "controller.db"), self.logic, process)
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        """Go on where the last process stopped."""
        self._process.at_stop(self._saver.close)
        is_loaded = self._saver.load()
        self._process.boot = self._saver.boot(self._process.boot)
        if is_loaded:
            open_visits = len(self.logic.visits.open_visits())
            log.info("went on where it was", extra={"about": {"open_visits": open_visits}})
        self._process.spawn(self._saver.save_for_ever())
        self._process.spawn(self._watch_readiness())

    @property
    def rows_read(self) -> int:
        return self._saver.rows_read

    def turn(self, step: Callable[[float], None]) -> None:
        """One event: let the logic decide, do what it commands, have it written down. The disk is not waited for here."""
        now = clock.monotonic()
        try:
            step(now)
        finally:  # a step that fails must not stop the clock, nor keep back what was decided before
            self._carry_out()
            self._arm(now)

    def _carry_out(self) -> None:
        commands = self.logic.take_commands()
        for command in commands:
            self._dispatch.do(command)
        self._saver.changed()
        if commands:
            self._process.endpoint.changed(wire.VISITS)
            self._process.endpoint.changed(wire.ZONES)

    def _arm(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self.logic.wake_at(now)
        loop = asyncio.get_running_loop()
        self._timer = None if due is None else loop.call_later(max(0.001, due - now), self._time_passed)

    def _time_passed(self) -> None:
        try:
            self.turn(self.logic.time_passed)
        except Exception as error:  # it would come again at once, and for ever
            self._process.fail(error)

    async def resume(self) -> None:
        self.turn(self.logic.resume)

    async def _watch_readiness(self) -> None:
        await self.resume()
        while True:
            absent = self.logic.registry.absent(clock.monotonic())
            for name, why in absent.items():
                self._process.problem(name, why)
            for name in [name for name in self._process.problems if "@" in name and name not in absent]:
                self._process.problem(name, None)
            await asyncio.sleep(READINESS_S / 4 if absent else READINESS_S)

    # --- what others tell -----------------------------------------------------------------------------------------------

    async def announced(self, message: wire.Announcement, sender: str) -> wire.Lease:
        peer = Peer(
            message.word, message.node, message.uri or sender, message.boot, message.ready,
            clock.monotonic(), message.zone, message.why_not,
        )  # fmt: skip
        self.turn(lambda now: self.logic.announced(peer, now))
        return wire.Lease(LEASE_S)

    async def events(self, message: wire.EventBatch, _sender: str) -> wire.Acknowledgement:
        """Acknowledged once what follows from the events is on disk; what they set in motion does not wait for that."""
        node = message.source.partition("@")[2]
        if not node:
            raise PayloadError(f"source: {message.source} is not word@node")
        self.turn(lambda now: self._take(message, node, now))
        await self._saver.saved()
        return wire.Acknowledgement(message.events[-1].n)

    def _take(self, message: wire.EventBatch, node: str, now: float) -> None:
        def here(at: float) -> float:
            return clock.here(at, message.clock, message.sent_at, self._process.clock, now)

        for event in message.events:
            if not self.logic.is_new(message.source, message.boot, event.n, message.clock, message.sent_at):
                continue
            if isinstance(event, wire.PresenceEvent):
                event_id = f"{message.source}/{message.boot}/{event.n}"
                self.logic.presence_changed(event_id, node, event, here(event.at), now)
            elif isinstance(event, wire.SightingEvent):
                self.logic.key_heard(event, here(event.at), now)
            else:
                self.logic.screen_changed(event, here, now)
        self.logic.ask()

    async def enrolling(self, message: wire.Enrolling, _sender: str) -> wire.Done:
        self.turn(lambda now: self.logic.enrolling(message, now))
        return wire.Done()

    # --- what others ask --------------------------------------------------------------------------------------------------

    async def instances(self, _message: None, _sender: str) -> wire.Instances:
        now = clock.monotonic()
        return wire.Instances(tuple(self._instance(peer, now) for _, peer in sorted(self.logic.registry.peers.items())))

    def _instance(self, peer: Peer, now: float) -> wire.Instance:
        silent = not self.logic.registry.is_live(peer.name, now)
        heard_s = round(min(86_400.0, now - peer.heard_at), 3)
        return wire.Instance(
            peer.word, peer.node, peer.uri, peer.boot, peer.ready, silent, heard_s, peer.zone, peer.why_not
        )  # fmt: skip

    async def visits(self, message: wire.VisitsQuery, _sender: str) -> wire.Visits:
        after = int(message.after)
        page = [visit for visit in self.logic.visits.visits.values() if visit.number > after][:PAGE]
        newest = page[-1].number if page else after
        return wire.Visits(self._process.clock, tuple(map(on_the_wire, page)), newest)

    async def zones(self, _message: None, _sender: str) -> wire.Zones:
        now = clock.monotonic()
        place, registry = self.logic.place, self.logic.registry
        zones = tuple(wire.Zone(zone, *registry.zone_state(zone, now)) for zone in place.zones)
        rooms = []
        for name, room in self.logic.rooms.rooms.items():
            zone = place.rooms[name].zone
            state, _ = registry.zone_state(zone, now)
            rooms.append(wire.Room(name, zone, room.mode or "hidden", state, len(room.people), room.meeting))
        return wire.Zones(zones, tuple(rooms))

    def _report_of(self, visit_id: str) -> wire.VisitReport:
        visit = self.logic.visits.visits[visit_id]
        return wire.VisitReport(on_the_wire(visit), self._process.clock, _wall(visit.steps["out"]))


def on_the_wire(visit: Visit) -> wire.Visit:
    steps = sorted(visit.steps.items(), key=lambda step: step[1])
    return wire.Visit(
        visit.id, visit.zone, tuple(wire.Step(name, at) for name, at in steps), visit.participant, visit.strength,
        visit.meeting, visit.room, visit.outcome, visit.reason, visit.trouble, _wall(visit.opened), visit.number,
        visit.colour,
    )  # fmt: skip


def _wall(at: float) -> str:
    seconds = time.time() - (clock.monotonic() - at)
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


async def build(process: Process[ControllerSettings]) -> Handlers:
    desk = Desk(process, load_place(Place, process.settings.place))
    await desk.begin()
    registry = desk.logic.registry
    process.figures |= {
        "visits_open": lambda: len(desk.logic.visits.open_visits()),
        "scans_open": lambda: len(desk.logic.scans.scans),
        "peers": lambda: len(registry.peers),
        "rows_read": lambda: desk.rows_read,
    }
    return {
        wire.ANNOUNCE: desk.announced,
        wire.INSTANCES: desk.instances,
        wire.EVENTS: desk.events,
        wire.VISITS: desk.visits,
        wire.ZONES: desk.zones,
        wire.ENROL: desk.enrolling,
    }


if __name__ == "__main__":
    run("controller", ControllerSettings, build)
