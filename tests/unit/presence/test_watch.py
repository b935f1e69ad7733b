"""What presence reports of a sensor, faults and all."""

import asyncio

from nanoservices import clock, wire
from nanoservices.presence.__main__ import PresenceSettings, Watch
from nanoservices.presence.faults import CHATTER
from nanoservices.process import Process
from tests.unit.patience import until


def states(watch: Watch) -> list[str]:
    return [event.state for event in watch.outbox.batch(1000) if isinstance(event, wire.PresenceEvent)]


async def watching(stuck_s: float = 3600) -> tuple[Watch, Process[PresenceSettings]]:
    process = Process("presence", PresenceSettings(node="pi-lobby", stuck_s=stuck_s, hold_s=0.05))
    return Watch(process, "entrance"), process


def test_chattering_sensor_makes_its_zone_unknown_once_and_is_not_believed() -> None:
    async def run() -> None:
        watch, process = await watching()
        now = clock.monotonic()
        for number in range(3 * CHATTER):
            watch.motion_changed(True, now + number * 0.001)
            watch.motion_changed(False, now + number * 0.001)
        assert states(watch) == ["occupied", "unknown"]
        assert "chatters" in process.problems["fault"]

    asyncio.run(run())


def test_stuck_sensor_makes_its_zone_unknown_by_itself_and_is_believed_again_when_it_goes_down() -> None:
    async def run() -> None:
        watch, process = await watching(stuck_s=0.02)
        watch.motion_changed(True, clock.monotonic())
        await until(lambda: states(watch) == ["occupied", "unknown"])
        assert "stuck" in process.problems["fault"]
        watch.motion_changed(False, clock.monotonic())
        assert "fault" not in process.problems
        await until(lambda: states(watch)[-1] == "empty")
        watch.motion_changed(True, clock.monotonic())
        assert states(watch)[-1] == "occupied"

    asyncio.run(run())
