"""The PIR, behind one face: `sensor.watch(motion_changed)` with the line's value now and at every edge.

`pigpio` is gpiozero's own client to the GPIO daemon on this node's host; `simulated` is the world of the demo.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol

from nanoservices import clock, gpio
from nanoservices.errors import Unavailable
from nanoservices.simulation import World

Motion = Callable[[bool, float], None]  # moving, at
Trouble = Callable[[str | None], None]
Pins = Literal["pigpio", "simulated"]

RETRY_S = 2.0
LAST_WORDS_S = 0.3  # for `unknown` to reach the controller before the process ends


class MotionSensor(Protocol):
    async def watch(self, motion_changed: Motion, trouble: Trouble) -> None:
        """Report the line as it is now, then every edge, from the event loop's thread, for ever.

        `trouble` is told why the line cannot be read, and None once it has been.
        """

    async def close(self) -> None: ...


class SimulatedSensor:
    def __init__(self, world: Path | None, node: str, pin: str):
        self._pin = pin
        self._motion: Motion = lambda moving, at: None
        self._world = World(world, node, "presence", self._heard)

    def _heard(self, message: dict[str, Any]) -> None:
        if message.get("pin") == self._pin and message.get("value") in (0, 1):
            self._motion(bool(message["value"]), clock.monotonic())

    async def watch(self, motion_changed: Motion, trouble: Trouble) -> None:
        self._motion = motion_changed
        await self._world.live(trouble)

    async def close(self) -> None:
        return None


class GpioSensor:
    """gpiozero's DigitalInputDevice: edges within 0.2 ms, where its MotionSensor polls every 100 ms."""

    def __init__(self, pin: str, host: str, port: int, factory: Any = None):
        self._pin = pin
        self._address = (host, port)
        self._factory = factory
        self._connection: gpio.Connection | None = None
        self._line: Any = None

    async def watch(self, motion_changed: Motion, trouble: Trouble) -> None:
        """As MotionSensor's; Unavailable once a daemon that was there is lost: a new process finds the next one."""
        while self._line is None:
            try:
                await self._open()
            except Unavailable as error:
                trouble(str(error))
                await asyncio.sleep(RETRY_S)
        self._follow(motion_changed)
        trouble(None)
        if self._connection is None:
            await asyncio.Event().wait()
        else:
            why = await self._connection.until_lost()
            trouble(why)
            await asyncio.sleep(LAST_WORDS_S)
            raise Unavailable(why)

    def _follow(self, motion_changed: Motion) -> None:
        loop = asyncio.get_running_loop()

        def edge(moving: bool) -> None:  # gpiozero calls from a thread of its own; a short pulse is over by now
            loop.call_soon_threadsafe(motion_changed, moving, clock.monotonic())

        self._line.when_activated = lambda: edge(True)
        self._line.when_deactivated = lambda: edge(False)
        motion_changed(bool(self._line.value), clock.monotonic())  # gpiozero is silent about motion already under way

    async def _open(self) -> None:
        import gpiozero

        if self._factory is None:
            self._connection = await gpio.connect(*self._address)
            self._factory = self._connection.factory
        try:
            self._line = gpiozero.DigitalInputDevice(self._pin, pull_up=False, pin_factory=self._factory)
        except Exception as error:  # what gpiozero and pigpio raise has no nearer ancestor
            self._release()
            raise Unavailable(f"the PIR's line {self._pin} cannot be used: {error}") from None

    def _release(self) -> None:
        gpio.release(self._connection, self._line, self._factory)
        self._line = self._factory = self._connection = None

    async def close(self) -> None:
        self._release()


def open_sensor(pins: Pins, node: str, pin: str, *, world: Path | None, gpio_host: str, gpio_port: int) -> MotionSensor:
    if pins == "simulated":
        return SimulatedSensor(world, node, pin)
    return GpioSensor(pin, gpio_host, gpio_port)
