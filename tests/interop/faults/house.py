"""A real controller process, everybody else played in the test, and a line (proxy.py) each way between them.

A played service is the real Process of its word: it announces itself, delivers its outbox and answers on an endpoint of
its own; only its device is missing. The controller knows it by the address of its line, and it the controller.
"""

import asyncio
import contextlib
import itertools
import json
import random
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from nanoservices import clock, wire
from nanoservices.coap import Endpoint, Handlers
from nanoservices.errors import NanoError
from nanoservices.outbox import Outbox
from nanoservices.process import Process
from nanoservices.settings import Settings
from swarm.demo import environment
from swarm.demo.instance import Instance
from tests.interop.conftest import ROOT
from tests.interop.faults.proxy import Line, Proxy

PATIENCE_S = 30.0


class TimedOutbox(Outbox):
    """An outbox that remembers how long each of its events waited for its acknowledgement."""

    def __init__(self) -> None:
        super().__init__()
        self._put_at: dict[int, float] = {}
        self.waited_s: list[float] = []
        self.acknowledged_at = 0.0

    def put(self, event: wire.Event) -> None:
        super().put(event)
        self._put_at[self._n] = clock.monotonic()

    def acknowledge(self, upto: int) -> None:
        super().acknowledge(upto)
        now = self.acknowledged_at = clock.monotonic()
        for n in [n for n in self._put_at if n <= upto]:
            self.waited_s.append(now - self._put_at.pop(n))


class Played:
    """`to_controller` carries what it reports, `from_controller` what it is told."""

    def __init__(self, word: str, node: str, zone: str, port: int, proxy: Proxy, controller: str, boot: str = ""):
        name = f"{word}@{node}"
        self.zone = zone
        self.to_controller = proxy.line(f"{name} to controller{boot}", controller)
        self.from_controller = proxy.line(f"controller to {name}{boot}", f"coap://127.0.0.1:{port}")
        self.outbox = TimedOutbox()
        there, here = self.to_controller.uri, self.from_controller.uri
        settings = Settings(node=node, bind="127.0.0.1", port=port, controller=there, announce_uri=here)
        self.process: Process[Settings] = Process(word, settings)
        self.process.zone = zone

    @property
    def name(self) -> str:
        return self.process.name

    @property
    def source(self) -> str:
        """What an event's id begins with."""
        return f"{self.name}/{self.process.boot}"

    @property
    def lines(self) -> tuple[Line, Line]:
        return self.to_controller, self.from_controller

    async def serve(self, handlers: Handlers) -> None:
        served = {row: handlers.get(row, _nobody_asks) for row in wire.rows(self.process.word) if row != wire.HEALTH}
        self.process.deliver(self.outbox)
        await self.process.serve(served)


async def _nobody_asks(_message: Any, _sender: str) -> Any:
    raise NanoError("nobody asks for this here")


class House:
    """`async with`. `place` is labels.yml as the controller gets it (nanoservices/place.py); settings by their names."""

    def __init__(self, folder: Path, place: dict[str, Any], proxy: Proxy, **settings: object):
        self.proxy = proxy
        self._ports = free_ports()
        controller, auth = next(self._ports), next(self._ports)
        self.controller, self._auth_port = f"coap://127.0.0.1:{controller}", auth
        self.to_auth = proxy.line("controller to auth", f"coap://127.0.0.1:{auth}")
        (folder / "place.json").write_text(json.dumps(place))
        told = {"node": "server-1", "place": folder / "place.json", "bind": "127.0.0.1", "port": controller}
        told |= {"data": folder, "auth": self.to_auth.uri, **settings}
        variables = {f"NANO_{name.upper()}": str(value) for name, value in told.items()}
        variables |= environment.inherited() | {"PYTHONPATH": str(ROOT)}
        self.instance = Instance("controller", "server-1", controller, 0, variables, folder / "controller.log")
        self.auth, self.watcher = Endpoint(), Endpoint()
        self.played: list[Played] = []

    async def __aenter__(self) -> "House":
        self.instance.start()
        await self.watcher.open("127.0.0.1", next(self._ports), {})
        await self._until_told(self._is_alive)
        return self

    async def __aexit__(self, *_: object) -> None:
        for played in self.played:
            await played.process.close()
        for endpoint in (self.auth, self.watcher):
            await endpoint.close()
        await self.instance.stop()
        self.proxy.close()

    async def _is_alive(self) -> bool:
        await self.watcher.call(wire.HEALTH, self.controller)
        return True

    async def _is_everybody_known(self) -> bool:
        found = await self.watcher.call(wire.INSTANCES, self.controller)
        return {played.name for played in self.played} <= {f"{known.word}@{known.node}" for known in found.instances}

    async def until_announced(self) -> None:
        await self._until_told(self._is_everybody_known)

    async def _until_told(self, asked: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(NanoError):
                    if await asked():
                        return
                await asyncio.sleep(0.05)

    async def play_auth(self, handlers: Handlers) -> None:
        await self.auth.open("127.0.0.1", self._auth_port, handlers)

    async def play(
        self, word: str, node: str, zone: str, handlers: Handlers, *, boot: str = "",
        cut: Callable[[Line], None] | None = None,
    ) -> Played:  # fmt: skip
        """A service that is there from now on. `boot` tells the lines of a second one of that name apart; `cut` does
        something to the line from the controller before anything goes over it."""
        played = Played(word, node, zone, next(self._ports), self.proxy, self.controller, boot)
        if cut is not None:
            cut(played.from_controller)
        self.played.append(played)
        await played.serve(handlers)
        return played

    async def until(self, holds: Callable[[], bool], what: str, within_s: float = PATIENCE_S) -> None:
        """Wait for what must come about; a test that waits in vain says for what, and shows the controller's last words."""
        until = clock.monotonic() + within_s
        while not holds():
            if clock.monotonic() > until:
                log = "\n".join(self.instance.last_lines(12))
                raise AssertionError(f"not within {within_s:g} s: {what}\n{log}")
            await asyncio.sleep(0.005)


def free_ports() -> Iterator[int]:
    """UDP ports that are free now, below those that the kernel gives to the sockets of lines in between."""
    for port in itertools.count(random.randrange(20_000, 30_000)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port


def percentile(values: list[float], part: float) -> float:
    """The smallest of `values` that `part` of them do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]
