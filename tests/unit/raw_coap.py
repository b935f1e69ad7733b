"""A peer that sends and sees single datagrams, and answers only what a test tells it to."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import NamedTuple

from nanoservices.coap import Endpoint, Handlers
from nanoservices.coap_options import Asked, encoded, split, understand
from tests.unit.ports import free_port

CON, NON, ACK, RST = range(4)
GET, POST, PUT = 1, 2, 3


class Seen(NamedTuple):
    """A datagram, taken apart."""

    kind: int
    code: str
    mid: int
    token: bytes
    says: Asked
    payload: bytes
    size: int


def datagram(kind: int, code: int, mid: int, *options: tuple[int, bytes], token: bytes = b"t", payload: bytes = b"") -> bytes:
    head = bytes((0x40 | kind << 4 | len(token), code, mid >> 8, mid & 255)) + token
    return head + encoded(*options) + (b"\xff" + payload if payload else b"")


def path(text: str) -> tuple[tuple[int, bytes], ...]:
    return tuple((11, part.encode()) for part in text.split("/"))


def seen(data: bytes) -> Seen:
    start = 4 + (data[0] & 15)
    end = split(data, start)
    code = f"{data[1] >> 5}.{data[1] & 31:02d}"
    return Seen(
        data[0] >> 4 & 3,
        code,
        int.from_bytes(data[2:4], "big"),
        data[4:start],
        understand(data[start:end]),
        data[end + 1 :],
        len(data),
    )


class Peer:
    """`answers_pings`: as every CoAP implementation does, which proves that it is where it says."""

    def __init__(self, *, answers_pings: bool = True) -> None:
        self.answers_pings = answers_pings
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.socket.getsockname()
        self.uri = f"coap://127.0.0.1:{self.address[1]}"
        self.server = ("127.0.0.1", 0)
        self.last = b""

    def send(self, data: bytes, to: tuple[str, int] | None = None) -> None:
        self.socket.sendto(data, to or self.server)

    async def next(self, within_s: float = 2.0) -> tuple[bytes, tuple[str, int]]:
        """The next datagram that comes, and from where. TimeoutError when none does."""
        async with asyncio.timeout(within_s):
            self.last, sender = await asyncio.get_running_loop().sock_recvfrom(self.socket, 65536)
            return self.last, sender

    async def see(self, within_s: float = 2.0) -> Seen:
        """The next datagram that is no ping."""
        while True:
            data, sender = await self.next(within_s)
            if data[:2] != b"\x40\x00":
                return seen(data)
            if self.answers_pings:
                self.send(b"\x70\x00" + data[2:], sender)

    async def silence(self, for_s: float = 0.08) -> bool:
        try:
            await self.next(for_s)
        except TimeoutError:
            return True
        return False

    async def prove(self) -> None:
        """Make the server believe that we are where we say."""
        self.send(datagram(CON, GET, 0xFFFE, *path(".well-known/core"), token=b"prove"))
        await self.see()

    async def __aenter__(self) -> "Peer":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.socket.close()


@contextlib.asynccontextmanager
async def serving(handlers: Handlers, *, answers_pings: bool = True) -> AsyncIterator[tuple[Peer, Endpoint]]:
    """A raw peer, and our endpoint serving `handlers` to it."""
    port, endpoint = free_port(), Endpoint()
    await endpoint.open("127.0.0.1", port, handlers)
    try:
        async with Peer(answers_pings=answers_pings) as peer:
            peer.server = ("127.0.0.1", port)
            yield peer, endpoint
    finally:
        await endpoint.close()
