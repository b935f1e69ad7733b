"""Keeps a server busy: so many clients, each with a socket of its own, each asking again as soon as it is answered.

Plain sockets and datagrams made beforehand, so that the server and not this is what is short of time. The sockets are
read in turn: a server answers in the order it was asked, and waiting in one `recv` costs less than asking which is ready.
"""

import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bench.coap.datagrams import CON, Ask

CLIENTS = 16
PATIENCE_S = 5
_MOST_BYTES = 2048
_PING, _EMPTY_ACK = b"\x40\x00", b"\x60\x00"

Exchange = tuple[bytes, bytes]  # a datagram and its token


class Stalled(RuntimeError):
    """A server did not answer, or not what it was asked."""


class Numbers:
    """Tokens and message ids that no request had before."""

    def __init__(self) -> None:
        self._next = 1

    def exchanges(self, ask: Ask, count: int) -> list[Exchange]:
        first, self._next = self._next, self._next + count
        return [(ask.datagram(number), number.to_bytes(4, "big")) for number in range(first, self._next)]


@contextmanager
def clients(port: int, count: int = CLIENTS) -> Iterator[list[socket.socket]]:
    """Sockets with source ports of their own, which see nobody's datagrams but the server's."""
    patience = struct.pack("@ll", PATIENCE_S, 0)  # the kernel's own time limit: Python's would cost a poll per datagram
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(count)]
        for one in opened:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
            one.connect(("127.0.0.1", port))
        yield opened


def drive(sockets: Sequence[socket.socket], exchanges: Sequence[Exchange], ask: Ask, name: str) -> bytes:
    """Every exchange once, as many under way as there are sockets; the last answer. Stalled, with the server's `name`, if
    one is missing or wrong."""
    try:
        return _drive(sockets, exchanges, ask.head)
    except (OSError, Stalled) as error:  # EAGAIN: nothing came for PATIENCE_S
        raise Stalled(f"{name}: {error}") from None


def _drive(sockets: Sequence[socket.socket], exchanges: Sequence[Exchange], head: bytes) -> bytes:
    width = len(sockets)
    for place in range(min(width, len(exchanges))):
        sockets[place].send(exchanges[place][0])
    data, last = b"", len(exchanges) - width
    for place, (_, token) in enumerate(exchanges):
        one = sockets[place % width]
        data = one.recv(_MOST_BYTES)
        if data[:2] != head or data[4:8] != token:
            data = _settle(one, data, token, head)
        if place < last:
            one.send(exchanges[place + width][0])
    return data


def _settle(one: socket.socket, data: bytes, token: bytes, head: bytes) -> bytes:
    """What is rare: a ping that wants to know whether we are here, an answer in a message of its own."""
    while True:
        mine = data[4:8] == token and data[1] == head[1]
        kind = data[0] >> 4 & 3 if len(data) >= 4 else None
        if data[:2] == _PING:
            one.send(b"\x70\x00" + data[2:4])
        elif kind == CON:
            one.send(_EMPTY_ACK + data[2:4])
        elif data[:2] != _EMPTY_ACK and not mine:
            raise Stalled(
                f"answer {data[:40].hex()} to the request with token {token.hex()}; expected it to begin {head.hex()}"
            )
        if mine:
            return data
        data = one.recv(_MOST_BYTES)
