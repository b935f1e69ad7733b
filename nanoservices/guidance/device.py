"""The strip of LEDs, behind one face: `strip.show(frame)`, a colour for each LED in walking order.

`pigpio` is gpiozero's own client to the GPIO daemon on this node's host; `simulated` is the world of the demo.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Protocol

from nanoservices import clock, gpio
from nanoservices.errors import Unavailable
from nanoservices.guidance.animation import Frame
from nanoservices.palette import Colour
from nanoservices.place import Led
from nanoservices.simulation import World

Trouble = Callable[[str | None], None]
Pins = Literal["pigpio", "simulated"]

RETRY_S = 2.0
DARK: Colour = (0, 0, 0)


class Strip(Protocol):
    async def live(self, trouble: Trouble) -> None:
        """Keep the strip within reach, for ever. `trouble` is told why it is not, and None once it is, and dark."""

    def show(self, frame: Frame) -> None:
        """Show `frame` before this returns, by writing what has changed. Unavailable when it is not shown."""

    async def close(self) -> None:
        """Leave the strip dark."""


class SimulatedStrip:
    def __init__(self, world: Path | None, node: str, leds: int):
        self._world = World(world, node, "guidance", lambda message: None)
        self._why: str | None = "the simulated world has not been reached yet"
        self._dark = (DARK,) * leds
        self._shown: Frame = ()
        self._say(self._dark)

    async def live(self, trouble: Trouble) -> None:
        def state(why: str | None) -> None:
            self._why = why
            trouble(why)

        await self._world.live(state)

    def show(self, frame: Frame) -> None:
        self._say(frame)
        if self._why is not None:
            raise Unavailable(self._why)

    def _say(self, frame: Frame) -> None:
        """The world repeats the newest to itself when the line comes back, so it must hear of every one."""
        if frame != self._shown:
            self._shown = frame
            self._world.say(leds=[list(colour) for colour in frame], at=clock.monotonic())

    async def close(self) -> None:
        self._say(self._dark)


class GpioStrip:
    """gpiozero's PWMLED for an LED of one line, its RGBLED for one of three."""

    def __init__(self, leds: tuple[Led, ...], host: str, port: int, factory: Any = None):
        self._leds = leds
        self._address = (host, port)
        self._factory = factory
        self._connection: gpio.Connection | None = None
        self._devices: list[Any] = []
        self._shown: list[Colour] = []
        self._lost = asyncio.Event()
        self._why = "the GPIO daemon has not been reached yet"

    async def live(self, trouble: Trouble) -> None:
        while True:
            self._lost.clear()
            try:
                await self._open()
            except Unavailable as error:
                self._why = str(error)
                trouble(self._why)
                await asyncio.sleep(RETRY_S)
                continue
            trouble(None)
            await self._until_lost()
            trouble(self._why)

    async def _until_lost(self) -> None:
        """By a frame that could not be written, or by a daemon that ended or hangs while there was nothing to write."""
        watch = None if self._connection is None else asyncio.create_task(self._connection.until_lost())
        lost = asyncio.create_task(self._lost.wait())
        try:
            await asyncio.wait({lost, watch} if watch is not None else {lost}, return_when=asyncio.FIRST_COMPLETED)
            if not lost.done() and watch is not None:
                self._why = watch.result()
                self._release()
        finally:
            lost.cancel()
            if watch is not None:
                watch.cancel()

    async def _open(self) -> None:
        import gpiozero

        if self._factory is None:
            self._connection = await gpio.connect(*self._address)
            self._factory = self._connection.factory
        try:
            for led in self._leds:  # each is dark from its opening on
                kind = gpiozero.PWMLED if len(led) == 1 else gpiozero.RGBLED
                self._devices.append(kind(*led, pin_factory=self._factory))
        except Exception as error:  # what gpiozero and pigpio raise has no nearer ancestor
            self._release()
            raise Unavailable(f"the LEDs cannot be used: {error}") from None
        self._shown = [DARK] * len(self._leds)

    def show(self, frame: Frame) -> None:
        if not self._devices:
            raise Unavailable(self._why)
        try:
            for index, colour in enumerate(frame):
                if colour != self._shown[index]:
                    self._devices[index].value = _value(colour, lines=len(self._leds[index]))
                    self._shown[index] = colour
        except Exception as error:  # as above
            self._why = f"the LEDs cannot be written: {error}"
            self._release()
            self._lost.set()
            raise Unavailable(self._why) from None

    def _release(self) -> None:
        gpio.release(self._connection, *self._devices, self._factory)
        self._devices, self._factory, self._connection = [], None, None

    async def close(self) -> None:
        with suppress(Unavailable):
            self.show((DARK,) * len(self._leds))
        self._release()


def _value(colour: Colour, lines: int) -> Any:
    """What gpiozero takes: parts of 1."""
    parts = tuple(part / 255 for part in colour)
    return max(parts) if lines == 1 else parts


def open_strip(pins: Pins, node: str, leds: tuple[Led, ...], *, world: Path | None, gpio_host: str, gpio_port: int) -> Strip:
    if pins == "simulated":
        return SimulatedStrip(world, node, len(leds))
    return GpioStrip(leds, gpio_host, gpio_port)
