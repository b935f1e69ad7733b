"""Bodies of many blocks (RFC 7959), both ways, with a peer that may lose its thread."""

import asyncio
import itertools
import os
from collections.abc import Iterator

import pytest

from nanoservices.coap_client import MOST_BEGINNINGS, Answer, Client, Lost, Options
from nanoservices.coap_options import BLOCK1, BLOCK2, Asked, Block, understand
from tests.unit.test_coap import PUT, RAW, Note, echo, served

THERE = "192.0.2.1", 5683
GET_, PUT_ = 1, 3
CONTENT, CHANGED, CONTINUE, NOT_FOUND, TOO_LARGE = 0x45, 0x44, 0x5F, 0x84, 0x8D


class Script(Client):
    """Answers requests with what it was given, and remembers the blocks it was asked for or sent."""

    def __init__(self, *answers: Answer):
        super().__init__(lambda _datagram, _peer: None, lambda: 0)
        self._script: Iterator[Answer] = iter(answers)
        self.asked: list[int | None] = []
        self.sent: list[tuple[int, bool, int, bytes]] = []

    async def _exchange(self, peer: tuple[str, int], code: int, options: Options, payload: bytes) -> Answer:
        blocks = {number: value for number, value in options if number in (BLOCK1, BLOCK2)}
        numbers = {number: int.from_bytes(value, "big") for number, value in blocks.items()}
        self.asked.append(numbers[BLOCK2] >> 4 if BLOCK2 in numbers else None)
        if BLOCK1 in numbers:
            self.sent.append((numbers[BLOCK1] >> 4, bool(numbers[BLOCK1] & 8), numbers[BLOCK1] & 7, payload))
        return next(self._script)

    def whole(self, payload: bytes = b"") -> Answer:
        return asyncio.run(self.ask(THERE, PUT_ if payload else GET_, (), payload))


def block(number: int, text: bytes, *, more: bool, etag: bytes = b"one") -> Answer:
    return Answer(CONTENT, text, Asked(block2=Block(number, more, 0), etag=etag))


def taken(number: int, code: int = CONTINUE, exponent: int = 6) -> Answer:
    return Answer(code, b"", Asked(block1=Block(number, True, exponent)))


def test_blocks_are_asked_for_in_order_and_put_together() -> None:
    script = Script(block(0, b"a" * 16, more=True), block(1, b"b" * 16, more=True), block(2, b"c", more=False))
    assert script.whole().payload == b"a" * 16 + b"b" * 16 + b"c"
    assert script.asked == [None, 1, 2]


@pytest.mark.parametrize(
    "second",
    [
        block(1, b"b", more=False, etag=b"two"),
        block(2, b"c", more=False),
        block(0, b"a" * 16, more=True),
        Answer(CONTENT, b"", Asked(block2=Block(1, True, 0), etag=b"one")),  # for ever and ever
    ],
)
def test_answer_that_becomes_another_one_is_not_mixed(second: Answer) -> None:
    with pytest.raises(Lost, match="before this one was whole"):
        Script(*(block(0, b"a" * 16, more=True), second) * MOST_BEGINNINGS).whole()


def test_what_changes_while_it_is_fetched_is_fetched_anew() -> None:
    news = block(0, b"A" * 16, more=True, etag=b"two"), block(1, b"B", more=False, etag=b"two")
    script = Script(block(0, b"a" * 16, more=True), news[1], *news)
    assert asyncio.run(script.ask(THERE, GET_, ())).payload == b"A" * 16 + b"B"
    assert script.asked == [None, 1, None, 1]


def test_what_changes_for_ever_is_given_up() -> None:
    script = Script(*(block(number % 2, b"a" * 16, more=True, etag=b"%d" % number) for number in range(100)))
    with pytest.raises(Lost, match="before this one was whole"):
        asyncio.run(script.ask(THERE, GET_, ()))
    assert len(script.asked) == 2 * MOST_BEGINNINGS


def test_what_was_done_once_is_not_done_again_because_its_answer_was_not_whole() -> None:
    script = Script(block(0, b"a" * 16, more=True), block(1, b"b", more=False, etag=b"two"))
    with pytest.raises(Lost, match="before this one was whole"):
        asyncio.run(script.ask(THERE, PUT_, (), b"x"))
    assert script.asked == [None, 1]


