"""Asks peers over CoAP: the message layer of RFC 7252 section 4 from the asking side, and bodies of many blocks.

Every request is confirmable. It is sent again until something answers it, at intervals that stay short: the caller's
budget ends it, nothing else has to. Whoever gives up leaves nothing behind that keeps sending.
"""

import asyncio
import os
import random
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from nanoservices import coap_options
from nanoservices.coap_memory import Address
from nanoservices.coap_options import BLOCK1, BLOCK2, ECHO, LARGEST_BLOCK, REQUEST_TAG, SIZE1, Asked, Block, uint

Options = tuple[tuple[int, bytes], ...]

ACK_TIMEOUT_S = 0.25
AGAIN_S = 0.375  # and every such time after that: a peer that is back is heard of in half a second
SPREAD = 0.2  # of each wait, either way, so that many do not send in step
MOST_SENDING_S = 10.0  # a message is not repeated for longer, whatever the budget: peers forget
NSTART = 16  # outstanding requests to one peer; RFC 7252 section 4.7 has 1, which puts all behind a lost one
MOST_ANSWER = 64_000_000
MOST_BEGINNINGS = 8  # of one large answer that becomes another one while it is fetched
GET, UNAUTHORIZED, TOO_LARGE = 1, 0x81, 0x8D


class Answer(NamedTuple):
    code: int
    payload: bytes
    says: Asked

    @property
    def dotted(self) -> str:
        return f"{self.code >> 5}.{self.code & 31:02d}"

    @property
    def successful(self) -> bool:
        return self.code >> 5 == 2

    @property
    def goes_on(self) -> bool:
        return self.successful and self.says.block2 is not None and self.says.block2.more


class Lost(OSError):
    """The exchange came to nothing: reset, or answered with what is no answer."""


class _Replaced(Lost):
    """The rest of a large answer is no longer there: what is asked about has become another one meanwhile."""


@dataclass(eq=False, slots=True)
class _Exchange:
    peer: Address
    mid: int
    datagram: bytes
    answer: "asyncio.Future[Answer]"
    began: float
    timer: asyncio.TimerHandle | None = None


