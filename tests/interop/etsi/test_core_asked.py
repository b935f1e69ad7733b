"""TD_COAP_CORE: one request, one answer. Our door is the client, which asks in CON mode and with a token of its own only."""

import asyncio
import os
import sys

import pytest

from nanoservices import wire
from tests.interop.conftest import ROOT
from tests.interop.etsi.messages import (
    ACK,
    CON,
    CONTENT_FORMAT,
    GET,
    JSON,
    POST,
    PUT,
    URI_PATH,
    URI_QUERY,
    Message,
    encode,
)
from tests.interop.etsi.offered import TEST, TEST_POST, TEST_PUT, Note, Three, asking, play, row, running
from tests.interop.etsi.peer import Peer

pytestmark = pytest.mark.interop
NOTE = b'{"text":"a note","v":1}'


@pytest.mark.parametrize(
    ("called", "method", "said"), [(TEST, GET, "2.05"), (TEST_PUT, PUT, "2.04"), (TEST_POST, POST, "2.04")]
)
def test_td_coap_core_01_03_04_our_client_asks_in_con_mode(called: wire.Resource, method: int, said: str) -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(called, peer.uri, Note("a note") if called.request else None)) as call:
                asked = await peer.hear()
                assert (asked.kind, asked.code, asked.all(URI_PATH)) == (CON, method, [b"test"])
                assert 1 <= len(asked.token) <= 8
                if called.request:
                    assert (asked.number(CONTENT_FORMAT), asked.payload) == (JSON, NOTE)
                peer.answer(asked, said, b'{"text":"heard"}')
                assert await call == Note("heard")
            await peer.hear_nothing()

    play(scenario())


@pytest.mark.parametrize("same_token", [False, True])
def test_td_coap_core_10_our_client_takes_no_answer_with_another_token_or_message_id(same_token: bool) -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(TEST, peer.uri)) as call:
                asked = await peer.hear()
                mid, token = (asked.mid ^ 1, asked.token) if same_token else (asked.mid, asked.token[::-1])
                peer.say(Message(ACK, 0x45, mid, token, payload=b'{"text":"wrong"}'))
                peer.answer(asked, "2.05", b'{"text":"right"}')
                assert await call == Note("right")

    play(scenario())


def test_td_coap_core_13_14_our_client_sends_each_segment_and_each_parameter_as_an_option() -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            called = row("seg1/seg2/seg3", "GET", Three)
            with running(door.call(called, peer.uri, Three("1", "a&b=c", "ü"))) as call:
                asked = await peer.hear()
                assert asked.all(URI_PATH) == [b"seg1", b"seg2", b"seg3"]
                assert asked.all(URI_QUERY) == [b"first=1", b"second=a&b=c", "third=ü".encode()]
                assert len(encode(asked)) < 1152  # section 4.6
                peer.answer(asked, "2.05", b'{"text":"heard"}')
                assert await call == Note("heard")

    play(scenario())


@pytest.mark.parametrize(("answered", "status"), [(True, 0), (False, 1)])
def test_td_coap_core_31_our_health_check_is_a_ping(answered: bool, status: int) -> None:
    """`--health` of any service: alive is who answers a ping with a reset; a wrong answer is none."""

    async def scenario() -> None:
        with Peer() as peer:
            environment = {**os.environ, "NANO_BIND": "127.0.0.1", "NANO_PORT": peer.uri.rsplit(":")[-1]}
            command = (sys.executable, "-m", "nanoservices.presence", "--health")
            probe = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL)
            ping = await peer.hear(10)
            assert ping == Message(CON, 0, ping.mid)
            peer.reset(ping) if answered else peer.acknowledge(ping)
            assert await asyncio.wait_for(probe.wait(), 10) == status

    play(scenario())
