"""A large answer, gathered block by block (RFC 7959), from a server that may lose its thread."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import aiocoap
import aiocoap.error
import pytest
from aiocoap.numbers.codes import Code

from nanoservices import coap
from tests.unit.test_coap import RAW, served


class Script:
    """Answers requests with what it was given, and remembers the blocks it was asked for."""

    def __init__(self, *answers: aiocoap.Message):
        self._answers: Iterator[aiocoap.Message] = iter(answers)
        self.asked: list[Any] = []

    def request(self, request: aiocoap.Message, *, handle_blockwise: bool) -> "Script":
        assert not handle_blockwise
        self.asked.append(None if request.opt.block2 is None else request.opt.block2.block_number)
        return self

    @property
    def response(self) -> "asyncio.Future[aiocoap.Message]":
        future: asyncio.Future[aiocoap.Message] = asyncio.get_running_loop().create_future()
        future.set_result(next(self._answers))
        return future


def block(number: int, text: bytes, *, more: bool, etag: bytes = b"one") -> aiocoap.Message:
    return aiocoap.Message(code=Code.CONTENT, payload=text, block2=(number, more, 0), etag=etag)


def whole(script: Script) -> aiocoap.Message:
    async def scenario() -> aiocoap.Message:
        return await coap._whole(script, aiocoap.Message(code=Code.GET, uri_path=("raw",)))

    return asyncio.run(scenario())


def test_blocks_are_asked_for_in_order_and_put_together() -> None:
    script = Script(block(0, b"a" * 16, more=True), block(1, b"b" * 16, more=True), block(2, b"c", more=False))
    assert whole(script).payload == b"a" * 16 + b"b" * 16 + b"c"
    assert script.asked == [None, 1, 2]


def test_answer_that_becomes_another_one_is_not_mixed() -> None:
    with pytest.raises(aiocoap.error.ResourceChanged):
        whole(Script(block(0, b"a" * 16, more=True), block(1, b"b", more=False, etag=b"two")))


def test_block_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(aiocoap.error.ResourceChanged):
        whole(Script(block(0, b"a" * 16, more=True), block(2, b"c", more=False)))


def test_refusal_between_two_blocks_is_the_answer() -> None:
    gone = aiocoap.Message(code=Code.NOT_FOUND, payload=b"gone")
    assert whole(Script(block(0, b"a" * 16, more=True), gone)) is gone


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 2048, 300_000])
def test_every_size_arrives_whole(size: int) -> None:
    data = os.urandom(size)

    async def raw(_message: None, _sender: str) -> bytes:
        return data

    async def scenario() -> None:
        async with served({RAW: raw}) as (client, uri, _):
            assert await client.call(RAW, uri) == data

    asyncio.run(scenario())
