"""Lost, repeated and late messages, from both sides of the door (RFC 7252 sections 4 and 5.2)."""

import asyncio
import logging
import socket
from typing import Any

import pytest
from aiocoap.numbers.constants import TransportTuning

from nanoservices.coap import Endpoint
from nanoservices.errors import PeerSilent
from tests.unit.raw_coap import ACK, CON, GET, NON, PUT, RST, Peer, Seen, datagram, path, seen, serving
from tests.unit.test_coap import Note, free_port, row
from tests.unit.test_coap_guards import HANDLERS, ORDER, WATCHED

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


# --- asking ---------------------------------------------------------------------------------------------------------


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


# --- answering ------------------------------------------------------------------------------------------------------


class Counting:
    def __init__(self, wait_s: float = 0.0):
        self.calls = 0
        self._wait_s = wait_s

    async def __call__(self, message: Note, _sender: str) -> Note:
        self.calls += 1
        await asyncio.sleep(self._wait_s)
        return Note(f"{message.text} {self.calls}")


def order(kind: int = CON, mid: int = 5, text: str = "on") -> bytes:
    return datagram(kind, PUT, mid, *path("order"), (12, b"\x32"), token=b"token", payload=b'{"text":"%s"}' % text.encode())


def test_repeated_request_is_carried_out_once_and_answered_alike_every_time() -> None:
    handler = Counting()

    async def scenario() -> None:
        async with serving({**HANDLERS, ORDER: handler}) as (peer, _):
            answers = set()
            for _ in range(3):
                peer.send(order())
                answers.add((await peer.next())[0])
            assert len(answers) == 1 and handler.calls == 1
            for _ in range(2):
                peer.send(order(NON, 6))
            assert (await peer.see()).kind == NON
            assert await peer.silence() and handler.calls == 2

    asyncio.run(scenario())


def test_slow_answer_is_announced_then_sent_by_itself_until_it_is_acknowledged() -> None:
    handler = Counting(0.15)

    async def scenario() -> None:
        async with serving({**HANDLERS, ORDER: handler}) as (peer, _):
            await peer.prove()
            peer.send(order())
            peer.send(order())
            empty = await peer.see()
            assert (empty.kind, empty.code, empty.mid) == (ACK, "0.00", 5)
            peer.send(order())
            assert (await peer.see()).code == "0.00"  # still under way
            first, again = await peer.see(), await peer.see()
            assert first == again and (first.kind, first.code, first.token) == (CON, "2.04", b"token")
            peer.send(datagram(ACK, 0, first.mid, token=b""))
            assert await peer.silence(0.6)
            assert handler.calls == 1

    asyncio.run(scenario())


def test_slow_answer_goes_no_more_often_than_it_may_to_a_peer_that_has_not_proved_its_address() -> None:
    async def scenario() -> None:
        async with serving({**HANDLERS, ORDER: Counting(0.15)}, answers_pings=False) as (peer, _):
            peer.send(order())
            sent = 4 + (await peer.see()).size  # and a ping
            while not await peer.silence(0.6):
                sent += len(peer.last)
            assert sent <= 3 * len(order())

    asyncio.run(scenario())


def test_slow_large_answer_comes_in_blocks_after_its_acknowledgement() -> None:
    async def slowly(_message: None, _sender: str) -> bytes:
        await asyncio.sleep(0.15)
        return b"l" * 3000

    slow = row("long", "GET", None, bytes)

    async def scenario() -> None:
        async with serving({WATCHED: HANDLERS[WATCHED], slow: slowly}) as (peer, _):
            await peer.prove()
            peer.send(datagram(CON, GET, 5, *path("long")))
            assert (await peer.see()).code == "0.00"
            first = await peer.see()
            assert first.code == "2.05" and first.says.block2 is not None and first.says.block2.more
            assert first.kind != ACK and len(first.payload) == 1024

    asyncio.run(scenario())


def test_one_peer_can_use_every_message_id_again_at_once() -> None:
    async def scenario() -> None:
        sent: list[bytes] = []
        async with serving(HANDLERS) as (_, endpoint):
            server: Any = endpoint._server
            server._socket = type(
                "Wire", (), {"send": lambda _self, data, *_: sent.append(data), "close": lambda _self: None}
            )()
            for number in range(70_000):
                server.request(
                    datagram(CON, GET, number & 0xFFFF, *path("small"), token=number.to_bytes(8, "big")),
                    ("192.0.2.1", 9),
                    [],
                    True,
                )
            assert len(sent) == 70_000
            assert all(answer[2:4] == (number & 0xFFFF).to_bytes(2, "big") for number, answer in enumerate(sent))
            assert len(server._answers) < 12_000  # what it remembers of them is bounded

    asyncio.run(scenario())


def test_observer_is_told_of_changes_and_of_large_ones_block_by_block() -> None:
    texts = iter(["first", "second", "x" * 3000])
    handlers = {**HANDLERS, WATCHED: lambda _message, _sender: Note(next(texts))}

    async def scenario() -> None:
        async with serving(handlers) as (peer, endpoint):
            peer.send(datagram(CON, GET, 2, (6, b""), *path("watched"), token=b"obs"))
            assert b"first" in (await peer.see()).payload
            for text, blocks in (("second", False), ("x" * 1000, True)):
                endpoint.changed(WATCHED)
                notice = await peer.see()
                assert notice.kind == CON and notice.token == b"obs" and text.encode() in notice.payload
                assert (notice.says.block2 is not None) == blocks and notice.says.observe
                peer.send(datagram(ACK, 0, notice.mid, token=b""))
            peer.send(datagram(CON, GET, 3, *path("watched"), (23, b"\x16"), token=b"more"))
            assert (await peer.see()).payload == b"x" * 1024

    asyncio.run(scenario())


