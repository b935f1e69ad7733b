"""TD_COAP_OBS 05 to 07: how the server finds that an observation is over (RFC 7641 sections 3.2, 3.6 and 4.5)."""

import pytest
from aiocoap.numbers.constants import TransportTuning

from tests.interop.etsi.messages import CON, OBSERVE
from tests.interop.etsi.offered import offered, play
from tests.interop.etsi.peer import Peer
from tests.interop.etsi.test_obs import TOKEN, registered, told

pytestmark = pytest.mark.interop
SOONER_S = 0.05  # ACK_TIMEOUT, a fifth of what our services have; what follows from it is a fifth too
LAST_WAIT_S = SOONER_S * 1.5 * 16 + 0.5


def test_td_coap_obs_05_observer_that_is_off_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransportTuning, "ACK_TIMEOUT", SOONER_S)

    async def scenario() -> None:
        async with offered() as (server, peer):
            first = await registered(peer)
            server.change("second")
            unheard = await told(peer, first, "second")
            for _ in range(4):  # MAX_RETRANSMIT
                assert await peer.hear() == unheard
            server.change("third")  # superseded while it waits
            await peer.hear_nothing(LAST_WAIT_S)
            server.change("fourth")
            await peer.hear_nothing()
            again = await registered(peer)
            server.change("fifth")
            peer.acknowledge(await told(peer, again, "fifth"))

    play(scenario())


def test_td_coap_obs_05_observer_whose_port_is_closed_leaves_the_others_theirs() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            first = await registered(peer)
            with Peer(("127.0.0.1", server.port)) as other:
                await other.introduce()
                await registered(other)
            for text in ("second", "third"):
                server.change(text)
                first = await told(peer, first, text)
                peer.acknowledge(first)

    play(scenario())


def test_td_coap_obs_06_observer_that_answers_with_a_reset_is_told_no_more() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            await registered(peer)
            other = await registered(peer, token=b"other")
            server.change("second")
            for _ in (TOKEN, b"other"):
                heard = await peer.hear()
                (peer.reset if heard.token == TOKEN else peer.acknowledge)(heard)
            await peer.pause()
            server.change("third")
            peer.acknowledge(await told(peer, other, "third", b"other"))
            await peer.hear_nothing()

    play(scenario())


def test_td_coap_obs_07_observation_of_what_is_gone_ends_with_4_04() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            await registered(peer)
            server.delete()
            last = await peer.hear()
            peer.acknowledge(last)
            assert (last.kind, last.said, last.token, last.number(OBSERVE)) == (CON, "4.04", TOKEN, None)
            server.gone = False
            server.change("there again, but nobody asked")
            await peer.hear_nothing()

    play(scenario())
