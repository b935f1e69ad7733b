"""What the door lets in: hostile and broken datagrams, and peers that are not where they say."""

import asyncio
import gc
import logging
import socket
from typing import Any

import pytest

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.coap_resource import MOST_OBSERVERS, Bodies
from nanoservices.coap_server import MOST_WORK
from nanoservices.errors import NotFound
from tests.unit.ports import free_port
from tests.unit.raw_coap import ACK, CON, GET, NON, POST, PUT, RST, Peer, datagram, path, seen, serving
from tests.unit.test_coap import Note

WATCHED = wire.Resource("note", "watched", "GET", (), None, Note, "test.note", "nano.state", observable=True)
SMALL = wire.Resource("note", "small", "GET", (), None, Note, "test.note", "nano.state")
LONG = wire.Resource("note", "long", "GET", (), None, bytes, "test.note", "nano.state")
MISSING = wire.Resource("note", "missing", "GET", (), None, Note, "test.note", "nano.state")
ORDER = wire.Resource("note", "order", "PUT", (), Note, Note, "test.note", "nano.state")


def said(text: str) -> Any:
    return lambda _message, _sender: Note(text)


def never(_message: None, _sender: str) -> Note:
    raise NotFound("there is nothing of this name here, and a long sentence says so to whoever asks for it")


HANDLERS: Any = {
    WATCHED: said("w" * 300),
    SMALL: said(""),
    LONG: lambda _message, _sender: b"l" * 20_000,
    MISSING: never,
    ORDER: lambda message, _sender: message,
}


def answered(*datagrams: bytes) -> list[Any]:
    """What comes back for each: None for silence."""

    async def scenario() -> list[Any]:
        async with serving(HANDLERS) as (peer, _):
            answers: list[Any] = []
            for each in datagrams:
                peer.send(each)
                try:
                    answers.append(await peer.see(0.1))
                except TimeoutError:
                    answers.append(None)
            return answers

    return asyncio.run(scenario())


# --- options --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (((65003, b""),), "option 65003 is critical and not understood here"),
        (((1, b"etag"), *path("small")), "option 1 is critical"),  # If-Match: no conditions here
        (((11, b"\x81\x81"),), "option 11 (Uri-Path) is not UTF-8"),
        ((*path("small"), (15, b"\xff=1")), "option 15 (Uri-Query) is not UTF-8"),
        ((*path("small"), (17, b""), (17, b"\x32")), "option 17 (Accept) stands there twice"),
        ((*path("small"), (17, b"123")), "option 17 (Accept) has a length"),
    ],
)
def test_critical_option_that_is_not_understood_is_4_02_and_named(options: Any, says: str) -> None:
    (answer,) = answered(datagram(CON, GET, 7, *options))
    assert (answer.kind, answer.code, answer.mid) == (ACK, "4.02", 7)
    assert says.startswith(answer.payload.decode()) or answer.payload.decode().startswith(says)


def test_critical_option_that_is_not_understood_is_not_answered_when_nobody_waits() -> None:
    assert answered(datagram(NON, GET, 7, *path("small"), (65003, b""))) == [None]


def test_elective_option_that_is_not_understood_changes_nothing() -> None:
    (answer,) = answered(datagram(CON, GET, 7, *path("small"), (65004, b"whatever"), token=b"12345678"))
    assert answer.code == "2.05"


def test_proxying_is_refused_as_such() -> None:
    (answer,) = answered(datagram(CON, GET, 7, (35, b"coap://192.0.2.1/else")))
    assert answer.code == "5.05"


def test_text_that_is_not_utf_8_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answered(
            bytes.fromhex("602a658181818121"),
            bytes.fromhex("40010002b2818181"),
            datagram(CON, GET, 3, *path("watched"), (20, b"\x81"), (23, b"")),
        )
    assert "Traceback" not in caplog.text


# --- the format of a message ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        bytes.fromhex("49010001") + b"123456789",  # a token of nine bytes
        bytes.fromhex("44010001") + b"12",  # a token that is cut off
        bytes.fromhex("40010001ff"),  # a payload marker and no payload
        bytes.fromhex("40010001bfff"),  # an option of a reserved length
        bytes.fromhex("40010001b5612f"),  # an option that is cut off
        bytes.fromhex("41000001") + b"t",  # an empty message with a token
        bytes.fromhex("40200001"),  # a code of a reserved class
        bytes.fromhex("40e10001"),  # and of another
    ],
)
def test_message_of_a_wrong_format_is_reset_when_confirmable_and_else_ignored(broken: bytes) -> None:
    reset, silence, alive = answered(broken, bytes([broken[0] | 0x10]) + broken[1:], bytes.fromhex("4000002a"))
    assert (reset.kind, reset.code, reset.mid, reset.size) == (RST, "0.00", 1, 4)
    assert silence is None
    assert (alive.kind, alive.mid) == (RST, 0x2A)  # a ping


