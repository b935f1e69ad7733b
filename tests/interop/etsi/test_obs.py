"""TD_COAP_OBS: what changes is told (RFC 7641). Our door is the server; it observes nobody itself."""

import json

import pytest

from tests.interop.etsi.blocks import gather
from tests.interop.etsi.messages import (
    BLOCK2,
    CON,
    CONTENT_FORMAT,
    ETAG,
    GET,
    JSON,
    LARGEST,
    NON,
    OBSERVE,
    OCTETS,
    PUT,
    Message,
    Options,
    block,
)
from tests.interop.etsi.offered import LARGE_BYTES, offered, play
from tests.interop.etsi.peer import Peer

pytestmark = pytest.mark.interop
REGISTER: Options = ((OBSERVE, b""),)
TOKEN = b"obs"


def newer(later: Message, earlier: Message) -> bool:
    """Whether one notification is newer than another by their numbers alone (RFC 7641 section 3.4)."""
    after, before = later.number(OBSERVE), earlier.number(OBSERVE)
    assert after is not None and before is not None, "a notification has a number"
    return 0 < (after - before) % (1 << 24) < 1 << 23


async def registered(peer: Peer, to: str = "obs", token: bytes = TOKEN, options: Options = ()) -> Message:
    first = await peer.exchange(GET, to, token, (*REGISTER, *options))
    assert first.said == "2.05" and first.number(OBSERVE) is not None
    return first


async def told(peer: Peer, after: Message, text: str, token: bytes = TOKEN) -> Message:
    """The notification that /obs is now `text`; it is not acknowledged yet."""
    notified = await peer.hear()
    assert (notified.kind, notified.said, notified.token) == (CON, "2.05", token)
    assert notified.number(CONTENT_FORMAT) == after.number(CONTENT_FORMAT) == JSON
    assert newer(notified, after)
    assert json.loads(notified.payload)["text"] == text
    return notified


def test_td_coap_obs_01_notifications_in_con_mode() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            last = await registered(peer)
            for text in ("second", "third", "fourth"):
                server.change(text)
                last = await told(peer, last, text)
                peer.acknowledge(last)
            await peer.hear_nothing()

    play(scenario())


def test_td_coap_obs_02_registration_in_non_mode() -> None:
    """The answer is NON. What follows may be either, and is confirmable here: who never confirms would stay for ever."""

    async def scenario() -> None:
        async with offered() as (server, peer):
            asked = peer.ask(NON, GET, "obs", TOKEN, REGISTER)
            last = await peer.hear()
            assert (last.kind, last.said, last.token, last.number(CONTENT_FORMAT)) == (NON, "2.05", asked.token, JSON)
            for text in ("second", "third"):
                server.change(text)
                last = await told(peer, last, text)
                peer.acknowledge(last)

    play(scenario())


def test_td_coap_obs_04_who_registers_again_after_the_server_lost_everything_is_told_again() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            await registered(peer)
            await server.restart()
            server.change("nobody is told")
            await peer.hear_nothing()
            await peer.introduce()  # it has forgotten that too
            first = await registered(peer)
            server.change("told again")
            peer.acknowledge(await told(peer, first, "told again"))

    play(scenario())


def test_td_coap_obs_04_who_registers_again_with_the_same_token_is_told_once_and_in_order() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            last = await registered(peer)
            for text in ("second", "third"):
                server.change(text)
                last = await told(peer, last, text)
                peer.acknowledge(last)
            again = await registered(peer)
            assert newer(again, last)  # else a client would hold it for an old one that comes late
            server.change("fourth")
            peer.acknowledge(await told(peer, again, "fourth"))
            await peer.hear_nothing()

    play(scenario())


def test_td_coap_obs_09_observer_is_told_what_another_client_puts() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            first = await registered(peer)
            with Peer(("127.0.0.1", server.port)) as other:
                assert (await other.exchange(PUT, "obs", payload=b'{"text":"put"}')).said == "2.04"
            peer.acknowledge(await told(peer, first, "put"))

    play(scenario())


def test_td_coap_obs_11_one_notification_at_a_time_is_repeated_until_acknowledged_and_the_newest_state_follows() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            first = await registered(peer)
            for text in ("second", "third", "fourth"):
                server.change(text)
                await peer.pause()
            lost = await told(peer, first, "second")
            for _ in range(2):
                assert await peer.hear() == lost  # nothing else is under way
            peer.acknowledge(lost)
            peer.acknowledge(await told(peer, lost, "fourth"))
            await peer.hear_nothing()

    play(scenario())


@pytest.mark.parametrize("exponent", [2, LARGEST])
def test_td_coap_obs_13_14_observed_resource_of_many_blocks_and_then_of_one(exponent: int) -> None:
    """Each notification is the first block of a new state; the others are asked for, without Observe."""

    async def scenario() -> None:
        async with offered() as (server, peer):
            last = await registered(peer, "obs-large", options=((BLOCK2, block(0, False, exponent)),))
            assert await gather(peer, "obs-large", last, exponent) == LARGE_BYTES
            for large in (LARGE_BYTES[::-1], LARGE_BYTES[:1500], b"one block", LARGE_BYTES):
                server.change_large(large)
                notified = await peer.hear()
                peer.acknowledge(notified)
                assert (notified.kind, notified.token, notified.number(CONTENT_FORMAT)) == (CON, TOKEN, OCTETS)
                assert newer(notified, last)
                if notified.block(BLOCK2) is None:
                    assert notified.payload == large == b"one block"
                else:
                    assert notified.all(ETAG) not in ([], last.all(ETAG))
                    assert await gather(peer, "obs-large", notified, exponent) == large
                last = notified
            await peer.hear_nothing()

    play(scenario())
