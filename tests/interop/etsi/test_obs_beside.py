"""TD_COAP_OBS 10 and 12: other requests of who observes (RFC 7641 sections 2 and 3.6). Our door is the server."""

import pytest

from tests.interop.etsi.messages import ACK, CON, CONTENT_FORMAT, GET, JSON, NON, OBSERVE, PUT
from tests.interop.etsi.offered import offered, play
from tests.interop.etsi.test_obs import TOKEN, registered, told

pytestmark = pytest.mark.interop


def test_td_coap_obs_10_get_without_observe_does_not_end_the_observation() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            first = await registered(peer)
            plain = await peer.exchange(GET, "obs", b"other")
            assert (plain.said, plain.number(OBSERVE), plain.number(CONTENT_FORMAT)) == ("2.05", None, JSON)
            server.change("second")
            peer.acknowledge(await told(peer, first, "second"))

    play(scenario())


@pytest.mark.parametrize("observe", [b"", b"\x01"])
def test_put_with_observe_is_done_once_and_observes_nothing(observe: bytes) -> None:
    """Observe is a matter of GET (RFC 7641 section 2), elsewhere an option to be ignored."""

    async def scenario() -> None:
        async with offered() as (server, peer):
            put = await peer.exchange(PUT, "obs", TOKEN, ((OBSERVE, observe),), b'{"text":"put"}')
            assert (put.said, put.number(OBSERVE)) == ("2.04", None)
            server.change("nobody is told")
            await peer.hear_nothing()
            assert server.taken == ["put"]

    play(scenario())


@pytest.mark.parametrize("observe", [b"\x02", b"\xff\xff\xff"])
def test_get_with_an_observe_that_means_nothing_is_a_plain_get(observe: bytes) -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            answer = await peer.exchange(GET, "obs", TOKEN, ((OBSERVE, observe),))
            assert (answer.said, answer.number(OBSERVE)) == ("2.05", None)
            server.change("nobody is told")
            await peer.hear_nothing()

    play(scenario())


@pytest.mark.parametrize("kind", [CON, NON])
def test_td_coap_obs_12_get_with_observe_1_ends_the_observation(kind: int) -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            await registered(peer)
            asked = peer.ask(kind, GET, "obs", TOKEN, ((OBSERVE, b"\x01"),))
            answer = await peer.hear()
            assert (answer.said, answer.token, answer.number(OBSERVE)) == ("2.05", TOKEN, None)
            assert answer.kind == (ACK if kind == CON else NON) and (kind == NON or answer.mid == asked.mid)
            server.change("nobody is told")
            await peer.hear_nothing()

    play(scenario())
