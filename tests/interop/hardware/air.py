"""A scanner's own Listening over bleak's BlueZ backend, a real bus, and the double of bluetoothd on it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nanoservices import wire
from nanoservices.process import Process
from nanoservices.scanner.device import BlueZRadio, ScanMode
from nanoservices.scanner.listening import Listening
from nanoservices.settings import Settings
from swarm.doubles import bus
from swarm.doubles.adapter import Broadcast
from swarm.doubles.bluez import BlueZ

ZONE = "entrance"
RING = Broadcast("C0:00:00:00:00:01", -60, manufacturer={76: b"\x02\x15" + bytes(21)})
RING_KEY = "ibeacon:" + "00" * 20


class Air:
    """`bluez` may be killed and begun again, as may `bus`; `why` is what the scanner says is wrong with its radio."""

    def __init__(self, folder: Path, mode: ScanMode = "active", silence_s: float = 30.0):
        self.bus = bus.Bus(folder)
        self.bluez = BlueZ(self.bus.address)
        self.process = Process("scanner", Settings(node="pi-lobby"))
        self.listening = Listening(self.process, ZONE, BlueZRadio("hci0", mode), repeat_s=0.05, silence_s=silence_s)
        self._tasks: list[asyncio.Task[None]] = []

    def live(self) -> None:
        radio = self.listening._radio
        self._tasks.append(asyncio.create_task(radio.live(self.listening.heard, self.listening.trouble)))
        self._tasks.append(asyncio.create_task(self.listening.keep()))

    @property
    def why(self) -> str | None:
        return self.process.problems.get("radio")

    @property
    def sightings(self) -> list[wire.SightingEvent]:
        return [event for event in self.listening.outbox.batch(10_000) if isinstance(event, wire.SightingEvent)]

    @property
    def discovers(self) -> bool:
        return self.bluez.adapter.is_discovering

    async def scan(self, window_s: float = 60.0) -> wire.Scans:
        return await self.listening.put(wire.ScanOrder("s1", ZONE, window_s), "coap://controller")

    async def bluez_returns(self) -> None:
        self.bluez = BlueZ(self.bus.address)
        await self.bluez.start()

    async def close(self) -> None:
        await self.listening.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.bluez.kill()
        await self.bus.kill()


def play(story: Callable[[Air], Awaitable[None]], *, mode: ScanMode = "active", silence_s: float = 30.0) -> None:
    """A new loop, and so a new connection of bleak, for every story."""
    if not bus.INSTALLED:
        if os.environ.get("CI"):
            raise AssertionError(bus.ABSENT)
        pytest.skip(bus.ABSENT)

    async def run() -> None:
        with TemporaryDirectory() as folder:  # a short path, as a socket's has 108 bytes
            air = Air(Path(folder), mode, silence_s)
            before = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = air.bus.address
            try:
                await air.bus.start()
                await air.bluez.start()
                air.live()
                async with asyncio.timeout(20):
                    await story(air)
            finally:
                await air.close()
                os.environ.pop("DBUS_SYSTEM_BUS_ADDRESS")
                if before is not None:
                    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = before

    asyncio.run(run())
