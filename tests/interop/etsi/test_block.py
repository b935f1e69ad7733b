"""TD_COAP_BLOCK: bodies of many blocks. Our door is the server."""

import json

import pytest

from tests.interop.etsi.blocks import gather, part, send
from tests.interop.etsi.messages import (
    BLOCK1,
    BLOCK2,
    CON,
    CONTENT_FORMAT,
    ETAG,
    GET,
    JSON,
    LARGEST,
    OCTETS,
    POST,
    PUT,
    REQUEST_TAG,
    Options,
    block,
)
from tests.interop.etsi.offered import LARGE_BYTES, offered, play
from tests.interop.etsi.peer import Peer

pytestmark = pytest.mark.interop
LONG = "".join(f"{number:04d} " for number in range(400))  # 2000 letters, no two blocks alike
LONG_NOTE = json.dumps({"text": LONG, "v": 1}).encode()
FORM: Options = ((CONTENT_FORMAT, bytes([JSON])),)


@pytest.mark.parametrize("exponent", [2, 4, LARGEST])
def test_td_coap_block_01_get_of_a_large_resource_in_blocks_agreed_early(exponent: int) -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            first = await peer.exchange(GET, "large", options=((BLOCK2, block(0, False, exponent)),))
            assert (first.block(BLOCK2), first.number(CONTENT_FORMAT)) == ((0, True, exponent), OCTETS)
            assert await gather(peer, "large", first, exponent) == LARGE_BYTES

    play(scenario())


@pytest.mark.parametrize("exponent", [LARGEST, 3])
def test_td_coap_block_02_get_of_a_large_resource_in_blocks_agreed_late(exponent: int) -> None:
    """The client did not know that it is large; it may go on in smaller blocks than the first came in."""

    async def scenario() -> None:
        async with offered() as (_, peer):
            first = await peer.exchange(GET, "large")
            assert (first.said, first.block(BLOCK2)) == ("2.05", (0, True, LARGEST))
            assert await gather(peer, "large", first, exponent) == LARGE_BYTES

    play(scenario())


@pytest.mark.parametrize("exponent", [3, LARGEST])
def test_td_coap_block_03_put_of_a_large_resource(exponent: int) -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            answer = await send(peer, PUT, "large-update", LONG_NOTE, exponent)
            assert (answer.said, json.loads(answer.payload)["text"]) == ("2.04", "taken")
            assert server.taken == [LONG]

    play(scenario())


def test_td_coap_block_03_repeated_block_is_taken_once() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            for number in (0, 1):
                data, more = part(LONG_NOTE, number, LARGEST)
                said = peer.ask(CON, PUT, "large-update", b"\x05", ((BLOCK1, block(number, more, LARGEST)),), data)
                answer = await peer.hear()
                peer.say(said)  # the answer was lost
                assert await peer.hear() == answer
            assert server.taken == [LONG]

    play(scenario())


def test_td_coap_block_03_missing_block_is_4_08_and_changes_nothing() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            for number, more, said in ((0, True, "2.31"), (2, False, "4.08")):
                data = LONG_NOTE[number * 64 : (number + 1) * 64]
                answer = await peer.exchange(PUT, "large-update", b"\x06", ((BLOCK1, block(number, more, 2)),), data)
                assert answer.said == said
            assert server.taken == []
            assert (await send(peer, PUT, "large-update", LONG_NOTE, 4)).said == "2.04"  # and starts again from the beginning

    play(scenario())


@pytest.mark.parametrize("tagged", [False, True])
def test_td_coap_block_03_two_bodies_at_the_same_time_are_not_mixed(tagged: bool) -> None:
    """Of two clients, or of one that tells them apart with Request-Tag (RFC 9175 section 3)."""

    async def scenario() -> None:
        async with offered() as (server, peer):
            with Peer(peer.address) as other:
                await other.introduce()
                bodies = {letter: b'{"text":"' + letter.encode() * 200 + b'"}' for letter in "ab"}
                for number in range(4):
                    for letter, body in bodies.items():
                        data, more = part(body, number, 2)
                        tag: Options = ((REQUEST_TAG, letter.encode()),) if tagged else ()
                        sender = peer if tagged or letter == "a" else other
                        options = ((BLOCK1, block(number, more, 2)), *tag)
                        answer = await sender.exchange(PUT, "large-update", options=options, payload=data)
                        assert answer.said == ("2.31" if more else "2.04")
            assert server.taken == ["a" * 200, "b" * 200]

    play(scenario())


def test_td_coap_block_05_post_that_is_large_both_ways() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            answer = await send(peer, POST, "large-post", LONG_NOTE, 5)
            assert (answer.block(BLOCK2) or (9, False, 9))[:2] == (0, True)
            body = await gather(peer, "large-post", answer, 5, POST, FORM, "2.04")
            assert json.loads(body)["text"] == LONG[::-1]
            assert server.taken == [LONG]  # and not once for every block of the answer

    play(scenario())


def test_td_coap_block_06_get_of_a_large_resource_in_blocks_of_16_bytes() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            first = await peer.exchange(GET, "large", options=((BLOCK2, block(0, False, 0)),))
            assert (first.block(BLOCK2), len(first.payload)) == ((0, True, 0), 16)
            assert await gather(peer, "large", first, 0) == LARGE_BYTES

    play(scenario())


def test_td_coap_block_01_any_block_may_be_asked_for_first() -> None:
    """As by a client whose server has started anew under it: the tag says whether it is still the same state."""

    async def scenario() -> None:
        async with offered() as (server, peer):
            first = await peer.exchange(GET, "large")
            for number in (2, 1):
                await server.restart()
                await peer.introduce()
                answer = await peer.exchange(GET, "large", options=((BLOCK2, block(number, False, LARGEST)),))
                data, more = part(LARGE_BYTES, number, LARGEST)
                assert (answer.said, answer.block(BLOCK2), answer.payload) == ("2.05", (number, more, LARGEST), data)
                assert answer.all(ETAG) == first.all(ETAG) != []
            beyond = await peer.exchange(GET, "large", options=((BLOCK2, block(9, False, LARGEST)),))
            assert beyond.said.startswith("4.")

    play(scenario())


def test_td_coap_block_01_small_resource_is_whole_in_its_first_block() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            answer = await peer.exchange(GET, "test", options=((BLOCK2, block(0, False, LARGEST)),))
            assert answer.said == "2.05" and answer.block(BLOCK2) in (None, (0, False, LARGEST))
            assert json.loads(answer.payload)["text"] == "tested"

    play(scenario())


def test_td_coap_block_02_blocks_of_two_states_are_never_mixed() -> None:
    """The resource changes while a client gathers it."""

    async def scenario() -> None:
        async with offered() as (server, peer):
            server.large = b"1" * 2900
            first = await peer.exchange(GET, "large")
            server.large = b"2" * 2900
            assert await gather(peer, "large", first, LARGEST) == b"1" * 2900

    play(scenario())
