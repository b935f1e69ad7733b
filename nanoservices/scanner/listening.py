"""Carries out what the scan book says: turns the radio, keeps the time, and sends the sightings."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from nanoservices import clock, wire
from nanoservices.errors import Unavailable
from nanoservices.log import about
from nanoservices.outbox import Outbox
from nanoservices.process import Process
from nanoservices.scanner.device import Radio
from nanoservices.scanner.keys import Advert
from nanoservices.scanner.logic import ScanBook

log = logging.getLogger("scanner")

RETRY_S = 2.0  # with a radio that does not turn


class Listening:
    """The radio is tried once at the start, and again while it fails, so that readiness tells the truth unasked."""

    def __init__(self, process: Process[Any], zone: str, radio: Radio, repeat_s: float):
        self._process = process
        self._zone = zone
        self._radio = radio
        self._turning = asyncio.Lock()
        self._poke = asyncio.Event()
        self._is_on = False
        self._is_proven = False
        self._is_closed = False
        self._told: tuple[str, ...] = ()
        self.book = ScanBook(zone, repeat_s)
        self.outbox = Outbox()

    def heard(self, advert: Advert) -> None:
        now = clock.monotonic()
        found = self.book.hear(advert, now)
        if found is None:
            return
        for scan in found.scans:
            self.outbox.put(wire.SightingEvent("sighting", 0, now, self._zone, scan, found.key, found.rssi_dbm))

    def trouble(self, why: str | None) -> None:
        if why is not None and why != self._process.problems.get("radio"):
            log.warning("radio trouble", extra=about(zone=self._zone, why=why))
        self._process.problem("radio", why)
        if why is None:
            self._poke.set()

    async def put(self, order: wire.ScanOrder, _sender: str) -> wire.Scans:
        if self.book.order(order.scan, order.zone, order.window_s, clock.monotonic()):
            log.info("scan ordered", extra=about(visit=order.scan, zone=self._zone, window_s=round(order.window_s, 3)))
        try:
            await self._turn()
        except Unavailable:
            if order.window_s > 0:  # what was to end has ended all the same
                raise
        finally:
            self._poke.set()
        return self.state()

    async def get(self, _message: None, _sender: str) -> wire.Scans:
        return self.state()

    def state(self) -> wire.Scans:
        scans = tuple(wire.Scan(scan, round(s, 3)) for scan, s in self.book.open_scans(clock.monotonic()).items())
        return wire.Scans(self._zone, scans, round(self.radio_on_s(), 3))

    def radio_on_s(self) -> float:
        return self.book.radio_on_s(clock.monotonic())

    async def keep(self) -> None:
        """Close what is over, turn the radio to what is open, tell the observers; for ever."""
        while True:
            with suppress(Unavailable):
                await self._turn()
            open_now = tuple(self.book.open_scans(clock.monotonic()))
            if open_now != self._told:
                self._told = open_now
                self._process.endpoint.changed(wire.SCANS)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s()):
                    await self._poke.wait()
            self._poke.clear()
            self.book.time_passed(clock.monotonic())

    def _rest_s(self) -> float | None:
        due = self.book.wake_at()
        rest_s = None if due is None else max(0.0, due - clock.monotonic())
        if self._is_proven:
            return rest_s
        return RETRY_S if rest_s is None else min(rest_s, RETRY_S)

    async def _turn(self) -> None:
        """Unavailable when the radio does not turn on."""
        async with self._turning:
            while (wanted := self._is_wanted()) != self._is_on:
                try:
                    await self._radio.turn(wanted)
                except Unavailable as error:
                    self._is_proven = False
                    self.trouble(str(error))
                    raise
                self._is_on = wanted
                self.book.radio_turned(wanted, clock.monotonic())
                if wanted:
                    self._is_proven = True
                    self.trouble(None)

    def _is_wanted(self) -> bool:
        return not self._is_closed and (not self._is_proven or bool(self.book.open_scans(clock.monotonic())))

    async def close(self) -> None:
        self._is_closed = True
        await self._turn()
