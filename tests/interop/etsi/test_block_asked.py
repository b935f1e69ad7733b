"""TD_COAP_BLOCK: bodies of many blocks. Our door is the client."""

import json

import pytest

from nanoservices.errors import PeerRefused
from tests.interop.etsi.blocks import hand_out, size, take
from tests.interop.etsi.messages import BLOCK1, BLOCK2, LARGEST, POST, block
from tests.interop.etsi.offered import LARGE, LARGE_BYTES, LARGE_POST, LARGE_UPDATE, Note, asking, play, running
from tests.interop.etsi.test_block import LONG

pytestmark = pytest.mark.interop
TAKEN = b'{"text":"taken"}'


@pytest.mark.parametrize("exponent", [0, 2, LARGEST])
def test_td_coap_block_02_06_our_client_gathers_in_the_blocks_that_the_server_chooses(exponent: int) -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(LARGE, peer.uri)) as call:
                requests = await hand_out(peer, LARGE_BYTES, exponent)
                assert await call == LARGE_BYTES
            assert requests[0].block(BLOCK2) is None  # agreed late
            assert len({(request.mid, request.token) for request in requests}) == -(-len(LARGE_BYTES) // size(exponent))

    play(scenario())


@pytest.mark.parametrize("grant", [LARGEST, 5, 2])
def test_td_coap_block_03_our_client_sends_in_blocks_no_larger_than_the_server_grants(grant: int) -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(LARGE_UPDATE, peer.uri, Note(LONG))) as call:
                body, last, numbers = await take(peer, grant)
                assert json.loads(body)["text"] == LONG
                assert numbers[:2] == [0, 1 << LARGEST - grant]  # goes on where the first block ended, in the new size
                peer.answer(last, "2.04", TAKEN, ((BLOCK1, block(numbers[-1], False, grant)),))
                assert await call == Note("taken")

    play(scenario())


def test_td_coap_block_03_our_client_says_so_when_the_server_lost_its_thread() -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(LARGE_UPDATE, peer.uri, Note(LONG), peer="forgetful")) as call:
                peer.answer(await peer.hear(), "2.31", options=((BLOCK1, block(0, True, LARGEST)),))
                peer.answer(await peer.hear(), "4.08", b"who are you?")
                with pytest.raises(PeerRefused, match=r"forgetful: 4\.08 who are you"):
                    await call

    play(scenario())


def test_td_coap_block_05_our_client_posts_a_large_body_and_gathers_a_large_answer() -> None:
    async def scenario() -> None:
        async with asking() as (door, peer):
            with running(door.call(LARGE_POST, peer.uri, Note(LONG))) as call:
                body, last, _ = await take(peer, LARGEST)
                assert json.loads(body)["text"] == LONG
                answer = json.dumps({"text": LONG[::-1]}).encode()
                requests = await hand_out(peer, answer, 5, "2.04", first=last)
                assert await call == Note(LONG[::-1])
            for further in requests[1:]:
                assert (further.code, further.payload, further.block(BLOCK1)) == (POST, b"", None)
                assert [option for option in further.options if option[0] != BLOCK2] == [
                    option for option in last.options if option[0] not in (BLOCK1, BLOCK2)
                ]  # the same options but for the blocks

    play(scenario())