@pytest.mark.parametrize(
    "other", ["", "00", "400100", "80010001", "c0010001", "60010001", "70010001", "60000001", "70000001", "50000001"]
)
def test_what_is_not_for_us_is_ignored(other: str) -> None:
    assert answered(bytes.fromhex(other)) == [None]


def test_datagram_too_large_to_be_one_message_is_4_13() -> None:
    (answer,) = answered(datagram(CON, PUT, 7, *path("order"), (12, b"\x32"), payload=b"x" * 9000))
    assert answer.code == "4.13" and b"65536" in answer.payload


def test_refused_datagrams_are_counted_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, endpoint):
            for _ in range(100):
                peer.send(bytes.fromhex("5f0100010101010101010101"))
            peer.send(bytes.fromhex("4000002a"))
            await peer.see()
            assert endpoint.refused == 100

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert caplog.text.count("datagrams refused") == 1


# --- addresses that are not proved ----------------------------------------------------------------------------------

SHORT_REQUESTS = [
    datagram(CON, GET, 1, *path("watched")),
    datagram(CON, GET, 1, *path("watched"), token=b""),
    datagram(NON, GET, 1, *path("watched")),
    datagram(CON, GET, 1, (6, b""), *path("watched")),
    datagram(CON, GET, 1, *path("long")),
    datagram(NON, GET, 1, *path("long"), token=b"12345678"),
    datagram(CON, GET, 1, *path("long"), (23, b"\x06")),
    datagram(CON, GET, 1, *path("long"), (23, b"\x16")),
    datagram(CON, GET, 1, *path("missing")),
    datagram(CON, GET, 1, *path("small"), (17, b"\x01")),
    datagram(CON, GET, 1, *path(".well-known/core")),
    datagram(CON, GET, 1, *path("nowhere")),
    datagram(CON, POST, 1, *path("small")),
    datagram(CON, PUT, 1, *path("order"), payload=b"{}"),
    datagram(CON, GET, 1, (65003, b"")),
    datagram(CON, GET, 1, token=b""),
    bytes.fromhex("4000002a"),
]


@pytest.mark.parametrize("request_", SHORT_REQUESTS, ids=range(len(SHORT_REQUESTS)))
def test_nobody_gets_more_than_three_times_what_they_sent_before_they_prove_their_address(request_: bytes) -> None:
    async def scenario() -> None:
        async with serving(HANDLERS, answers_pings=False) as (peer, _):
            peer.send(request_)
            received = 0
            while True:
                try:
                    received += len((await peer.next(0.4))[0])
                except TimeoutError:
                    break
            assert 0 < received <= 3 * len(request_)

    asyncio.run(scenario())


def test_peer_that_answers_a_ping_has_proved_its_address() -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            peer.send(datagram(CON, GET, 1, (6, b""), *path("watched")))
            ping = (await peer.next())[0]
            assert ping[:2] == b"\x40\x00" and len(ping) == 4
            assert await peer.silence(0.05)  # nothing before it is answered
            peer.send(b"\x70\x00" + ping[2:])
            answer = await peer.see()
            assert answer.size > 300 and answer.says.observe is not None

    asyncio.run(scenario())


def test_ping_is_good_for_one_guess() -> None:
    async def scenario() -> None:
        async with serving(HANDLERS, answers_pings=False) as (peer, _):
            for mid in (1, 2):
                request = datagram(CON, GET, mid, *path("watched"))
                peer.send(request)
                if mid == 1:
                    ping = (await peer.next())[0]
                    wrong = int.from_bytes(ping[2:], "big") + 1 & 0xFFFF
                    peer.send(b"\x70\x00" + wrong.to_bytes(2, "big"))
                    peer.send(b"\x70\x00" + ping[2:])  # the right one, too late
                answer = (await peer.next())[0]  # and after that no ping for a while
                assert seen(answer).code in ("2.05", "4.01") and len(answer) <= 3 * len(request)

    asyncio.run(scenario())


def test_peer_that_answers_no_ping_reads_a_long_answer_in_small_pieces() -> None:
    async def scenario() -> bytes:
        async with serving(HANDLERS, answers_pings=False) as (peer, _):
            text, number, block = b"", 0, b""
            while True:
                peer.send(
                    datagram(CON, GET, 100 + number, *path("watched"), *(((23, block),) if block else ()), token=b"12345678")
                )
                answer = await peer.see()
                text += answer.payload
                assert answer.says.block2 is not None and answer.code == "2.05"
                if not answer.says.block2.more:
                    return text
                number = answer.says.block2.number + 1
                block = (number << 4 | answer.says.block2.exponent).to_bytes(2, "big")

    assert b"w" * 300 in asyncio.run(scenario())


