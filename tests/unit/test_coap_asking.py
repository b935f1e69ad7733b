"""Asking over CoAP: what is sent again, what is taken for an answer, and when it is given up (RFC 7252 section 4)."""

import asyncio
import socket

import pytest

from nanoservices.coap import Endpoint
from nanoservices.errors import PeerSilent
from tests.unit.ports import free_port
from tests.unit.raw_coap import ACK, CON, NON, RST, Peer, datagram, seen
from tests.unit.test_coap import Note, row

FAST, SLOW = row("fast", "GET", None, Note), row("slow", "GET", None, Note)


BODY = b'{"text":"hello"}'


CONTENT, CHANGED = 0x45, 0x44


class Asking:
    """Our endpoint as the client of a raw peer."""

    async def __aenter__(self) -> tuple[Peer, Endpoint]:
        self.peer, self.endpoint = Peer(), Endpoint()
        port = free_port()
        await self.endpoint.open("127.0.0.1", port, {})
        self.peer.server = ("127.0.0.1", port)
        return self.peer, self.endpoint

    async def __aexit__(self, *_: object) -> None:
        await self.endpoint.close()
        self.peer.socket.close()


def test_request_is_sent_again_unchanged_until_it_is_answered() -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            call = asyncio.create_task(endpoint.call(FAST, peer.uri))
            tries = [(await peer.next())[0] for _ in range(3)]
            assert len(set(tries)) == 1
            asked = seen(tries[0])
            assert asked.kind == CON and len(asked.token) == 8
            peer.send(datagram(ACK, CONTENT, asked.mid, token=asked.token, payload=BODY))
            assert await call == Note("hello")
            assert await peer.silence(0.5)

    asyncio.run(scenario())


def test_silent_peer_is_given_up_with_the_budget_and_left_alone_after_it() -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            with pytest.raises(PeerSilent, match=r"no answer to GET /fast within 0\.3 s"):
                await endpoint.call(FAST, peer.uri, budget_s=0.3)
            while not await peer.silence(0):
                pass
            assert await peer.silence(0.6)

    asyncio.run(scenario())


def test_answer_to_one_request_does_not_wait_for_the_answer_to_another() -> None:
    async def answer_the_fast(peer: Peer) -> None:
        while True:
            asked = await peer.see(5)
            if asked.says.path == ("fast",):
                peer.send(datagram(ACK, CONTENT, asked.mid, token=asked.token, payload=BODY))

    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            slow = [asyncio.create_task(endpoint.call(SLOW, peer.uri)) for _ in range(4)]
            answering = asyncio.create_task(answer_the_fast(peer))
            for _ in range(20):
                assert await endpoint.call(FAST, peer.uri, budget_s=0.5) == Note("hello")
            assert not any(task.done() for task in slow)
            for task in (*slow, answering):
                task.cancel()
            await asyncio.gather(*slow, answering, return_exceptions=True)

    asyncio.run(scenario())


def test_request_that_was_acknowledged_is_not_repeated_and_never_waits_for_ever() -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            call = asyncio.create_task(endpoint.call(FAST, peer.uri, budget_s=0.8))
            asked = await peer.see()
            peer.send(datagram(ACK, 0, asked.mid, token=b""))
            assert await peer.silence(0.6)
            with pytest.raises(PeerSilent, match="no answer"):
                await call

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", [CON, NON])
def test_answer_that_comes_later_by_itself_is_taken_and_acknowledged_as_often_as_it_comes(kind: int) -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            call = asyncio.create_task(endpoint.call(FAST, peer.uri))
            asked = await peer.see()
            peer.send(datagram(ACK, 0, asked.mid, token=b""))
            answer = datagram(kind, CONTENT, 4711, token=asked.token, payload=BODY)
            for _ in range(3):
                peer.send(answer)
                if kind == CON:
                    acknowledgement = await peer.see()
                    assert (acknowledgement.kind, acknowledgement.code, acknowledgement.mid) == (ACK, "0.00", 4711)
            assert await call == Note("hello")
            assert await peer.silence()

    asyncio.run(scenario())


