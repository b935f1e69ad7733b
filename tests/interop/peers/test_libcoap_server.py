"""libcoap's example server as our peer: what our client makes of an implementation that is not ours."""

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.errors import PeerRefused, PeerSilent
from tests.interop.peers.calling import LARGE_NOTE, Note, asking, call, row, serving
from tests.interop.peers.programs import LIBCOAP, required

pytestmark = pytest.mark.interop


TIME, LISTING = row("time", "GET"), row(".well-known/core", "GET")
PUT_DATA, GET_DATA = row("example_data", "PUT", Note), row("example_data", "GET", None, Note)
SLOW = row("async", "GET")  # answers after 5 s


def libcoap(*options: str) -> AbstractContextManager[str]:
    program = required("coap-server-notls", LIBCOAP)
    return serving(lambda port: [program, "-A", "127.0.0.1", "-p", str(port), "-d", "10", *options])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with libcoap() as uri:
        yield uri


def test_short_answers_come(server: str) -> None:
    assert b":" in call(server, TIME)
    assert b"</example_data>" in call(server, LISTING)


def test_what_is_put_is_there_and_may_have_been_created(server: str) -> None:
    path = f"note-{secrets.token_hex(4)}"
    assert call(server, row(path, "PUT", Note), Note("one")) == b""  # 2.01
    assert call(server, row(path, "PUT", Note), Note("two")) == b""  # 2.04
    assert call(server, row(path, "GET", None, Note)) == Note("two")


def test_20_kb_go_up_and_come_down_whole(server: str) -> None:
    call(server, PUT_DATA, LARGE_NOTE)
    assert call(server, GET_DATA) == LARGE_NOTE


def test_20_kb_for_several_at_once_are_not_mixed_up(server: str) -> None:
    notes = [Note(secrets.token_hex(10_000)) for _ in range(4)]

    async def work(endpoint: Endpoint) -> None:
        await asyncio.gather(
            *(endpoint.call(row(f"n{i}", "PUT", Note), server, note, budget_s=20) for i, note in enumerate(notes))
        )
        gets = (endpoint.call(row(f"n{i}", "GET", None, Note), server, budget_s=20) for i in range(len(notes)))
        assert await asyncio.gather(*gets) == notes

    asking(work)


def test_acknowledgement_alone_is_no_answer(server: str) -> None:
    with pytest.raises(PeerSilent, match="peer: no answer to GET /async within"):
        call(server, SLOW, budget_s=0.5)


def test_answer_that_comes_later_by_itself_is_waited_for_and_keeps_nobody_back(server: str) -> None:
    """A separate response (RFC 7252 section 5.2.2)."""

    async def work(endpoint: Endpoint) -> list[bytes]:
        answers: list[bytes] = []

        async def ask(asked: wire.Resource) -> None:
            answers.append(await endpoint.call(asked, server, budget_s=10))

        await asyncio.gather(ask(SLOW), *(ask(TIME) for _ in range(5)))
        return answers

    *quick, slow = asking(work)
    assert slow == b"done" and len(quick) == 5 and all(b":" in answer for answer in quick)


@pytest.mark.parametrize(
    ("asked", "code"), [(row("nothing", "GET"), "4.04"), (row("async", "PUT", Note), "4.05"), (row("time", "POST"), "4.05")]
)
def test_its_no_is_told_with_its_code(server: str, asked: wire.Resource, code: str) -> None:
    with pytest.raises(PeerRefused) as caught:
        call(server, asked, None if asked.request is None else Note("one"))
    assert caught.value.answer_code == code and caught.value.peer == "peer"


def test_answer_of_another_shape_is_refused(server: str) -> None:
    with pytest.raises(PeerRefused, match="malformed"):
        call(server, row("time", "GET", None, Note))


@pytest.mark.parametrize("lost", ["1", "1,2", "2,5,6,11"])
def test_answers_that_are_lost_come_when_asked_again(lost: str) -> None:
    """The server does not send those of its datagrams."""
    with libcoap("-l", lost) as uri:
        assert b":" in call(uri, TIME)
        call(uri, PUT_DATA, LARGE_NOTE)
        assert call(uri, GET_DATA) == LARGE_NOTE


def test_server_that_has_gone_is_said_to_have_gone_at_once() -> None:
    with libcoap() as uri:
        call(uri, TIME)
    began = time.monotonic()
    with pytest.raises(PeerSilent, match="nobody listens"):
        call(uri, TIME)
    assert time.monotonic() - began < 5