@pytest.mark.parametrize(("options", "kind"), [(((6, b""),), "an observation"), (((23, b"\x16"),), "a large block")])
def test_peer_that_returns_the_echo_has_proved_its_address(options: Any, kind: str) -> None:
    async def scenario() -> None:
        async with serving(HANDLERS, answers_pings=False) as (peer, _):
            peer.send(datagram(CON, GET, 1, *sorted((*path("watched"), *options))))
            answer = await peer.see()
            assert answer.code == "4.01" and answer.says.echo, kind
            peer.send(datagram(CON, GET, 2, *path("watched"), (252, answer.says.echo)))
            assert (await peer.see()).size > 300

    asyncio.run(scenario())


def test_forged_echo_proves_nothing() -> None:
    async def scenario() -> None:
        async with serving(HANDLERS, answers_pings=False) as (peer, _), Peer(answers_pings=False) as other:
            other.server = peer.server
            peer.send(datagram(CON, GET, 1, (6, b""), *path("watched")))
            echo = (await peer.see()).says.echo
            assert echo is not None
            for mid, forged in enumerate((echo, b"\0" * 6, b"x", echo + b"\0")):
                request = datagram(CON, GET, mid, *path("watched"), (252, forged))
                other.send(request)  # the right value, but of another address, is as bad as a made up one
                assert (await other.see()).size <= 3 * len(request)

    asyncio.run(scenario())


def test_our_own_client_proves_its_address_by_itself() -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            client = Endpoint()
            await client.open("127.0.0.1", free_port(), {})
            assert await client.call(WATCHED, f"coap://127.0.0.1:{peer.server[1]}") == Note("w" * 300)
            assert await client.call(LONG, f"coap://127.0.0.1:{peer.server[1]}") == b"l" * 20_000
            await client.close()

    asyncio.run(scenario())


# --- what could grow ------------------------------------------------------------------------------------------------


def test_observers_are_bounded_and_the_next_one_gets_the_state_once() -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            await peer.prove()
            for number in range(MOST_OBSERVERS + 3):
                peer.send(datagram(CON, GET, number, (6, b""), *path("watched"), token=bytes([number, 1])))
                assert ((await peer.see()).says.observe is not None) == (number < MOST_OBSERVERS)

    asyncio.run(scenario())


def test_requests_that_wait_are_bounded_and_the_next_one_is_told_to_come_again() -> None:
    released = asyncio.Event()

    async def wait(message: Note, _sender: str) -> Note:
        await released.wait()
        return message

    async def scenario() -> None:
        async with serving({**HANDLERS, ORDER: wait}) as (peer, _):
            for number in range(MOST_WORK + 1):
                peer.send(
                    datagram(NON, PUT, number, *path("order"), (12, b"\x32"), token=b"%05d" % number, payload=b'{"text":"x"}')
                )
                await asyncio.sleep(0)
            refused = await peer.see()
            assert (refused.code, refused.token) == ("5.03", b"%05d" % MOST_WORK)
            released.set()
            assert {(await peer.see()).code for _ in range(MOST_WORK)} == {"2.04"}

    asyncio.run(scenario())


def test_bodies_under_way_are_bounded() -> None:
    async def scenario() -> None:
        bodies = Bodies()
        for number in range(1000):
            bodies[number] = type("Body", (), {"payload": b"x" * 1000})
        assert len(bodies._items) <= 32
        for number in range(10):
            bodies[number] = type("Body", (), {"payload": bytes(4_000_000)})
        assert len(bodies._items) == 2

    asyncio.run(scenario())


def test_context_is_kept_when_nobody_holds_it_but_the_endpoint() -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            gc.collect()
            peer.send(datagram(CON, GET, 1, *path("small"), token=b"12345678"))
            assert (await peer.see()).code == "2.05"

    asyncio.run(scenario())


def test_nothing_of_ipv6_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def without_ipv6(family: int = socket.AF_INET, *rest: Any, **more: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return real(family, *rest, **more)

    async def scenario() -> None:
        endpoint = Endpoint()
        port = free_port()
        await endpoint.open("0.0.0.0", port, HANDLERS)
        async with Peer() as peer:
            peer.send(datagram(CON, GET, 1, *path("small"), token=b"12345678"), ("127.0.0.1", port))
            data, sender = await peer.next()
            assert seen(data).code == "2.05" and sender == ("127.0.0.1", port)
        await endpoint.close()

    monkeypatch.setattr(socket, "socket", without_ipv6)
    asyncio.run(scenario())


def test_answer_leaves_from_the_address_that_was_asked() -> None:
    async def scenario() -> None:
        endpoint, port = Endpoint(), free_port()
        await endpoint.open("0.0.0.0", port, HANDLERS)
        async with Peer() as peer:
            for address in ("127.0.0.1", "127.0.0.9", "127.1.2.3"):
                peer.send(datagram(CON, GET, 1, *path("small"), token=b"12345678"), (address, port))
                assert (await peer.next())[1] == (address, port)
        await endpoint.close()

    asyncio.run(scenario())
