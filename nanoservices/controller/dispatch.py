"""Carries out the controller's commands, and reports what came of them; asking.py does the asking.

One errand per thing told: a newer command for the same scan, visit or room takes the place of an older one. An errand that
fails by a fault of ours costs itself and is logged; the deadline of its visit ends what waits for it.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine
from functools import singledispatchmethod
from typing import Any

from nanoservices import clock, wire
from nanoservices.controller.asking import Asking
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import (
    Command,
    EndScan,
    Lead,
    PassOn,
    Recognise,
    Report,
    SetScreen,
    StartScan,
    StopLeading,
)
from nanoservices.errors import Over, PeerError, PeerRefused
from nanoservices.log import about
from nanoservices.process import Process

log = logging.getLogger("controller")

SCAN_S, RECOGNISE_S, LEAD_S, STOP_S, SCREEN_S, HELD_S = 4.0, 6.0, 6.0, 30.0, 6.0, 4.0  # how long each is insisted on
FOR_EVER = float("inf")
_DAY_S = 86_400.0  # the longest wire.Seconds
_REPORTING = ("report", "auth")

Turn = Callable[[Callable[[float], None]], None]


class Dispatch:
    """`turn` runs one step of the logic; `reports` makes the report of a closed visit."""

    def __init__(self, process: Process[Any], logic: Controller, auth: str, turn: Turn, reports: Callable[[str], Any]):
        self._process = process
        self._logic = logic
        self._asking = Asking(process.endpoint, logic.registry)
        self._auth = auth
        self._turn = turn
        self._reports = reports
        self._errands: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._scan_until: dict[str, float] = {}  # prolonging a scan does not prolong the patience with its scanner
        self._unreported: dict[str, None] = {}  # oldest first
        self._seq = itertools.count(1)

    def do(self, command: Command) -> None:
        self._do(command, next(self._seq))

    @singledispatchmethod
    def _do(self, command: Command, seq: int) -> None:
        raise TypeError(f"no errand for {command!r}")

    def _start(self, key: tuple[str, str], errand: Callable[[], Coroutine[Any, Any, None]]) -> None:
        previous = self._errands.get(key)
        if previous is not None:
            previous.cancel()
        task = self._process.spawn(_guarded(key, errand))
        self._errands[key] = task
        task.add_done_callback(lambda done: self._errands.pop(key, None) if self._errands.get(key) is done else None)

    # --- one errand per kind of command -----------------------------------------------------------------------------------

    @_do.register
    def _start_scan(self, command: StartScan, seq: int) -> None:
        log.info("scan asked", extra=about(visit=command.scan, zone=command.zone))
        self._start(("scan", command.scan), lambda: self._scan(command))

    async def _scan(self, command: StartScan) -> None:
        def order() -> wire.ScanOrder:
            window_s = min(120.0, max(0.05, command.ends_at - clock.monotonic()))
            return wire.ScanOrder(command.scan, command.zone, window_s)

        asked_at = clock.monotonic()
        within_s = self._scan_until.setdefault(command.scan, asked_at + SCAN_S) - asked_at
        errors: list[PeerError] = []
        zones = (command.zone,)
        done, why = await self._asking.ask_all("scanner", zones, wire.SCAN, order, within_s, failed=errors.append)
        self._scan_until.pop(command.scan, None)
        if not done and any(isinstance(error, PeerRefused) and error.answer_code == Over.code for error in errors):
            self._turn(lambda now: self._logic.scan_was_over(command.scan, now))
        elif not done:
            why = why or f"no scanner in zone {command.zone}"
            log.warning("scan failed", extra=about(visit=command.scan, why=why))
            self._turn(lambda now: self._logic.scan_failed(command.scan, why, now, asked_at))

    @_do.register
    def _end_scan(self, command: EndScan, seq: int) -> None:
        order = wire.ScanOrder(command.scan, command.zone, 0)
        self._scan_until.pop(command.scan, None)
        self._start(("scan", command.scan), lambda: self._asking.tell("scanner", (command.zone,), wire.SCAN, order, SCAN_S))

    @_do.register
    def _recognise(self, command: Recognise, seq: int) -> None:
        self._start(("recognise", command.id), lambda: self._recognised(command))

    async def _recognised(self, command: Recognise) -> None:
        def question() -> wire.Recognition:
            now = clock.monotonic()
            ages = (min(_DAY_S, max(0.0, now - heard.advert_at)) for heard in command.heard)
            sightings = tuple(wire.Sighting(h.key, h.rssi_dbm, age) for h, age in zip(command.heard, ages, strict=True))
            return wire.Recognition(command.id, command.scan, command.zone, sightings)

        try:
            answers = await self._asking.insist("auth", self._auths(), wire.RECOGNISE, question, RECOGNISE_S)
            if len(answers.answers) != len(command.heard):
                raise PeerRefused("auth", "2.04", f"but {len(answers.answers)} answers to {len(command.heard)} keys")
        except PeerError as error:
            why = f"auth unavailable: {error}"
            log.warning("not recognised", extra=about(visit=command.scan, why=why))
            self._turn(lambda now: self._logic.recognition_failed(command, why, now))
        else:
            self._turn(lambda now: self._logic.recognised(command, answers, now))

    def _auths(self) -> Callable[[], str]:
        return self._asking.where("auth", self._auth)

    @_do.register
    def _pass_on(self, command: PassOn, seq: int) -> None:
        self._start(("held", f"{command.enrolment}/{seq}"), lambda: self._passed_on(command))

    async def _passed_on(self, command: PassOn) -> None:
        message = wire.HeldUp(command.enrolment, command.zone, command.sightings, command.problem)
        try:
            await self._asking.insist("auth", self._auths(), wire.HELD, lambda: message, HELD_S)
        except PeerError as error:
            log.warning("auth was not told what was held up", extra=about(zone=command.zone, why=str(error)))

    @_do.register
    def _lead(self, command: Lead, seq: int) -> None:
        log.info("lead", extra=about(visit=command.visit, route=command.route))
        self._start(("guide", command.visit), lambda: self._light(command, seq))

    async def _light(self, command: Lead, seq: int) -> None:
        lit_by: list[str] = []

        def order() -> wire.GuideOrder:
            for_s = max(0.1, command.until - clock.monotonic())
            return wire.GuideOrder(command.visit, self._process.boot, seq, "lead", command.route, command.colour, for_s)

        def lit(name: str, answer: wire.Guided) -> None:
            if answer.lit and answer.lit_at is not None:
                lit_by.append(name)
                now = clock.monotonic()
                lit_at = clock.here(answer.lit_at, answer.clock, answer.sent_at, self._process.clock, now)
                self._turn(lambda now: self._logic.visits.lit(command.visit, lit_at, now))

        _, why = await self._asking.ask_all("guidance", command.route, wire.GUIDE, order, LEAD_S, lit)
        if not lit_by:
            log.warning("no light", extra=about(visit=command.visit, why=why))
            self._turn(lambda now: self._logic.visits.not_lit(command.visit, why, now))
        elif why is not None:
            self._turn(lambda now: self._logic.visits.troubled(command.visit, why))

    @_do.register
    def _stop_leading(self, command: StopLeading, seq: int) -> None:
        log.info("stop leading", extra=about(visit=command.visit))
        order = wire.GuideOrder(command.visit, self._process.boot, seq, "stop", command.route)
        self._start(("guide", command.visit), lambda: self._asking.tell("guidance", command.route, wire.GUIDE, order, STOP_S))

    @_do.register
    def _set_screen(self, command: SetScreen, seq: int) -> None:
        log.info("screen", extra=about(visit=command.visit, room=command.room, mode=command.mode))
        self._start(("screen", command.room), lambda: self._screen(command, seq))

    async def _screen(self, command: SetScreen, seq: int) -> None:
        def order() -> wire.ScreenOrder:
            ends_in_s = None if command.ends_at is None else min(_DAY_S, max(0.0, command.ends_at - clock.monotonic()))
            return wire.ScreenOrder(
                command.room, self._process.boot, seq, command.mode, command.visit, command.meeting, ends_in_s, command.line
            )

        zone = self._logic.place.rooms[command.room].zone
        done, why = await self._asking.ask_all("meeting", (zone,), wire.SCREEN, order, SCREEN_S)
        if done and why is None:
            return
        log.warning("screen not set", extra=about(room=command.room, why=why or "there is none"))
        if not done:
            reason = why or f"no screen in {command.room}"
            self._turn(lambda now: self._logic.visits.screen_silent(command.room, reason, now))
        await self._asking.ask_all(
            "meeting", (zone,), wire.SCREEN, order, FOR_EVER
        )  # what is private must be hidden, however late

    @_do.register
    def _report(self, command: Report, seq: int) -> None:
        visit = self._logic.visits.visits[command.visit]
        log.info("visit closed", extra=about(visit=visit.id, outcome=visit.outcome, reason=visit.reason))
        self._unreported[command.visit] = None
        running = self._errands.get(_REPORTING)
        if running is None or running.done():
            self._start(_REPORTING, self._tell_auth)

    async def _tell_auth(self) -> None:
        """One visit after the other: while auth is away they wait in a row and do not call it all at once."""
        while self._unreported:
            visit = next(iter(self._unreported))
            if visit in self._logic.visits.visits:
                await self._tell_auth_of(visit)
            else:
                log.error("visit not in the event log", extra=about(visit=visit, why="auth was away for too many visits"))
            del self._unreported[visit]

    async def _tell_auth_of(self, visit: str) -> None:
        try:
            await self._asking.insist("auth", self._auths(), wire.REPORT, lambda: self._reports(visit), FOR_EVER)
        except PeerRefused as error:  # it will not be taken the next time either
            log.error("visit not in the event log", extra=about(visit=visit, why=str(error)))
        self._turn(lambda now: self._logic.visits.reported(visit))


async def _guarded(key: tuple[str, str], errand: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await errand()
    except Exception:
        log.exception("an errand failed", extra=about(errand=" ".join(key)))