def test_refusal_between_two_blocks_is_the_answer() -> None:
    gone = Answer(NOT_FOUND, b"gone", Asked())
    assert Script(block(0, b"a" * 16, more=True), gone).whole() is gone


def test_large_request_is_sent_block_by_block() -> None:
    script = Script(taken(0), taken(1), Answer(CHANGED, b"", Asked()))
    assert script.whole(b"x" * 2500).code == CHANGED
    assert [(number, more, len(piece)) for number, more, _, piece in script.sent] == [
        (0, True, 1024),
        (1, True, 1024),
        (2, False, 452),
    ]


def test_peer_that_wants_smaller_blocks_gets_the_rest_in_those() -> None:
    script = Script(taken(0, exponent=5), *(taken(number, exponent=5) for number in (2, 3)), Answer(CHANGED, b"", Asked()))
    script.whole(b"x" * 2500)
    assert [(number, exponent) for number, _, exponent, _ in script.sent] == [(0, 6), (2, 5), (3, 5), (4, 5)]
    assert b"".join(piece for *_, piece in script.sent) == b"x" * 2500


def test_peer_for_whom_the_first_block_is_too_large_gets_a_smaller_one() -> None:
    script = Script(taken(0, TOO_LARGE, 2), *(taken(number, exponent=2) for number in range(16)), Answer(CHANGED, b"", Asked()))
    script.whole(b"x" * 1050)
    assert b"".join(piece for *_, piece in script.sent[1:]) == b"x" * 1050


def test_peer_that_takes_each_block_by_itself_gets_them_all() -> None:
    script = Script(taken(0, CHANGED), taken(1, CHANGED), taken(2, CHANGED))
    assert script.whole(b"x" * 2500).code == CHANGED
    assert len(script.sent) == 3


def test_yes_to_the_first_block_alone_is_not_one_to_the_whole() -> None:
    with pytest.raises(Lost, match="no body of more than one block"):
        Script(Answer(CHANGED, b"", Asked())).whole(b"x" * 2500)


def test_refusal_of_a_block_ends_the_sending() -> None:
    script = Script(taken(0), Answer(TOO_LARGE, b"no", Asked()))
    assert script.whole(b"x" * 5000).code == TOO_LARGE
    assert len(script.sent) == 2


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 2048, 300_000])
def test_every_size_arrives_whole(size: int) -> None:
    data = os.urandom(size)

    async def raw(_message: None, _sender: str) -> bytes:
        return data

    async def scenario() -> None:
        async with served({RAW: raw}) as (client, uri, _):
            assert await client.call(RAW, uri) == data

    asyncio.run(scenario())


def test_several_readers_at_one_endpoint_get_whole_what_is_another_at_every_look() -> None:
    looks = itertools.count(ord("a"))

    async def raw(_message: None, _sender: str) -> bytes:
        return bytes([next(looks)]) * 3000

    async def scenario() -> None:
        async with served({RAW: raw}) as (client, uri, _):
            read = await asyncio.gather(*(client.call(RAW, uri) for _ in range(4)))
            assert all(len(each) == 3000 and len(set(each)) == 1 for each in read)

    asyncio.run(scenario())


def test_two_large_requests_at_once_are_not_mixed() -> None:
    async def scenario() -> None:
        async with served({PUT: echo}) as (client, uri, _):
            notes = [Note(letter * 9000) for letter in "abcdefgh"]
            assert await asyncio.gather(*(client.call(PUT, uri, note) for note in notes)) == notes

    asyncio.run(scenario())


def test_request_larger_than_any_payload_is_told_so_before_it_is_whole() -> None:
    async def scenario() -> None:
        async with served({PUT: echo}) as (client, uri, _):
            with pytest.raises(Exception, match=r"4\.13 more than the 65536 bytes"):
                await client.call(PUT, uri, Note("x" * 70_000))

    asyncio.run(scenario())


def test_block_of_a_reserved_size_is_refused() -> None:
    assert understand(b"\xd1\x0a\x07").refusal is not None
