"""The controller's office: its logic and its dispatch, peers that answer as they are told to, and a disk that is none."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, cast

from nanoservices import clock, wire
from nanoservices.controller.dispatch import Dispatch
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import (
    Command,
    Heard,
    Peer,
    Recognise,
)
from nanoservices.controller.visits import Limits
from nanoservices.errors import PeerRefused, PeerSilent
from nanoservices.process import Process
from tests.unit.controller.house import PLACE

LOBBY = "scanner@pi-lobby"
SILENT = PeerSilent("somebody", "no answer")
BUSY = PeerRefused("somebody", "5.03", "not now")
WRONG = PeerRefused("somebody", "4.00", "zone: is missing")


class FakeEndpoint:
    """Stands where an Endpoint does. `script` holds what each peer does in turn, its last for ever: answer, fail, or hang
    (None); who has no script does as it is told."""

    def __init__(self) -> None:
        self.script: dict[str, list[Any]] = {}
        self.calls: list[tuple[str, str, Any]] = []  # peer, uri, message
        self.hanging = 0

    async def call(self, row: wire.Resource, uri: str, message: Any, *, peer: str, budget_s: float) -> Any:
        self.calls.append((peer, uri, message))
        turns = self.script.get(peer, ["done"])
        turn = turns.pop(0) if len(turns) > 1 else turns[0]
        if turn is None:
            self.hanging += 1
            try:
                await asyncio.Event().wait()
            finally:
                self.hanging -= 1
        await asyncio.sleep(0)
        if isinstance(turn, Exception):
            raise turn
        return turn

    def told(self, peer: str) -> list[Any]:
        return [message for name, _, message in self.calls if name == peer]


class FakeProcess:
    def __init__(self, endpoint: FakeEndpoint):
        self.endpoint, self.boot, self.clock = endpoint, "boot", "c"
        self.tasks: list[asyncio.Task[None]] = []

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        self.tasks.append(asyncio.create_task(work))
        return self.tasks[-1]


class Office:
    """A dispatch and a real logic; what the logic commands in turn is carried out too."""

    def __init__(self) -> None:
        now = clock.monotonic()
        self.logic = Controller(PLACE, Limits(), now)
        self.endpoint = FakeEndpoint()
        self.process = FakeProcess(self.endpoint)
        self.dispatch = Dispatch(cast(Process[Any], cast(Any, self.process)), self.logic, "coap://auth", self.turn, self.report)
        for node, entry in PLACE.nodes.items():
            for word in set(entry.run) - {"controller"}:
                self.announce(Peer(word, node, f"coap://{node}", "b1", True, now, entry.zone))
        self.logic.take_commands()

    def announce(self, peer: Peer) -> None:
        self.logic.announced(peer, clock.monotonic())

    def report(self, visit: str) -> str:
        assert visit in self.logic.visits.visits
        return visit

    def turn(self, step: Callable[[float], None]) -> None:
        step(clock.monotonic())
        self.do(self.logic.take_commands())

    def do(self, commands: Iterable[Command]) -> None:
        for command in commands:
            self.dispatch.do(command)

    def motion(self) -> str:
        """Somebody moves at the door: the scan's id."""
        now = clock.monotonic()
        event = wire.PresenceEvent("presence", 1, now, "entrance", "occupied", edge=True)
        self.turn(lambda now: self.logic.presence_changed("e1", "pi-lobby", event, now, now))
        scan = self.logic.scans.open_in("entrance")
        assert scan is not None
        return scan.id

    def question(self) -> Recognise:
        now = clock.monotonic()
        return Recognise("q1", self.motion(), "entrance", (Heard("mac:000000000001", -60, now, now, now, now, now),))

    def outcomes(self) -> list[tuple[str | None, str | None]]:
        return [(visit.outcome, visit.reason) for visit in self.logic.visits.visits.values()]


def play(story: Callable[[Office], Coroutine[Any, Any, None]]) -> Office:
    offices: list[Office] = []

    async def run() -> None:
        office = Office()
        offices.append(office)
        try:
            await story(office)
        finally:
            for task in office.process.tasks:
                task.cancel()
            await asyncio.gather(*office.process.tasks, return_exceptions=True)

    asyncio.run(run())
    return offices[0]
