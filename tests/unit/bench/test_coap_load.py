"""The load of bench.coap: it counts nothing as answered that was not."""

import socket
from collections.abc import Iterator

import pytest

from bench.coap.datagrams import ANSWER, PATH, Ask
from bench.coap.load import Numbers, Stalled, drive

GET = Ask(PATH)
Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The client's socket and the server's."""
    client, server = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with client, server:
        client.settimeout(0.05)
        server.settimeout(0.05)
        yield client, server


def answer(number: int, kind: int = 0x64, code: int = 0x45) -> bytes:
    token = number.to_bytes(4, "big")
    return bytes((kind, code)) + token[2:] + token + b"\xff" + ANSWER


def test_every_request_is_sent_once_and_its_answer_waited_for(ends: Ends) -> None:
    client, server = ends
    for number in (1, 2, 3):
        server.send(answer(number))
    assert drive([client], Numbers().exchanges(GET, 3), GET, "x") == answer(3)
    assert [server.recv(100) for _ in range(3)] == [GET.datagram(number) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "wrong",
    [answer(9), answer(1, code=0x84), b"\x70\x00\x00\x01", b"\x60", b""],
    ids=["token", "code", "reset", "cut", "empty"],
)
def test_wrong_answer_ends_the_run_and_names_the_server(ends: Ends, wrong: bytes) -> None:
    client, server = ends
    server.send(wrong)
    with pytest.raises(Stalled, match=r"txThings: answer .* to the request with token 00000001"):
        drive([client], Numbers().exchanges(GET, 1), GET, "txThings")


def test_missing_answer_ends_the_run(ends: Ends) -> None:
    with pytest.raises(Stalled, match="ours: "):
        drive([ends[0]], Numbers().exchanges(GET, 1), GET, "ours")


def test_ping_is_answered_with_a_reset_and_the_answer_still_waited_for(ends: Ends) -> None:
    client, server = ends
    server.send(b"\x40\x00\x12\x34")
    server.send(answer(1))
    drive([client], Numbers().exchanges(GET, 1), GET, "ours")
    assert server.recv(100) == GET.datagram(1) and server.recv(100) == b"\x70\x00\x12\x34"


def test_answer_in_a_message_of_its_own_is_acknowledged(ends: Ends) -> None:
    client, server = ends
    server.send(b"\x60\x00\x00\x01")
    server.send(answer(1, kind=0x44))
    drive([client], Numbers().exchanges(GET, 1), GET, "ours")
    assert server.recv(100) == GET.datagram(1) and server.recv(100) == b"\x60\x00\x00\x01"


def test_no_two_requests_share_token_or_message_id() -> None:
    numbers = Numbers()
    made = [*numbers.exchanges(GET, 300), *numbers.exchanges(Ask(None), 300)]
    assert len({token for _, token in made}) == len({data[2:4] for data, _ in made}) == 600
