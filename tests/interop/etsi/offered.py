"""What the plugtest's server offers, as rows and handlers of our door; and the two ways round of a test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from nanoservices import wire
from nanoservices.coap import Endpoint, Handlers
from nanoservices.errors import NotFound
from swarm.demo.supervisor import free_ports
from tests.interop.etsi.peer import Peer

LONGEST_TEST_S = 25
ENOUGH = 20
LARGE_BYTES = bytes(index % 251 for index in range(2900))  # no two blocks alike, and no round number
SEPARATE_S = 0.4


@dataclass(frozen=True)
class Note:
    text: str
    v: Literal[1] = 1


@dataclass(frozen=True)
class Three:
    first: str
    second: str
    third: str


def row(path: str, method: wire.Method, request: Any = None, response: Any = Note, **more: Any) -> wire.Resource:
    rt, interface = more.pop("rt", "etsi.test"), more.pop("interface", "nano.state")
    return wire.Resource("etsi", path, method, (), request, response, rt, interface, **more)


TEST = row("test", "GET")
TEST_PUT = row("test", "PUT", Note)
TEST_POST = row("test", "POST", Note)
SEPARATE = row("separate", "GET")
SEGMENTS = row("seg1/seg2/seg3", "GET")
QUERY = row("query", "GET", Three)
LARGE = row("large", "GET", response=bytes)
LARGE_UPDATE = row("large-update", "PUT", Note)
LARGE_POST = row("large-post", "POST", Note)
OBS = row("obs", "GET", observable=True, rt="etsi.obs")
OBS_PUT = row("obs", "PUT", Note, rt="etsi.obs")
OBS_LARGE = row("obs-large", "GET", response=bytes, observable=True)


@dataclass
class Offered:
    """The state behind the resources. `taken` is every note that a handler was given."""

    endpoint: Endpoint
    port: int
    obs: str = "first"
    large: bytes = LARGE_BYTES
    gone: bool = False
    separately: int = 0
    taken: list[str] = field(default_factory=list)
    more: Handlers = field(default_factory=dict)

    async def start(self) -> None:
        await self.endpoint.open("127.0.0.1", self.port, self.handlers())

    async def restart(self) -> None:
        """All that is not in `self` is lost: who is known, and who observes."""
        await self.endpoint.close()
        self.endpoint = Endpoint()
        await self.start()

    def change(self, obs: str) -> None:
        self.obs = obs
        self.endpoint.changed(OBS)

    def change_large(self, large: bytes) -> None:
        self.large = large
        self.endpoint.changed(OBS_LARGE)

    def delete(self) -> None:
        self.gone = True
        self.endpoint.changed(OBS)

    def handlers(self) -> Handlers:
        return {
            TEST: lambda _message, _sender: Note("tested"),
            TEST_PUT: self._take,
            TEST_POST: self._take,
            SEPARATE: self._separate,
            SEGMENTS: lambda _message, _sender: Note("three deep"),
            QUERY: lambda three, _sender: Note(f"{three.first} {three.second} {three.third}"),
            LARGE: lambda _message, _sender: self.large,
            LARGE_UPDATE: self._take,
            LARGE_POST: self._reverse,
            OBS: self._observed,
            OBS_PUT: self._update,
            OBS_LARGE: lambda _message, _sender: self.large,
            **self.more,
        }

    def _take(self, note: Note, _sender: str) -> Note:
        self.taken.append(note.text)
        return Note("taken")

    def _reverse(self, note: Note, _sender: str) -> Note:
        self.taken.append(note.text)
        return Note(note.text[::-1])

    async def _separate(self, _message: None, _sender: str) -> Note:
        self.separately += 1
        await asyncio.sleep(SEPARATE_S)
        return Note("late")

    def _observed(self, _message: None, _sender: str) -> Note:
        if self.gone:
            raise NotFound("/obs has been deleted")
        return Note(self.obs)

    def _update(self, note: Note, _sender: str) -> Note:
        self.taken.append(note.text)
        assert len(self.taken) < ENOUGH, "a request that was made once is done again and again"
        self.change(note.text)
        return note


@contextlib.asynccontextmanager
async def offered(more: Handlers | None = None) -> AsyncIterator[tuple[Offered, Peer]]:
    """Our door as the server, with `more` beside the usual; the peer is its client and known to it."""
    server = Offered(Endpoint(), free_ports("udp", 1)[0], more=more or {})
    await server.start()
    try:
        with Peer(("127.0.0.1", server.port)) as peer:
            await peer.introduce()
            yield server, peer
    finally:
        await server.endpoint.close()


@contextlib.asynccontextmanager
async def asking() -> AsyncIterator[tuple[Endpoint, Peer]]:
    """Our door as the client; the peer is the server that it is told to ask."""
    door = Endpoint()
    await door.open("127.0.0.1", free_ports("udp", 1)[0], {})
    try:
        with Peer() as peer:
            yield door, peer
    finally:
        await door.close()


@contextlib.contextmanager
def running(call: Coroutine[Any, Any, Any]) -> Iterator["asyncio.Task[Any]"]:
    """A call of the door's under way while the peer looks at it; it is not left behind."""
    task = asyncio.create_task(call)
    try:
        yield task
    finally:
        task.cancel()


def play(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, LONGEST_TEST_S))
