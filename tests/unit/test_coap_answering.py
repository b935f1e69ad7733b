"""Answering over CoAP: once for each request, however often it comes; late, or in blocks (RFC 7252 section 5.2)."""

import asyncio
import logging
from typing import Any

import pytest

from tests.unit.raw_coap import ACK, CON, GET, NON, PUT, Seen, datagram, path, serving
from tests.unit.test_coap import Note, row
from tests.unit.test_coap_guards import HANDLERS, ORDER, WATCHED


class Counting:
    def __init__(self, wait_s: float = 0.0):
        self.calls = 0
        self._wait_s = wait_s

    async def __call__(self, message: Note, _sender: str) -> Note:
        self.calls += 1
        await asyncio.sleep(self._wait_s)
        return Note(f"{message.text} {self.calls}")


def order(kind: int = CON, mid: int = 5, text: str = "on") -> bytes:
    return datagram(kind, PUT, mid, *path("order"), (12, b"\x32"), token=b"token", payload=b'{"text":"%s"}' % text.encode())


def test_repeated_request_is_carried_out_once_and_answered_alike_every_time() -> None:
    handler = Counting()

    async def scenario() -> None:
        async with serving({**HANDLERS, ORDER: handler}) as (peer, _):
            answers = set()
            for _ in range(3):
                peer.send(order())
                answers.add((await peer.next())[0])
            assert len(answers) == 1 and handler.calls == 1
            for _ in range(2):
                peer.send(order(NON, 6))
            assert (await peer.see()).kind == NON
            assert await peer.silence() and handler.calls == 2

    asyncio.run(scenario())


def test_slow_answer_is_announced_then_sent_by_itself_until_it_is_acknowledged() -> None:
    handler = Counting(0.15)

    async def scenario() -> None:
        async with serving({**HANDLERS, ORDER: handler}) as (peer, _):
            await peer.prove()
            peer.send(order())
            peer.send(order())
            empty = await peer.see()
            assert (empty.kind, empty.code, empty.mid) == (ACK, "0.00", 5)
            peer.send(order())
            assert (await peer.see()).code == "0.00"  # still under way
            first, again = await peer.see(), await peer.see()
            assert first == again and (first.kind, first.code, first.token) == (CON, "2.04", b"token")
            peer.send(datagram(ACK, 0, first.mid, token=b""))
            assert await peer.silence(0.6)
            assert handler.calls == 1

    asyncio.run(scenario())


def test_slow_answer_goes_no_more_often_than_it_may_to_a_peer_that_has_not_proved_its_address() -> None:
    async def scenario() -> None:
        async with serving({**HANDLERS, ORDER: Counting(0.15)}, answers_pings=False) as (peer, _):
            peer.send(order())
            sent = 4 + (await peer.see()).size  # and a ping
            while not await peer.silence(0.6):
                sent += len(peer.last)
            assert sent <= 3 * len(order())

    asyncio.run(scenario())


def test_slow_large_answer_comes_in_blocks_after_its_acknowledgement() -> None:
    async def slowly(_message: None, _sender: str) -> bytes:
        await asyncio.sleep(0.15)
        return b"l" * 3000

    slow = row("long", "GET", None, bytes)

    async def scenario() -> None:
        async with serving({WATCHED: HANDLERS[WATCHED], slow: slowly}) as (peer, _):
            await peer.prove()
            peer.send(datagram(CON, GET, 5, *path("long")))
            assert (await peer.see()).code == "0.00"
            first = await peer.see()
            assert first.code == "2.05" and first.says.block2 is not None and first.says.block2.more
            assert first.kind != ACK and len(first.payload) == 1024

    asyncio.run(scenario())


def test_one_peer_can_use_every_message_id_again_at_once() -> None:
    async def scenario() -> None:
        sent: list[bytes] = []
        async with serving(HANDLERS) as (_, endpoint):
            server: Any = endpoint._server
            server._socket = type(
                "Wire", (), {"send": lambda _self, data, *_: sent.append(data), "close": lambda _self: None}
            )()
            for number in range(70_000):
                server.request(
                    datagram(CON, GET, number & 0xFFFF, *path("small"), token=number.to_bytes(8, "big")),
                    ("192.0.2.1", 9),
                    [],
                    True,
                )
            assert len(sent) == 70_000
            assert all(answer[2:4] == (number & 0xFFFF).to_bytes(2, "big") for number, answer in enumerate(sent))
            assert len(server._answers) < 12_000  # what it remembers of them is bounded

    asyncio.run(scenario())


def test_block_that_does_not_follow_the_last_is_4_08_and_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            for mid, number in enumerate((0, 2)):
                value = (number << 4 | 8).to_bytes(1, "big")
                peer.send(datagram(CON, PUT, mid, *path("order"), (12, b"\x32"), (27, value), payload=b"x" * 16))
                assert (await peer.see()).code == ("2.31", "4.08")[mid]

    asyncio.run(scenario())
    assert "Traceback" not in caplog.text


def test_token_that_is_used_again_before_its_answer_belongs_to_the_newer_request(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            await peer.prove()
            for mid in range(20):
                peer.send(datagram(CON, GET, mid, *path("watched"), (23, b"\x06")))
            last: list[Seen] = []
            peer.send(datagram(CON, GET, 99, *path("watched"), token=b"other"))
            while (answer := await peer.see()).mid != 99:
                last.append(answer)
            assert last and {each.code for each in last} == {"2.05"}

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert not caplog.records
