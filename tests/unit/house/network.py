"""The network between the services: it may lose, repeat, delay and reorder every request and every answer.

An End stands where an Endpoint of nanoservices/coap.py does, without its memory of requests: what comes twice is done twice.
"""

import asyncio
import contextvars
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nanoservices import wire
from nanoservices.coap import Handlers
from nanoservices.errors import NanoError, PeerRefused, PeerSilent
from nanoservices.payload import decode, encode, plain, read
from tests.unit.house.turning import Owner, Turning

LATE_S = 12.0  # the longest that anything is under way
SENT_AGAIN_S = (0.0, 0.25, 0.75)
BUDGET_S = 2.0
_NOBODY = contextvars.Context()  # what is under way does not die with who sent it


@dataclass(frozen=True)
class Weather:
    """`lost` and `twice` are the parts of all datagrams; `late` the part that takes up to LATE_S, not `slow_s`."""

    lost: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    slow_s: float = 0.02


CLEAR = Weather()
ROUGH = Weather(lost=0.3, twice=0.3, late=0.1, slow_s=0.4)
WILD = Weather(lost=0.6, twice=0.5, late=0.4, slow_s=3.0)
DOWN = Weather(lost=1.0)


class Witness:
    """Who is told of everything that is said. `End`s are named word@node."""

    def asked(self, sender: "End", row: wire.Resource, message: Any) -> None:
        """A request is about to leave, for the first time."""

    def served(self, end: "End", row: wire.Resource, message: Any, answer: Any) -> None:
        """A request has been carried out, and its answer is about to leave."""

    def answered(self, sender: "End", row: wire.Resource, message: Any, answer: Any) -> None:
        """The answer has arrived at who had asked."""


class Network:
    def __init__(self, loop: Turning, chance: random.Random, witness: Witness):
        self.loop, self.chance, self.witness = loop, chance, witness
        self.weather = CLEAR
        self.cut: set[str] = set()  # nodes that nobody reaches
        self.ends: dict[str, End] = {}  # by address
        self.faults: list[BaseException] = []

    def carry(self, sender: Owner, receiver: Owner, arrive: Callable[[], None]) -> None:
        """One datagram, which may arrive never or more than once."""
        weather, chance = self.weather, self.chance
        nodes = {owner.name.partition("@")[2] for owner in (sender, receiver)}
        if len(nodes) > 1 and nodes & self.cut:
            return
        copies = 0 if chance.random() < weather.lost else 1
        copies += chance.random() < weather.twice
        for _ in range(copies):
            longest = LATE_S if chance.random() < weather.late else weather.slow_s
            self.loop.call_later(chance.uniform(0.001, longest), arrive, context=_NOBODY)


class End:
    refused = 0

    def __init__(self, network: Network, owner: Owner):
        self.owner, self.name = owner, owner.name
        self.address = address(owner.name)
        self._network = network
        self._handlers: Handlers = {}

    async def open(self, _bind: str, _port: int, handlers: Handlers) -> None:
        self._handlers = handlers
        self._network.ends[self.address] = self

    async def close(self) -> None:
        self._handlers = {}

    def changed(self, row: wire.Resource) -> None:
        """Nobody observes."""

    async def call(
        self, row: wire.Resource, uri: str, message: Any = None, *, peer: str | None = None, budget_s: float = BUDGET_S
    ) -> Any:
        network = self._network
        answer: asyncio.Future[tuple[str | None, Any]] = network.loop.create_future()
        body = plain(message) if row.method == "GET" else encode(message)

        def send() -> None:
            there = network.ends.get(uri)
            if not answer.done() and there is not None:
                network.carry(self.owner, there.owner, lambda: there.take(row, body, self, answer))

        network.witness.asked(self, row, message)
        timers = [network.loop.call_later(wait_s, send) for wait_s in SENT_AGAIN_S]
        try:
            async with asyncio.timeout(budget_s):
                code, data = await answer
        except TimeoutError:
            raise PeerSilent(peer or uri, "no answer") from None
        finally:
            answer.cancel()
            for timer in timers:
                timer.cancel()
        if code is not None:
            raise PeerRefused(peer or uri, code, data)
        result = data if row.response is bytes else decode(row.response, data)
        network.witness.answered(self, row, message, result)
        return result

    def take(self, row: wire.Resource, body: Any, sender: "End", answer: "asyncio.Future[Any]") -> None:
        """A request arrives."""
        if self.owner.is_alive and row in self._handlers:
            self.owner.spawn(self._serve(row, body, sender, answer))

    async def _serve(self, row: wire.Resource, body: Any, sender: "End", answer: "asyncio.Future[Any]") -> None:
        try:
            shape: Any = row.request
            message = None if shape is None else read(shape, body) if row.method == "GET" else decode(shape, body)
            result = await self._handlers[row](message, sender.address)
            self._network.witness.served(self, row, message, result)
            found = None, result if row.response is bytes else encode(result)
        except NanoError as error:
            found = error.code, str(error)
        except Exception as error:
            self._network.faults.append(error)
            raise

        def arrive() -> None:
            if sender.owner.is_alive and not answer.done():
                answer.set_result(found)

        if self.owner.is_alive:
            self._network.carry(self.owner, sender.owner, arrive)


def address(name: str) -> str:
    word, _, node = name.partition("@")
    return f"coap://{word}.{node}"
