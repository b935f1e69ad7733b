"""TD_COAP_CORE 09, 11 and 17: the answer takes longer than an acknowledgement can wait (RFC 7252 section 5.2.2)."""

import json

import pytest

from tests.interop.etsi.messages import ACK, CON, CONTENT_FORMAT, GET, JSON, NON, Message
from tests.interop.etsi.offered import SEPARATE, Note, asking, offered, play, running
from tests.interop.etsi.peer import Peer

pytestmark = pytest.mark.interop
LATE = b'{"text":"late","v":1}'


async def separately(peer: Peer, token: bytes) -> tuple[Message, Message]:
    """Ask for /separate: the request, and the confirmable answer that is still to be acknowledged."""
    asked = peer.ask(CON, GET, "separate", token)
    assert await peer.hear() == Message(ACK, 0, asked.mid)
    answer = await peer.hear()
    assert (answer.kind, answer.said, answer.token) == (CON, "2.05", token)
    assert (answer.number(CONTENT_FORMAT), answer.payload) == (JSON, LATE)
    return asked, answer


def test_td_coap_core_09_get_with_a_separate_response() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            _, answer = await separately(peer, b"\x2a")
            peer.acknowledge(answer)
            await peer.hear_nothing()  # acknowledged is not sent again
            assert server.separately == 1

    play(scenario())


def test_td_coap_core_09_stranger_that_answers_a_ping_is_given_a_confirmable_response_too() -> None:
    """Else the loss of one datagram would leave it waiting: it was acknowledged, and asks no more."""

    async def scenario() -> None:
        async with offered() as (_, known):
            with Peer(known.address) as peer:
                asked = peer.ask(CON, GET, "separate")
                while (heard := await peer.hear()).code == 0:  # the acknowledgement, and whatever pings
                    assert heard.kind == CON or heard == Message(ACK, 0, asked.mid)
                    if heard.kind == CON:
                        peer.reset(heard)
                assert (heard.kind, heard.said, heard.payload) == (CON, "2.05", LATE)
                assert await peer.hear() == heard  # and again, as nobody confirmed it
                peer.acknowledge(heard)

    play(scenario())


@pytest.mark.parametrize("token", [b"\x01", b"\x01\x02\x03\x04\x05\x06\x07\x08"])
def test_td_coap_core_11_get_with_a_token_and_a_separate_response(token: bytes) -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            asked, answer = await separately(peer, token)
            peer.acknowledge(answer)
            assert asked.token == token
            quick = await peer.exchange(GET, "test", token)  # the token is free again, and nobody else's answer comes with it
            assert json.loads(quick.payload)["text"] == "tested"

    play(scenario())


def test_td_coap_core_11_quick_answers_overtake_a_separate_one() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            asked = peer.ask(CON, GET, "separate", b"slow")
            quick = peer.ask(CON, GET, "test", b"fast")
            first, second, third = await peer.hear(), await peer.hear(), await peer.hear()
            assert (first.mid, first.token, first.said) == (quick.mid, b"fast", "2.05")
            assert second == Message(ACK, 0, asked.mid)
            assert (third.kind, third.token, third.payload) == (CON, b"slow", LATE)
            peer.acknowledge(third)

    play(scenario())


def test_td_coap_core_17_separate_response_in_non_mode_is_not_acknowledged() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            asked = peer.ask(NON, GET, "separate", b"\x07")
            answer = await peer.hear()  # the first there is: no acknowledgement came before it
            assert (answer.kind, answer.said, answer.token) == (NON, "2.05", asked.token)
            assert (answer.number(CONTENT_FORMAT), answer.payload) == (JSON, LATE)
            await peer.hear_nothing()

    play(scenario())


@pytest.mark.parametrize("acknowledged", [True, False])
def test_td_coap_core_09_our_client_takes_a_separate_response_and_acknowledges_it(acknowledged: bool) -> None:
    """Also when the response comes first, or the acknowledgement never: the case's note allows any order."""

    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(SEPARATE, peer.uri)) as call:
                asked = await peer.hear()
                assert (asked.kind, asked.code) == (CON, GET)
                if acknowledged:
                    peer.acknowledge(asked)
                    await peer.hear_nothing(0.8)  # a request that is known to be there is not repeated
                answer = peer.say(Message(CON, 0x45, 0x7777, asked.token, payload=LATE))
                assert await peer.hear() == Message(ACK, 0, answer.mid)
                assert await call == Note("late")
            await peer.hear_nothing()

    play(scenario())


def test_td_coap_core_17_our_client_takes_a_separate_response_in_non_mode() -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(SEPARATE, peer.uri)) as call:
                asked = await peer.hear()
                peer.acknowledge(asked)
                peer.say(Message(NON, 0x45, 0x7777, asked.token, payload=LATE))
                assert await call == Note("late")
            await peer.hear_nothing()

    play(scenario())
