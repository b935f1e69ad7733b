"""Carries out what the guide says: shows each frame when it is due, the first of a visit before the order is answered."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from nanoservices import clock, wire
from nanoservices.errors import Unavailable
from nanoservices.guidance.animation import Frame
from nanoservices.guidance.device import DARK, Strip
from nanoservices.guidance.logic import Guide
from nanoservices.log import about
from nanoservices.process import Process

log = logging.getLogger("guidance")

RETRY_S = 0.5  # with a strip that did not take a frame: it may have to go dark


class Guiding:
    def __init__(self, process: Process[Any], zone: str, strip: Strip, wide: tuple[bool, ...]):
        self._process = process
        self._zone = zone
        self._strip = strip
        self._timer: asyncio.TimerHandle | None = None
        self._frame: Frame = ()
        self._is_shown = False
        self._is_closed = False
        self._told: tuple[str, ...] = ()
        self.guide = Guide(zone, wide)

    async def put(self, order: wire.GuideOrder, _sender: str) -> wire.Guided:
        if self._is_closed:
            raise Unavailable(f"the lights of zone {self._zone} are being put out")
        is_news = self.guide.apply(order, clock.monotonic())
        self._show()
        lit_at = self.guide.lit_at(order.visit)
        if is_news:
            log.info(f"guide {order.state}", extra=about(visit=order.visit, zone=self._zone, lit_at=lit_at))
        return wire.Guided(order.visit, lit_at is not None, self._process.clock, clock.monotonic(), lit_at)

    async def get(self, _message: None, _sender: str) -> wire.GuideState:
        return wire.GuideState(self._zone, self.guide.visits, self.leds_on())

    def leds_on(self) -> int:
        return sum(colour != DARK for colour in self._frame) if self._is_shown else 0

    def trouble(self, why: str | None) -> None:
        if why is not None and why != self._process.problems.get("strip"):
            log.warning("strip trouble", extra=about(zone=self._zone, why=why))
        self._process.problem("strip", why)

    def _show(self) -> None:
        """Have the strip show what is due now. Unavailable when it does not; it is tried again by itself."""
        now = clock.monotonic()
        self.guide.begin(now)
        self._frame = self.guide.frame(now)
        try:
            self._strip.show(self._frame)
        except Unavailable as error:
            self._is_shown = False
            self.trouble(str(error))
            raise
        else:
            if not self._is_shown:
                self._is_shown = True
                self.trouble(None)
            self.guide.shown(clock.monotonic())
        finally:
            self._rest(now)
            self._tell()

    def _rest(self, now: float) -> None:
        """Until the next frame; with nothing lit and nothing to mend, there is none."""
        if self._timer is not None:
            self._timer.cancel()
        due = self.guide.wake_at(now) if self._is_shown else now + RETRY_S
        loop = asyncio.get_running_loop()
        self._timer = None if due is None else loop.call_later(max(0.0, due - clock.monotonic()), self._time_passed)

    def _tell(self) -> None:
        if self.guide.visits != self._told:
            self._told = self.guide.visits
            self._process.endpoint.changed(wire.GUIDED)

    def _time_passed(self) -> None:
        self.guide.time_passed(clock.monotonic())
        with suppress(Unavailable):
            self._show()

    async def close(self) -> None:
        """Put the lights out."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        await self._strip.close()
