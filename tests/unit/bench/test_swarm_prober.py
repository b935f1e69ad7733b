"""The prober of bench.swarm: what it waits for, and that it waits no longer than it is told to."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from bench.swarm import prober
from nanoservices.coap import Endpoint

Found = TypeVar("Found")
QUERY = prober._HEAD + b"\4auth\0" + prober._A_IN


class Echo(asyncio.DatagramProtocol):
    def __init__(self, deaf_to: int):
        self.deaf_to = deaf_to

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, sender: Any) -> None:
        self.deaf_to -= 1
        if self.deaf_to < 0:
            self.transport.sendto(data, sender)


def beside_an_echo(work: Callable[[tuple[str, int]], Awaitable[Found]], deaf_to: int = 0) -> Found:
    async def run() -> Found:
        talk, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Echo(deaf_to), ("127.0.0.1", 0))
        try:
            return await work(talk.get_extra_info("sockname"))
        finally:
            talk.close()

    return asyncio.run(run())


def test_whoever_does_not_listen_yet_is_asked_again() -> None:
    assert beside_an_echo(lambda where: prober.say(where, b"hello", 0.001, 5), deaf_to=3) == b"hello"


def test_nobody_is_waited_for_longer_than_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:  # nobody listens here, and nobody will
        taken.bind(("127.0.0.1", 0))
        where = taken.getsockname()
        with pytest.raises(TimeoutError):
            asyncio.run(prober.say(where, b"hello", 0.001, 0.03))


def test_answer_that_names_an_address_gives_it_and_any_other_gives_none() -> None:
    record = b"\xc0\x0c" + prober._A_IN + b"\0\0\2\x58" + b"\0\4" + bytes([10, 0, 1, 5])
    told = QUERY[:2] + b"\x81\x80" + b"\0\1\0\1\0\0\0\0" + QUERY[12:] + record
    assert prober.address_in(told) == "10.0.1.5"
    no_such_name = QUERY[:2] + b"\x81\x83" + QUERY[4:]
    empty = QUERY[:2] + b"\x81\x80" + QUERY[4:]
    assert [prober.address_in(answer) for answer in (no_such_name, empty, b"")] == [None, None, None]


def test_what_comes_true_later_is_found_and_what_never_does_is_told_of() -> None:
    left = iter([(False, "not yet"), (False, "not yet"), (True, "there")])

    async def look() -> tuple[bool, Any]:
        return next(left, (False, "gone"))

    assert asyncio.run(prober.until(look, 0.001, 5)) == (True, "there")
    assert asyncio.run(prober.until(look, 0.001, 0.01)) == (False, "gone")


def test_question_that_fails_is_answered_with_what_was_wrong() -> None:
    there, why = asyncio.run(prober.asked({"knock": "127.0.0.1", "say": "no hex", "within_s": 1}, Endpoint()))
    assert (there, "ValueError" in why) == (False, True)
