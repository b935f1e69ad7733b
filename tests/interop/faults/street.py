"""A house whose every zone is a door of its own, so that several stories can be told in it at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from nanoservices import clock, wire
from swarm.demo.watcher import all_visits
from tests.interop.faults.house import House, Played
from tests.interop.faults.proxy import Line, Proxy

SLACK_S = 1.0
DOORS = ("fair", "mute", "stammer", "gone", "cut", "moved", "unknown")
PLACE: dict[str, Any] = {
    "zones": [*DOORS, "led", "room-1"],
    "rooms": {"room-1": {"zone": "room-1", "route": ["led", "room-1"]}},
    "nodes": {door: {"zone": door, "run": ["presence", "scanner"]} for door in DOORS}
    | {"led": {"zone": "led", "run": ["presence", "scanner", "guidance"]}}
    | {"server-1": {"run": ["controller", "auth"]}},
}
Story = Callable[["Street"], Coroutine[Any, Any, None]]


class Street:
    """A house with a door in every zone; each test goes in by its own."""

    def __init__(self, house: House):
        self.house = house
        self.scanned_at: dict[str, float] = {}
        self.scan = ""

    async def door(self, zone: str) -> Played:
        return await self.house.play("presence", zone, zone, {})

    async def scanner(self, zone: str, *, boot: str = "", cut: Callable[[Line], None] | None = None) -> Played:
        def scan(order: wire.ScanOrder, _sender: str) -> wire.Scans:
            self.scanned_at.setdefault(zone + boot, clock.monotonic())
            self.scan = order.scan
            return wire.Scans(zone, (), 0.0)

        return await self.house.play("scanner", zone, zone, {wire.SCAN: scan}, boot=boot, cut=cut)

    def sighting(self, zone: str, key: str) -> wire.SightingEvent:
        return wire.SightingEvent("sighting", 0, clock.monotonic(), zone, self.scan, key, -60)

    async def announce(self, zone: str, uri: str) -> None:
        """Of a scanner that is not ours."""
        told = wire.Announcement("scanner", zone, "b1", True, zone, uri)
        await self.house.watcher.call(wire.ANNOUNCE, self.house.controller, told)

    async def come(self, door: Played) -> float:
        """A motion; when it was."""
        await self.house.until_announced()
        now = clock.monotonic()
        door.outbox.put(wire.PresenceEvent("presence", 0, now, door.zone, "occupied", edge=True))
        return now

    async def ended(self, zone: str, since: float, within_s: float) -> wire.Visit:
        """The zone's visit once it is over, which must be within its budget."""
        while True:
            for visit in await all_visits(self.house.watcher, self.house.controller):
                if visit.zone == zone and visit.outcome is not None:
                    return visit
            assert clock.monotonic() < since + within_s + SLACK_S, f"the visit at {zone} is not over after {within_s:g} s"
            await asyncio.sleep(0.05)


def tell(folder: Path, *stories: Story, window_s: float = 8.0) -> None:
    """Every story in the same house, at the same time."""

    async def run() -> None:
        async with House(folder, PLACE, Proxy(), scan_window_s=window_s) as house:
            await asyncio.gather(*(story(Street(house)) for story in stories))

    asyncio.run(run())
