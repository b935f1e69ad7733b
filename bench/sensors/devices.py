"""Both daemons' doubles in a thread and a loop of their own, as on a host; the bench's own loop is the observer."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from nanoservices import clock
from swarm.doubles.adapter import Broadcast
from swarm.doubles.bluez import BlueZ
from swarm.doubles.bus import Bus
from swarm.doubles.pigpiod import Pigpiod


class Devices:
    """`with`: inside, the bus, bluetoothd and the GPIO daemon run."""

    def __init__(self, folder: Path):
        self.bus = Bus(folder)
        self.bluez = BlueZ(self.bus.address)
        self.gpio_socket = folder / "pigpiod.sock"
        self._gpio = Pigpiod()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="devices", daemon=True)

    def __enter__(self) -> "Devices":
        self._thread.start()
        if not self._up.wait(10):
            raise RuntimeError("the doubles did not start within 10 s; what they say stands above")
        return self

    def __exit__(self, *error: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.bus.start()
        await self.bluez.start()
        await self._gpio.start(self.gpio_socket)
        self._up.set()
        await self._end.wait()
        await self._gpio.kill()
        await self.bluez.kill()
        await self.bus.kill()

    async def _there(self, work: Coroutine[Any, Any, float]) -> float:
        assert self._loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def drive(self, line: int, level: bool) -> float:
        """When the level changed."""

        async def now() -> float:
            at = clock.monotonic()
            self._gpio.drive(line, level)
            return at

        return await self._there(now())

    async def advertise(self, cast: Broadcast) -> float:
        """When it was put on the bus; -1 when nobody listens."""

        async def now() -> float:
            at = clock.monotonic()
            return at if await self.bluez.advertise(cast) else -1.0

        return await self._there(now())

    async def flood(self, casts: list[Broadcast], per_s: float, for_s: float) -> float:
        """Send them in turn at a pace; how many a second were told on the bus in truth."""

        async def paced() -> float:
            began, sent, told = clock.monotonic(), 0, 0
            while (age := clock.monotonic() - began) < for_s:
                while sent < age * per_s:
                    told += await self.bluez.advertise(casts[sent % len(casts)])
                    sent += 1
                await asyncio.sleep(0.002)
            return told / (clock.monotonic() - began)

        return await self._there(paced())
