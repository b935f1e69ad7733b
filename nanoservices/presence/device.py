"""The PIR, behind one face: `sensor.watch(motion_changed)` with the line's value now and at every edge.

`pigpio` is gpiozero's own client to the GPIO daemon on this node's host; `simulated` is the world of the demo.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol

from nanoservices import clock
from nanoservices.errors import Unavailable
from nanoservices.simulation import World

Motion = Callable[[bool, float], None]  # moving, at
Trouble = Callable[[str | None], None]
Pins = Literal["pigpio", "simulated"]


class MotionSensor(Protocol):
    async def watch(self, motion_changed: Motion, trouble: Trouble) -> None:
        """Report the line as it is now, then every edge, from the event loop's thread, for ever."""

    async def close(self) -> None: ...


class SimulatedSensor:
    def __init__(self, world: Path | None, node: str, pin: str):
        self._pin = pin
        self._motion: Motion = lambda moving, at: None
        self._world = World(world, node, "presence", self._heard)

    def _heard(self, message: dict[str, Any]) -> None:
        if message.get("pin") == self._pin:
            self._motion(bool(message["value"]), clock.monotonic())

    async def watch(self, motion_changed: Motion, trouble: Trouble) -> None:
        self._motion = motion_changed
        await self._world.live(trouble)

    async def close(self) -> None:
        return None


class GpioSensor:
    """gpiozero's DigitalInputDevice: edges within 0.2 ms, where its MotionSensor polls every 100 ms."""

    def __init__(self, pin: str, host: str, port: int, factory: Any = None):
        import gpiozero
        from gpiozero.exc import GPIOZeroError

        if factory is None:
            from gpiozero.pins.pigpio import PiGPIOFactory

            try:
                factory = PiGPIOFactory(host, port)
            except (OSError, GPIOZeroError) as error:
                raise Unavailable(f"the GPIO daemon at {host}:{port} does not answer ({error}); is pigpiod running?") from None
        try:
            self._line = gpiozero.DigitalInputDevice(pin, pull_up=False, pin_factory=factory)
        except GPIOZeroError as error:
            raise Unavailable(f"the PIR's line {pin} cannot be used: {error}") from None

    async def watch(self, motion_changed: Motion, trouble: Trouble) -> None:
        loop = asyncio.get_running_loop()

        def edge(line: Any) -> None:  # gpiozero calls from a thread of its own
            loop.call_soon_threadsafe(motion_changed, bool(line.value), clock.monotonic())

        self._line.when_activated = self._line.when_deactivated = edge
        motion_changed(bool(self._line.value), clock.monotonic())  # gpiozero is silent about motion already under way
        trouble(None)
        await asyncio.Event().wait()

    async def close(self) -> None:
        self._line.close()


def open_sensor(pins: Pins, node: str, pin: str, *, world: Path | None, gpio_host: str, gpio_port: int) -> MotionSensor:
    if pins == "simulated":
        return SimulatedSensor(world, node, pin)
    return GpioSensor(pin, gpio_host, gpio_port)
