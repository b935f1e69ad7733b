"""Observing over CoAP: who is told of which change, in which order, and when they are forgotten (RFC 7641)."""

import asyncio
from typing import Any

import pytest
from aiocoap.numbers.constants import TransportTuning

from tests.unit.raw_coap import ACK, CON, GET, NON, RST, datagram, path, serving
from tests.unit.test_coap import Note
from tests.unit.test_coap_guards import HANDLERS, WATCHED


def test_observer_is_told_of_changes_and_of_large_ones_block_by_block() -> None:
    texts = iter(["first", "second", "x" * 3000])
    handlers = {**HANDLERS, WATCHED: lambda _message, _sender: Note(next(texts))}

    async def scenario() -> None:
        async with serving(handlers) as (peer, endpoint):
            peer.send(datagram(CON, GET, 2, (6, b""), *path("watched"), token=b"obs"))
            assert b"first" in (await peer.see()).payload
            for text, blocks in (("second", False), ("x" * 1000, True)):
                endpoint.changed(WATCHED)
                notice = await peer.see()
                assert notice.kind == CON and notice.token == b"obs" and text.encode() in notice.payload
                assert (notice.says.block2 is not None) == blocks and notice.says.observe
                peer.send(datagram(ACK, 0, notice.mid, token=b""))
            peer.send(datagram(CON, GET, 3, *path("watched"), (23, b"\x16"), token=b"more"))
            assert (await peer.see()).payload == b"x" * 1024

    asyncio.run(scenario())


def test_observer_that_registers_again_gets_a_higher_number() -> None:
    async def scenario() -> list[int]:
        async with serving(HANDLERS) as (peer, _):
            await peer.prove()
            numbers = []
            for mid in range(3):
                peer.send(datagram(CON, GET, mid, (6, b""), *path("watched"), token=b"obs"))
                numbers.append((await peer.see()).says.observe or 0)
            return numbers

    numbers = asyncio.run(scenario())
    assert numbers == sorted(set(numbers))


def test_change_that_changes_nothing_is_not_told() -> None:
    states = iter(["one", "one", "two"])

    async def scenario() -> None:
        async with serving({**HANDLERS, WATCHED: lambda _message, _sender: Note(next(states))}) as (peer, endpoint):
            await peer.prove()
            peer.send(datagram(CON, GET, 2, (6, b""), *path("watched"), token=b"obs"))
            assert b"one" in (await peer.see()).payload
            endpoint.changed(WATCHED)
            assert await peer.silence(0.1)
            endpoint.changed(WATCHED)
            assert b"two" in (await peer.see()).payload

    asyncio.run(scenario())


def test_block_of_a_state_that_is_not_kept_any_more_is_of_the_one_now() -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            await peer.prove()
            peer.send(datagram(CON, GET, 2, *path("long"), (23, b"\x36")))
            answer = await peer.see()
            assert (answer.code, answer.payload) == ("2.05", b"l" * 1024)
            peer.send(datagram(CON, GET, 3, *path("long"), (23, b"\x0f\xf6")))
            assert (await peer.see()).code == "4.00"

    asyncio.run(scenario())


def test_of_many_changes_an_observer_gets_the_newest_after_the_one_it_has_not_acknowledged() -> None:
    states = iter(range(100))
    handlers = {**HANDLERS, WATCHED: lambda _message, _sender: Note(f"state {next(states)}")}

    async def scenario() -> None:
        async with serving(handlers) as (peer, endpoint):
            await peer.prove()
            peer.send(datagram(NON, GET, 1, (6, b""), *path("watched"), token=b"obs"))
            assert (await peer.see()).kind == NON
            for _ in range(10):
                endpoint.changed(WATCHED)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            first = await peer.see()
            assert first.kind == CON and b"state 1" in first.payload
            peer.send(datagram(ACK, 0, first.mid, token=b""))
            last = await peer.see()
            assert b"state 10" in last.payload and (last.says.observe or 0) > (first.says.observe or 0)
            peer.send(datagram(ACK, 0, last.mid, token=b""))
            assert await peer.silence(0.3)

    asyncio.run(scenario())


def test_blocks_of_two_states_have_two_tags_and_a_state_that_is_known_is_not_sent_again() -> None:
    states = iter("aabb")
    handlers = {**HANDLERS, WATCHED: lambda _message, _sender: Note(next(states) * 3000)}

    async def scenario() -> None:
        async with serving(handlers) as (peer, _):
            await peer.prove()
            tags = []
            for mid in range(3):
                peer.send(datagram(CON, GET, mid, *path("watched")))
                tags.append((await peer.see()).says.etag)
            assert tags[0] == tags[1] != tags[2] and tags[2] is not None
            peer.send(datagram(CON, GET, 9, (4, tags[2]), *path("watched")))
            valid = await peer.see()
            assert (valid.code, valid.payload, valid.says.etag) == ("2.03", b"", tags[2])

    asyncio.run(scenario())


@pytest.mark.parametrize("farewell", ["reset", "silence", "gone"])
def test_observer_that_is_gone_is_forgotten(farewell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransportTuning, "MAX_RETRANSMIT", 1)  # 4: that would take 8 s

    async def scenario() -> None:
        states = iter("abc")
        async with serving({**HANDLERS, WATCHED: lambda _message, _sender: Note(next(states))}) as (peer, endpoint):
            await peer.prove()
            peer.send(datagram(CON, GET, 2, (6, b""), *path("watched"), token=b"obs"))
            assert (await peer.see()).says.observe
            watched: Any = endpoint._resources["watched"]
            assert len(watched._observations) == 1
            if farewell == "gone":
                peer.socket.close()
            endpoint.changed(WATCHED)
            if farewell == "reset":
                peer.send(datagram(RST, 0, (await peer.see()).mid, token=b""))
            for _ in range(200):
                await asyncio.sleep(0.01)
                if not watched._observations:
                    return
            raise AssertionError("it is still observed")

    asyncio.run(scenario())
