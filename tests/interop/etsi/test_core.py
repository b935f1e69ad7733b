"""TD_COAP_CORE: one request, one answer. Our door is the server; what a test does not say of it is in README.md."""

import json

import pytest

from tests.interop.etsi.messages import (
    ACCEPT,
    ACK,
    CON,
    CONTENT_FORMAT,
    DELETE,
    ETAG,
    GET,
    IF_MATCH,
    IF_NONE_MATCH,
    JSON,
    NON,
    POST,
    PROXY_URI,
    PUT,
    RST,
    URI_QUERY,
    XML,
    Message,
    Options,
)
from tests.interop.etsi.offered import offered, play

pytestmark = pytest.mark.interop
NOTE = b'{"text":"a note","v":1}'


async def transaction(kind: int, method: int, said: str, text: str, payload: bytes = b"") -> None:
    """Both halves of TD_COAP_CORE_01 to 08: what is asked arrives, what is answered belongs to it."""
    async with offered() as (server, peer):
        asked = peer.ask(kind, method, "test", b"\x01\x02\x03", payload=payload)
        answer = await peer.hear()
        assert (answer.said, answer.token, answer.number(CONTENT_FORMAT)) == (said, asked.token, JSON)
        assert json.loads(answer.payload)["text"] == text
        assert server.taken == (["a note"] if payload else [])
        if kind == CON:
            assert (answer.kind, answer.mid) == (ACK, asked.mid)
        else:
            assert answer.kind == NON
        await peer.hear_nothing(0.15)


def test_td_coap_core_01_get_in_con_mode() -> None:
    play(transaction(CON, GET, "2.05", "tested"))


def test_td_coap_core_03_put_in_con_mode() -> None:
    play(transaction(CON, PUT, "2.04", "taken", NOTE))


def test_td_coap_core_04_post_in_con_mode() -> None:
    play(transaction(CON, POST, "2.04", "taken", NOTE))


def test_td_coap_core_05_get_in_non_mode() -> None:
    play(transaction(NON, GET, "2.05", "tested"))


def test_td_coap_core_07_put_in_non_mode() -> None:
    play(transaction(NON, PUT, "2.04", "taken", NOTE))


def test_td_coap_core_08_post_in_non_mode() -> None:
    play(transaction(NON, POST, "2.04", "taken", NOTE))


@pytest.mark.parametrize("length", [1, 4, 8])
def test_td_coap_core_10_get_with_a_token_is_answered_with_it(length: int) -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            token = bytes(range(0xF0, 0xF0 + length))
            assert (await peer.exchange(GET, "test", token)).said == "2.05"

    play(scenario())


def test_td_coap_core_12_get_with_an_empty_token_is_answered_without_one() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            answer = await peer.exchange(GET, "test", b"")
            assert (answer.said, answer.token, json.loads(answer.payload)["text"]) == ("2.05", b"", "tested")

    play(scenario())


def test_td_coap_core_13_get_with_several_path_options() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            answer = await peer.exchange(GET, "seg1/seg2/seg3")
            assert (answer.said, json.loads(answer.payload)["text"]) == ("2.05", "three deep")
            for other in ("seg1", "seg1/seg2", "seg1/seg3/seg2", "seg1/seg2/seg3/seg4"):
                assert (await peer.exchange(GET, other)).said == "4.04"

    play(scenario())


def test_td_coap_core_14_get_with_several_query_options() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            query: Options = tuple((URI_QUERY, part) for part in (b"first=1", b"second=2", b"third=3"))
            answer = await peer.exchange(GET, "query", options=query)
            assert (answer.said, json.loads(answer.payload)["text"]) == ("2.05", "1 2 3")
            assert (await peer.exchange(GET, "query", options=query[:2])).said == "4.00"

    play(scenario())


def test_td_coap_core_20_get_with_accept_gives_that_format_or_4_06() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            fitting = await peer.exchange(GET, "test", options=((ACCEPT, bytes([JSON])),))
            assert (fitting.said, fitting.number(CONTENT_FORMAT)) == ("2.05", JSON)
            other = await peer.exchange(GET, "test", options=((ACCEPT, bytes([XML])),))
            assert (other.said, other.number(CONTENT_FORMAT)) == ("4.06", None)

    play(scenario())


def test_td_coap_core_31_ping_is_answered_with_a_reset_of_four_bytes() -> None:
    async def scenario() -> None:
        async with offered() as (_, peer):
            ping = peer.say(Message(CON, 0, peer.mid()))
            assert await peer.hear() == Message(RST, 0, ping.mid)  # decoding has seen to the four bytes

    play(scenario())


def test_td_coap_core_21_get_with_the_tag_of_what_is_known_already_is_2_03_until_it_changes() -> None:
    """Our door tags what is too large for one datagram, and answers whoever shows a tag with one."""

    async def scenario() -> None:
        async with offered() as (server, peer):
            tag = (await peer.exchange(GET, "large")).all(ETAG)
            assert len(tag) == 1
            known: Options = ((ETAG, tag[0]),)
            valid = await peer.exchange(GET, "large", options=known)
            assert (valid.said, valid.all(ETAG), valid.payload) == ("2.03", tag, b"")
            server.large = server.large[::-1]
            changed = await peer.exchange(GET, "large", options=known)
            assert changed.said == "2.05" and changed.all(ETAG) not in ([], tag)
            assert changed.payload == server.large[:1024]
            small = await peer.exchange(GET, "test", options=known)
            again = await peer.exchange(GET, "test", options=((ETAG, small.all(ETAG)[0]),))
            assert (small.said, again.said) == ("2.05", "2.03")

    play(scenario())


@pytest.mark.parametrize(
    ("method", "option", "said"),
    [
        (DELETE, None, "4.05"),
        (PUT, (IF_MATCH, b"tag"), "4.02"),
        (PUT, (IF_NONE_MATCH, b""), "4.02"),
        (GET, (PROXY_URI, b"coap://192.0.2.1/test"), "5.05"),
    ],
)
def test_what_does_not_apply_is_refused_and_changes_nothing(method: int, option: tuple[int, bytes] | None, said: str) -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            answer = await peer.exchange(
                method, "test", options=(option,) if option else (), payload=NOTE if method == PUT else b""
            )
            assert answer.said == said
            assert server.taken == []

    play(scenario())
