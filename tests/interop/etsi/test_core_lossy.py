"""TD_COAP_CORE 15 and 16: what is lost on the way is sent again, and done once (RFC 7252 sections 4.2 and 4.5)."""

import pytest

from tests.interop.etsi.messages import ACK, CON, GET, POST, RST, Message
from tests.interop.etsi.offered import SEPARATE, TEST, Note, asking, offered, play, running

pytestmark = pytest.mark.interop
NOTE, HEARD = b'{"text":"a note","v":1}', b'{"text":"heard"}'
BACK_AGAIN_S = 2.0


def test_td_coap_core_15_lost_response_is_sent_again_and_the_request_done_once() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            asked = peer.ask(CON, POST, "test", payload=NOTE)
            lost = await peer.hear()
            for _ in range(3):  # nothing came, thinks the client
                peer.say(asked)
                assert await peer.hear() == lost
            assert (lost.kind, lost.mid, server.taken) == (ACK, asked.mid, ["a note"])
            peer.ask(CON, POST, "test", payload=NOTE)  # another message id is another request
            await peer.hear()
            assert server.taken == ["a note", "a note"]

    play(scenario())


@pytest.mark.parametrize("losses", [1, 3])
def test_td_coap_core_15_our_client_repeats_a_lost_request_unchanged(losses: int) -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(TEST, peer.uri)) as call:
                first = await peer.hear()
                for _ in range(losses):
                    assert await peer.hear() == first  # message id and token too
                peer.answer(first, "2.05", HEARD)
                assert await call == Note("heard")
            await peer.hear_nothing()  # the answer ends it

    play(scenario())


def test_td_coap_core_16_lost_acknowledgement_of_the_request_is_sent_again() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            asked = peer.ask(CON, GET, "separate")
            for _ in range(2):
                assert await peer.hear() == Message(ACK, 0, asked.mid)
                peer.say(asked)
            assert await peer.hear() == Message(ACK, 0, asked.mid)
            answer = await peer.hear()
            assert (answer.kind, answer.said, server.separately) == (CON, "2.05", 1)
            peer.acknowledge(answer)

    play(scenario())


def test_td_coap_core_16_lost_response_is_repeated_until_it_is_acknowledged() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            peer.ask(CON, GET, "separate")
            await peer.hear()
            answer = await peer.hear()
            for _ in range(2):
                assert await peer.hear(BACK_AGAIN_S) == answer
            peer.acknowledge(answer)
            await peer.hear_nothing()
            assert server.separately == 1

    play(scenario())


def test_td_coap_core_16_response_that_is_refused_with_a_reset_is_not_repeated() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            peer.ask(CON, GET, "separate")
            await peer.hear()
            peer.reset(await peer.hear())
            await peer.hear_nothing()

    play(scenario())


def test_td_coap_core_16_our_client_stops_repeating_when_the_response_itself_comes() -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(SEPARATE, peer.uri)) as call:
                asked = await peer.hear()
                assert await peer.hear() == asked  # neither the request nor its acknowledgement arrived
                answer = peer.say(Message(CON, 0x45, 0x7001, asked.token, payload=HEARD))
                assert await peer.hear() == Message(ACK, 0, answer.mid)
                assert await call == Note("heard")
            await peer.hear_nothing()
            peer.say(answer)  # our acknowledgement was lost
            assert await peer.hear() == Message(ACK, 0, answer.mid)

    play(scenario())


def test_td_coap_core_16_our_client_resets_a_response_nobody_asked_for() -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(TEST, peer.uri)) as call:
                asked = await peer.hear()
                foreign = peer.say(Message(CON, 0x45, 0x7002, b"nobody's", payload=HEARD))
                assert await peer.hear() == Message(RST, 0, foreign.mid)
                peer.answer(asked, "2.05", HEARD)
                assert await call == Note("heard")

    play(scenario())
