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
from nanoservices.scanner.smoothing import Silence

log = logging.getLogger("scanner")

RETRY_S = 0.5  # with a radio that does not turn


class Listening:
    """The radio is tried once at the start, and again while it fails, so that readiness tells the truth unasked."""

    def __init__(self, process: Process[Any], zone: str, radio: Radio, repeat_s: float, silence_s: float = 30.0):
        self._process = process
        self._zone = zone
        self._radio = radio
        self._turning = asyncio.Lock()
        self._poke = asyncio.Event()
        self._is_on = False
        self._is_proven = False
        self._is_closed = False
        self._told: tuple[str, ...] = ()
        self._silence = Silence(silence_s)
        self._silence_s = silence_s
        self.book = ScanBook(zone, repeat_s)
        self.outbox = Outbox()
        self.adverts = 0  # that came off the air, whosesoever

    def heard(self, advert: Advert) -> None:
        now = clock.monotonic()
        self.adverts += 1
        self._silence.heard(now)
        if "silence" in self._process.problems:
            self._process.problem("silence", None)
        found = self.book.hear(advert, now)
        if found is None:
            return
        for scan in found.scans:
            self.outbox.put(wire.SightingEvent("sighting", 0, now, self._zone, scan, found.key, found.rssi_dbm))

    def trouble(self, why: str | None) -> None:
        """What became of the radio by itself."""
        self._note(why)
        self._poke.set()

    def _note(self, why: str | None) -> None:
        if why is not None and why != self._process.problems.get("radio"):
            log.warning("radio trouble", extra=about(zone=self._zone, why=why))
        self._process.problem("radio", why)
        if why is not None:
            self._is_proven = False
            self._turned(False)

    def _turned(self, is_on: bool) -> None:
        """The radio is on or off now, by us or by what happened to it."""
        if is_on != self._is_on:
            now = clock.monotonic()
            self._is_on = is_on
            self.book.radio_turned(is_on, now)
            self._silence.turned(is_on, now)

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
            await self._break_silence()
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
        dues = [due for due in (self.book.wake_at(), self._silence.due_at()) if due is not None]
        rest_s = max(0.0, min(dues) - clock.monotonic()) if dues else None
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
                    self._note(str(error))
                    raise
                self._turned(wanted)
                if wanted:
                    self._is_proven = True
                    self._note(None)

    async def _break_silence(self) -> None:
        """A radio that is on and hears nothing is started anew; said aloud when that did not help either."""
        if not self._silence.is_over(clock.monotonic()):
            return
        log.warning("nothing heard; the scan is started anew", extra=about(zone=self._zone, spell=self._silence.spells))
        if self._silence.is_deaf:
            whole_s = self._silence.spells * self._silence_s
            self._process.problem("silence", f"not one advert in {whole_s:g} s of listening; is the adapter deaf?")
        async with self._turning:
            await self._radio.turn(False)
            self._turned(False)

    def _is_wanted(self) -> bool:
        return not self._is_closed and (not self._is_proven or bool(self.book.open_scans(clock.monotonic())))

    async def close(self) -> None:
        self._is_closed = True
        await self._turn()
