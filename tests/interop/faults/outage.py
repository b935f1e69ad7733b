"""Ten seconds without a line, for many at once: how late is the first success once the line is whole again?

In a house of 6 doors and 6 rooms every door's sensor has an event to tell, and every room's screen is to be told what to
show. Each has its own line, half of them a black hole, half an address where nobody listens; they come back one after
the other, so that no two are met in the same moment of their waiting.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nanoservices import clock, wire
from tests.interop.faults.house import House, Played
from tests.interop.faults.proxy import Line, Proxy

OUTAGE_S = 10.0
APART_S = 0.07  # no multiple of any wait


@dataclass
class Lateness:
    """Seconds from the moment a line was whole again to the first success over it, by who had waited for what."""

    events_s: dict[str, float] = field(default_factory=dict)
    commands_s: dict[str, float] = field(default_factory=dict)


@dataclass
class _Waiting:
    name: str
    line: Line
    succeeded_at: Callable[[], float]
    late_s: dict[str, float]
    shut: bool


class Outage:
    def __init__(self, house: House, count: int):
        self._house, self._count = house, count
        self._told_at: dict[str, float] = {}
        self._waiting: list[_Waiting] = []
        self.lateness = Lateness()

    async def _sensor(self, number: int) -> Played:
        return await self._house.play("presence", f"door-{number}", f"zone-{number}", {})

    async def _screen(self, number: int) -> None:
        room = f"room-{number}"

        def put(order: wire.ScreenOrder, _sender: str) -> wire.ScreenState:
            self._told_at.setdefault(room, clock.monotonic())
            return wire.ScreenState(room, order.mode, clock.name(), clock.monotonic())

        screen = await self._house.play("meeting", room, room, {wire.SCREEN: put}, cut=self._cut(number))
        self._await(room, screen.from_controller, lambda: self._told_at.get(room, 0.0), self.lateness.commands_s, number)

    def _cut(self, number: int) -> Callable[[Line], None]:
        return Line.shut if number % 2 else Line.go_out

    def _await(self, name: str, line: Line, at: Callable[[], float], late_s: dict[str, float], number: int) -> None:
        self._waiting.append(_Waiting(name, line, at, late_s, shut=bool(number % 2)))

    async def pass_over(self) -> None:
        sensors = [await self._sensor(number) for number in range(self._count)]
        await self._house.until_announced()
        for number in range(self._count):
            await self._screen(number)
        for number, sensor in enumerate(sensors):
            self._cut(number)(sensor.to_controller)
            now, box = clock.monotonic(), sensor.outbox
            box.put(wire.PresenceEvent("presence", 0, now, sensor.zone, "occupied", edge=True))
            self._await(sensor.name, sensor.to_controller, _acknowledged(sensor), self.lateness.events_s, number)
        await asyncio.sleep(OUTAGE_S)
        await asyncio.gather(*(self._back(waiting, APART_S * n) for n, waiting in enumerate(self._waiting)))

    async def _back(self, waiting: _Waiting, after_s: float) -> None:
        await asyncio.sleep(after_s)
        assert not waiting.succeeded_at(), f"{waiting.name}: the line was not cut"
        (waiting.line.reopen if waiting.shut else waiting.line.come_back)()
        began = clock.monotonic()
        await self._house.until(lambda: waiting.succeeded_at() > 0, f"{waiting.name} succeeds")
        waiting.late_s[waiting.name] = waiting.succeeded_at() - began


def _acknowledged(sensor: Played) -> Callable[[], float]:
    return lambda: sensor.outbox.acknowledged_at


def _place(count: int) -> dict[str, object]:
    doors, rooms = [f"zone-{number}" for number in range(count)], [f"room-{number}" for number in range(count)]
    nodes: dict[str, object] = {f"door-{number}": {"zone": zone, "run": ["presence"]} for number, zone in enumerate(doors)}
    nodes |= {room: {"zone": room, "run": ["meeting"]} for room in rooms}
    return {
        "zones": doors + rooms,
        "rooms": {room: {"zone": room, "route": [door, room]} for door, room in zip(doors, rooms, strict=True)},
        "nodes": {**nodes, "server-1": {"run": ["controller", "auth"]}},
    }


def outage(folder: Path, count: int = 6) -> Lateness:
    async def run() -> Lateness:
        async with House(folder, _place(count), Proxy()) as house:
            passing = Outage(house, count)
            await passing.pass_over()
            return passing.lateness

    return asyncio.run(run())