def test_answer_to_nothing_is_reset_when_it_wants_an_acknowledgement() -> None:
    async def scenario() -> None:
        async with Asking() as (peer, _):
            peer.send(datagram(NON, CONTENT, 1, token=b"lost", payload=BODY))
            peer.send(datagram(ACK, CONTENT, 2, token=b"lost", payload=BODY))
            peer.send(datagram(CON, CONTENT, 3, token=b"lost", payload=BODY))
            reset = await peer.see()
            assert (reset.kind, reset.code, reset.mid) == (RST, "0.00", 3)

    asyncio.run(scenario())


def test_only_the_asked_peer_can_answer_and_only_what_it_was_asked() -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint), Peer() as liar:
            call = asyncio.create_task(endpoint.call(FAST, peer.uri))
            asked = await peer.see()
            lie = datagram(ACK, CONTENT, asked.mid, token=asked.token, payload=b'{"text":"a lie"}')
            liar.send(lie, peer.server)
            peer.send(datagram(ACK, CONTENT, asked.mid + 1 & 0xFFFF, token=asked.token, payload=b'{"text":"another id"}'))
            peer.send(datagram(ACK, CONTENT, asked.mid, token=b"other", payload=b'{"text":"another token"}'))
            peer.send(
                datagram(ACK, CONTENT, asked.mid, (65003, b""), token=asked.token, payload=b'{"text":"a critical option"}')
            )
            peer.send(datagram(ACK, CONTENT, asked.mid, token=asked.token, payload=BODY))
            assert await call == Note("hello")

    asyncio.run(scenario())


def test_reset_ends_the_call_at_once() -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            call = asyncio.create_task(endpoint.call(FAST, peer.uri, peer="scanner@pi-1"))
            peer.send(datagram(RST, 0, (await peer.see()).mid, token=b""))
            with pytest.raises(PeerSilent, match=r"scanner@pi-1: cannot be asked for GET /fast: .*reset"):
                await call

    asyncio.run(scenario())


def test_news_that_one_peer_is_gone_does_not_cost_another_its_answer() -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            gone = f"coap://127.0.0.1:{free_port()}"
            for _ in range(20):
                calls = [asyncio.create_task(endpoint.call(FAST, uri)) for uri in (gone, peer.uri, gone)]
                asked = await peer.see()
                peer.send(datagram(ACK, CONTENT, asked.mid, token=asked.token, payload=BODY))
                outcomes = await asyncio.gather(*calls, return_exceptions=True)
                assert [type(outcome) for outcome in outcomes] == [PeerSilent, Note, PeerSilent]
                while not await peer.silence(0.001):  # a repetition that was on its way
                    pass

    asyncio.run(scenario())


def test_peer_that_went_silent_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            addresses = iter(["127.0.0.77", "127.0.0.1"])  # it moved, and nothing says so

            async def address(_host: str) -> str:
                return next(addresses)

            monkeypatch.setattr(endpoint._names, "address", address)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
                hole.bind(("127.0.0.77", peer.address[1]))
                with pytest.raises(PeerSilent):
                    await endpoint.call(FAST, f"coap://auth:{peer.address[1]}", budget_s=0.1)
            call = asyncio.create_task(endpoint.call(FAST, f"coap://auth:{peer.address[1]}"))
            asked = await peer.see()
            peer.send(datagram(ACK, CONTENT, asked.mid, token=asked.token, payload=BODY))
            assert await call == Note("hello")

    asyncio.run(scenario())


def test_close_ends_what_is_under_way() -> None:
    async def scenario() -> None:
        async with Asking() as (peer, endpoint):
            call = asyncio.create_task(endpoint.call(FAST, peer.uri))
            await peer.see()
            await endpoint.close()
            with pytest.raises(PeerSilent, match="closed"):
                await call
            with pytest.raises(PeerSilent, match="not open"):
                await endpoint.call(FAST, peer.uri)

    asyncio.run(scenario())