@dataclass
class Client:
    """`send(datagram, peer)` puts on the wire; `message_id` gives the next one of this endpoint."""

    send: Callable[[bytes, Address], None]
    message_id: Callable[[], int]
    _by_token: dict[tuple[Address, bytes], _Exchange] = field(default_factory=dict)
    _by_mid: dict[tuple[Address, int], _Exchange] = field(default_factory=dict)
    _echoes: dict[Address, bytes] = field(default_factory=dict)
    _slots: "weakref.WeakValueDictionary[Address, asyncio.Semaphore]" = field(default_factory=weakref.WeakValueDictionary)

    async def ask(self, peer: Address, code: int, options: Options, payload: bytes = b"") -> Answer:
        """The peer's whole answer to a whole request, in as many datagrams as that takes. OSError when there is none.

        No time is bounded here: that is the caller's.
        """
        if len(payload) > 1 << LARGEST_BLOCK + 4:
            options = (*options, (REQUEST_TAG, os.urandom(4)))  # apart from another body to the same place (RFC 9175)
            answer = await self._send_blocks(peer, code, options, payload)
        else:
            answer = await self._proving(peer, code, options, payload)
        for _ in range(MOST_BEGINNINGS - 1 if code == GET else 0):  # what else was done once is not done again
            try:
                return await self._whole(peer, code, options, answer)
            except _Replaced:
                answer = await self._proving(peer, code, options, payload)
        return await self._whole(peer, code, options, answer)

    async def _proving(self, peer: Address, code: int, options: Options, payload: bytes) -> Answer:
        """Ask, and show that this address is ours where the peer wants to see it (RFC 9175 section 2.3)."""
        answer = await self._exchange(peer, code, options, payload)
        if answer.says.echo is None:
            return answer
        self._echoes[peer] = answer.says.echo
        block = answer.says.block2
        in_crumbs = code == GET and answer.goes_on and block is not None and block.exponent < LARGEST_BLOCK
        if answer.code == UNAUTHORIZED or in_crumbs:
            answer = await self._exchange(peer, code, options, payload)
        return answer

    async def _send_blocks(self, peer: Address, code: int, options: Options, payload: bytes) -> Answer:
        """A large request (RFC 7959 section 2.5)."""
        start, exponent = 0, LARGEST_BLOCK
        while True:
            size = 1 << exponent + 4
            block = Block(start >> exponent + 4, start + size < len(payload), exponent)
            more: Options = ((BLOCK1, uint(block.value)), (SIZE1, uint(len(payload))))
            answer = await self._proving(peer, code, options + more[: 2 if start == 0 else 1], payload[start : start + size])
            granted = answer.says.block1
            smaller = granted is not None and granted.exponent < exponent
            if answer.code == TOO_LARGE and start == 0 and granted is not None and smaller:
                exponent = granted.exponent
                continue
            if not block.more or not answer.successful:
                return answer
            if granted is None:  # a yes to one block of a body is not one to the body
                raise Lost("it takes no body of more than one block")
            start += size
            exponent = granted.exponent if smaller else exponent

    async def _whole(self, peer: Address, code: int, options: Options, first: Answer) -> Answer:
        """The answer, when it is a large one block after block (RFC 7959 section 2.4)."""
        if not first.goes_on:
            return first
        gathered, answer = bytearray(), first
        while answer.successful and (block := answer.says.block2) is not None:
            size = 1 << block.exponent + 4
            odd = block.more and len(answer.payload) != size
            if block.start != len(gathered) or answer.says.etag != first.says.etag or odd:
                raise _Replaced("another answer began before this one was whole")
            gathered += answer.payload
            if len(gathered) > MOST_ANSWER:
                raise Lost(f"its answer has more than {MOST_ANSWER} bytes")
            if not block.more:
                return answer._replace(payload=bytes(gathered))
            wanted = Block(block.number + 1, False, block.exponent)
            answer = await self._exchange(peer, code, (*options, (BLOCK2, uint(wanted.value))), b"")
        return answer

    async def _exchange(self, peer: Address, code: int, options: Options, payload: bytes) -> Answer:
        """One request, one answer."""
        echo = self._echoes.pop(peer, None)
        if echo is not None:
            options = (*options, (ECHO, echo))
        slots = self._slots.get(peer)
        if slots is None:
            slots = self._slots[peer] = asyncio.Semaphore(NSTART)
        async with slots:
            return await self._answer(peer, code, coap_options.encoded(*sorted(options, key=_number)), payload)

    async def _answer(self, peer: Address, code: int, options: bytes, payload: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        mid, token = self.message_id(), os.urandom(8)  # nobody who does not see the request can answer it
        head = bytes((0x48, code, mid >> 8, mid & 255)) + token + options
        exchange = _Exchange(peer, mid, head + b"\xff" + payload if payload else head, loop.create_future(), loop.time())
        self._by_token[peer, token] = self._by_mid[peer, mid] = exchange
        try:
            self._transmit(exchange, ACK_TIMEOUT_S)
            return await exchange.answer
        finally:
            self._by_token.pop((peer, token), None)
            if self._by_mid.get((peer, mid)) is exchange:
                del self._by_mid[peer, mid]
            _quiet(exchange)

    def _transmit(self, exchange: _Exchange, wait_s: float) -> None:
        loop = exchange.answer.get_loop()
        self.send(exchange.datagram, exchange.peer)
        if loop.time() - exchange.began < MOST_SENDING_S:
            wait_s *= random.uniform(1 - SPREAD, 1 + SPREAD)
            exchange.timer = loop.call_later(wait_s, self._transmit, exchange, AGAIN_S)

    def response(self, peer: Address, kind: int, mid: int, token: bytes, answer: Answer) -> bool:
        """Whether an answer that came in is one to a request under way. `kind`: CON 0, NON 1, ACK 2."""
        exchange = self._by_token.get((peer, token))
        if exchange is None or (kind == 2 and exchange.mid != mid):
            return False
        if not exchange.answer.done():
            exchange.answer.set_result(answer)
        _quiet(exchange)
        return True

    def acknowledged(self, peer: Address, mid: int) -> bool:
        """An empty acknowledgement: the request is there, its answer comes later. Whether it was one of ours."""
        exchange = self._by_mid.get((peer, mid))
        if exchange is not None:
            _quiet(exchange)
        return exchange is not None

    def reset(self, peer: Address, mid: int) -> bool:
        exchange = self._by_mid.get((peer, mid))
        if exchange is not None and not exchange.answer.done():
            exchange.answer.set_exception(Lost("it does not know what to do with the message (reset)"))
        return exchange is not None

    def failed(self, error: OSError, peer: Address) -> None:
        """What was sent to this peer cannot arrive, says the network."""
        for exchange in list(self._by_mid.values()):
            if exchange.peer == peer and not exchange.answer.done():
                exchange.answer.set_exception(error)

    def close(self) -> None:
        for exchange in list(self._by_mid.values()):
            if not exchange.answer.done():
                exchange.answer.set_exception(Lost("this endpoint is closed"))
            _quiet(exchange)


def _number(option: tuple[int, bytes]) -> int:
    return option[0]


def _quiet(exchange: _Exchange) -> None:
    if exchange.timer is not None:
        exchange.timer.cancel()