def test_observer_that_registers_again_gets_a_higher_number() -> None:
    async def scenario() -> list[int]:
        async with serving(HANDLERS) as (peer, _):
            await peer.prove()
            numbers = []
            for mid in range(3):
                peer.send(datagram(CON, GET, mid, (6, b""), *path("watched"), token=b"obs"))
                numbers.append((await peer.see()).says.observe or 0)
            return numbers

    numbers = asyncio.run(scenario())
    assert numbers == sorted(set(numbers))


def test_change_that_changes_nothing_is_not_told() -> None:
    states = iter(["one", "one", "two"])

    async def scenario() -> None:
        async with serving({**HANDLERS, WATCHED: lambda _message, _sender: Note(next(states))}) as (peer, endpoint):
            await peer.prove()
            peer.send(datagram(CON, GET, 2, (6, b""), *path("watched"), token=b"obs"))
            assert b"one" in (await peer.see()).payload
            endpoint.changed(WATCHED)
            assert await peer.silence(0.1)
            endpoint.changed(WATCHED)
            assert b"two" in (await peer.see()).payload

    asyncio.run(scenario())


def test_block_of_a_state_that_is_not_kept_any_more_is_of_the_one_now() -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            await peer.prove()
            peer.send(datagram(CON, GET, 2, *path("long"), (23, b"\x36")))
            answer = await peer.see()
            assert (answer.code, answer.payload) == ("2.05", b"l" * 1024)
            peer.send(datagram(CON, GET, 3, *path("long"), (23, b"\x0f\xf6")))
            assert (await peer.see()).code == "4.00"

    asyncio.run(scenario())


def test_of_many_changes_an_observer_gets_the_newest_after_the_one_it_has_not_acknowledged() -> None:
    states = iter(range(100))
    handlers = {**HANDLERS, WATCHED: lambda _message, _sender: Note(f"state {next(states)}")}

    async def scenario() -> None:
        async with serving(handlers) as (peer, endpoint):
            await peer.prove()
            peer.send(datagram(NON, GET, 1, (6, b""), *path("watched"), token=b"obs"))
            assert (await peer.see()).kind == NON
            for _ in range(10):
                endpoint.changed(WATCHED)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            first = await peer.see()
            assert first.kind == CON and b"state 1" in first.payload
            peer.send(datagram(ACK, 0, first.mid, token=b""))
            last = await peer.see()
            assert b"state 10" in last.payload and (last.says.observe or 0) > (first.says.observe or 0)
            peer.send(datagram(ACK, 0, last.mid, token=b""))
            assert await peer.silence(0.3)

    asyncio.run(scenario())


def test_block_that_does_not_follow_the_last_is_4_08_and_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            for mid, number in enumerate((0, 2)):
                value = (number << 4 | 8).to_bytes(1, "big")
                peer.send(datagram(CON, PUT, mid, *path("order"), (12, b"\x32"), (27, value), payload=b"x" * 16))
                assert (await peer.see()).code == ("2.31", "4.08")[mid]

    asyncio.run(scenario())
    assert "Traceback" not in caplog.text


def test_token_that_is_used_again_before_its_answer_belongs_to_the_newer_request(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(HANDLERS) as (peer, _):
            await peer.prove()
            for mid in range(20):
                peer.send(datagram(CON, GET, mid, *path("watched"), (23, b"\x06")))
            last: list[Seen] = []
            peer.send(datagram(CON, GET, 99, *path("watched"), token=b"other"))
            while (answer := await peer.see()).mid != 99:
                last.append(answer)
            assert last and {each.code for each in last} == {"2.05"}

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert not caplog.records


def test_blocks_of_two_states_have_two_tags_and_a_state_that_is_known_is_not_sent_again() -> None:
    states = iter("aabb")
    handlers = {**HANDLERS, WATCHED: lambda _message, _sender: Note(next(states) * 3000)}

    async def scenario() -> None:
        async with serving(handlers) as (peer, _):
            await peer.prove()
            tags = []
            for mid in range(3):
                peer.send(datagram(CON, GET, mid, *path("watched")))
                tags.append((await peer.see()).says.etag)
            assert tags[0] == tags[1] != tags[2] and tags[2] is not None
            peer.send(datagram(CON, GET, 9, (4, tags[2]), *path("watched")))
            valid = await peer.see()
            assert (valid.code, valid.payload, valid.says.etag) == ("2.03", b"", tags[2])

    asyncio.run(scenario())


@pytest.mark.parametrize("farewell", ["reset", "silence", "gone"])
def test_observer_that_is_gone_is_forgotten(farewell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransportTuning, "MAX_RETRANSMIT", 1)  # 4: that would take 8 s

    async def scenario() -> None:
        states = iter("abc")
        async with serving({**HANDLERS, WATCHED: lambda _message, _sender: Note(next(states))}) as (peer, endpoint):
            await peer.prove()
            peer.send(datagram(CON, GET, 2, (6, b""), *path("watched"), token=b"obs"))
            assert (await peer.see()).says.observe
            watched: Any = endpoint._resources["watched"]
            assert len(watched._observations) == 1
            if farewell == "gone":
                peer.socket.close()
            endpoint.changed(WATCHED)
            if farewell == "reset":
                peer.send(datagram(RST, 0, (await peer.see()).mid, token=b""))
            for _ in range(200):
                await asyncio.sleep(0.01)
                if not watched._observations:
                    return
            raise AssertionError("it is still observed")

    asyncio.run(scenario())
