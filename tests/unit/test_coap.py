"""The door to CoAP, between two endpoints of our own on loopback. tests/interop has peers that are not ours."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from nanoservices import wire
from nanoservices.coap import Endpoint, Handlers
from nanoservices.errors import NotFound, PayloadError, PeerRefused, PeerSilent, PortTaken, Unavailable
from tests.unit.ports import free_port

BIG = "x" * 20_000


@dataclass(frozen=True)
class Note:
    text: str
    v: Literal[1] = 1


def row(path: str, method: wire.Method, request: type[Any] | None, response: type[Any]) -> wire.Resource:
    return wire.Resource("note", path, method, (), request, response, "test.note", "nano.state", observable=method == "GET")


GET, PUT, RAW = row("note", "GET", None, Note), row("note", "PUT", Note, Note), row("raw", "GET", None, bytes)


@contextlib.asynccontextmanager
async def served(handlers: Handlers) -> AsyncIterator[tuple[Endpoint, str, int]]:
    """A client, and the address and port of a server of `handlers`."""
    port = free_port()
    server, client = Endpoint(), Endpoint()
    await server.open("127.0.0.1", port, handlers)
    await client.open("127.0.0.1", free_port(), {})
    try:
        yield client, f"coap://127.0.0.1:{port}", port
    finally:
        await client.close()
        await server.close()


async def echo(message: Note, _sender: str) -> Note:
    return message


def test_request_and_answer_keep_their_shapes() -> None:
    async def scenario() -> None:
        async with served({PUT: echo}) as (client, uri, _):
            assert await client.call(PUT, uri, Note("hello")) == Note("hello")

    asyncio.run(scenario())


def test_payload_of_many_blocks_goes_both_ways() -> None:
    async def raw(_message: None, _sender: str) -> bytes:
        return BIG.encode()

    async def scenario() -> None:
        async with served({PUT: echo, RAW: raw}) as (client, uri, _):
            assert await client.call(PUT, uri, Note(BIG)) == Note(BIG)
            assert await client.call(RAW, uri) == BIG.encode()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("error", "code"),
    [(PayloadError("n: wrong"), "4.00"), (NotFound("no such"), "4.04"), (Unavailable("not now"), "5.03")],
)
def test_error_of_a_handler_becomes_its_code_and_its_sentence(error: Exception, code: str) -> None:
    async def fails(_message: None, _sender: str) -> Note:
        raise error

    async def scenario() -> None:
        async with served({GET: fails}) as (client, uri, _):
            with pytest.raises(PeerRefused) as refused:
                await client.call(GET, uri, peer="note@pi")
        assert refused.value.answer_code == code
        assert str(error) in str(refused.value) and "note@pi" in str(refused.value)

    asyncio.run(scenario())


def test_fault_of_a_handler_is_5_00_without_its_details(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(_message: None, _sender: str) -> Note:
        raise KeyError("opensesame")

    async def scenario() -> None:
        async with served({GET: fails}) as (client, uri, _):
            with pytest.raises(PeerRefused, match=r"5\.00") as refused:
                await client.call(GET, uri)
        assert "opensesame" not in str(refused.value)

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert "a handler failed" in caplog.text


def test_payload_of_the_wrong_shape_never_reaches_the_handler() -> None:
    seen: list[Any] = []

    async def keep(message: Any, _sender: str) -> Note:
        seen.append(message)
        return message

    loose = row("note", "PUT", wire.Lease, Note)

    async def scenario() -> None:
        async with served({PUT: keep}) as (client, uri, _):
            with pytest.raises(PeerRefused, match=r"4\.00 text: is missing"):
                await client.call(loose, uri, wire.Lease(3))

    asyncio.run(scenario())
    assert seen == []


def test_method_and_path_that_are_not_served_are_refused() -> None:
    async def scenario() -> None:
        async with served({PUT: echo}) as (client, uri, _):
            with pytest.raises(PeerRefused, match=r"4\.05"):
                await client.call(GET, uri)
            with pytest.raises(PeerRefused, match=r"4\.04"):
                await client.call(RAW, uri)

    asyncio.run(scenario())


def test_answer_of_the_wrong_shape_is_the_peers_fault() -> None:
    async def scenario() -> None:
        async with served({PUT: echo}) as (client, uri, _):
            with pytest.raises(PeerRefused, match="answer is malformed: lease_s: is missing"):
                await client.call(row("note", "PUT", Note, wire.Lease), uri, Note("x"))

    asyncio.run(scenario())


def test_peer_that_is_not_there_is_named_within_the_budget() -> None:
    async def scenario() -> None:
        async with served({}) as (client, _, _):
            with pytest.raises(PeerSilent, match=r"auth: cannot be asked for PUT /note: nobody listens there"):
                await client.call(PUT, f"coap://127.0.0.1:{free_port()}", Note("x"), peer="auth")

    asyncio.run(scenario())


def test_peer_that_never_answers_ends_with_the_budget() -> None:
    async def sleeps(_message: None, _sender: str) -> Note:
        await asyncio.Event().wait()
        raise AssertionError

    async def scenario() -> None:
        async with served({GET: sleeps}) as (client, uri, _):
            with pytest.raises(PeerSilent, match=r"no answer to GET /note within 0\.05 s"):
                await client.call(GET, uri, budget_s=0.05)

    asyncio.run(scenario())


def test_name_that_does_not_exist_is_a_silent_peer() -> None:
    async def scenario() -> None:
        async with served({}) as (client, _, _):
            with pytest.raises(PeerSilent, match=r"nowhere\.invalid has no address"):
                await client.call(GET, "coap://nowhere.invalid:5683")

    asyncio.run(scenario())


def test_peer_restarted_on_the_same_port_is_reached_again() -> None:
    async def scenario() -> None:
        port = free_port()
        uri = f"coap://127.0.0.1:{port}"
        async with served({}) as (client, _, _):
            for _ in range(2):
                server = Endpoint()
                await server.open("127.0.0.1", port, {PUT: echo})
                assert await client.call(PUT, uri, Note("there")) == Note("there")
                await server.close()
                with pytest.raises(PeerSilent):
                    await client.call(PUT, uri, Note("gone"))

    asyncio.run(scenario())


def test_port_that_is_taken_is_an_error_that_says_what_to_do() -> None:
    async def scenario() -> None:
        async with served({}) as (_, _, port):
            second = Endpoint()
            with pytest.raises(PortTaken, match=f"UDP port {port} on 127.0.0.1 is taken.*NANO_PORT"):
                await second.open("127.0.0.1", port, {})
            await second.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "uri", ["coap://a:b", "coap://[::1]:5", "coap://127.0.0.1:70000", "coap://127.0.0.1:0", "coap://a..b:1", "coap://:1:2", "x"]
)
def test_address_that_is_none_is_a_silent_peer(uri: str) -> None:
    async def scenario() -> None:
        async with served({}) as (client, _, _):
            with pytest.raises(PeerSilent, match=r"is not an address|has no address|is not a name"):
                await client.call(GET, uri)

    asyncio.run(scenario())


@pytest.mark.parametrize("bind", ["192.0.2.1", "no-such-host.invalid", "a..b"])
def test_address_that_is_not_ours_is_an_error_that_says_what_to_do(bind: str) -> None:
    async def scenario() -> None:
        endpoint = Endpoint()
        with pytest.raises(PortTaken, match="NANO_BIND"):
            await endpoint.open(bind, free_port(), {})
        await endpoint.close()

    asyncio.run(scenario())


def test_sender_is_told_to_the_handler() -> None:
    senders: list[str] = []

    async def keep(message: Note, sender: str) -> Note:
        senders.append(sender)
        return message

    async def scenario() -> None:
        async with served({PUT: keep}) as (client, uri, _):
            await client.call(PUT, uri, Note("x"))

    asyncio.run(scenario())
    assert senders[0].startswith("coap://127.0.0.1:")


def test_garbage_is_survived_and_the_next_request_answered(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with served({PUT: echo}) as (client, uri, port):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rude:
                for datagram in (b"", b"\x00", b"\xff" * 64, b"\x40\x03\x00\x01\xff", b"\x4f" + b"\x01" * 30):
                    rude.sendto(datagram, ("127.0.0.1", port))
            assert await client.call(PUT, uri, Note("still here")) == Note("still here")

    asyncio.run(scenario())
