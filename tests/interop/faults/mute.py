"""A scanner that takes a request and does not answer it as it should: raw datagrams, since our own door would."""

import asyncio
from types import TracebackType
from typing import Any

from nanoservices import payload, wire

_CON, _ACK, _NON = 0x40, 0x60, 0x50
_CHANGED = 0x44  # 2.04
_NOTHING_HEARD = payload.encode(wire.Scans("zone", (), 0.0))


class Mute(asyncio.DatagramProtocol):
    """Acknowledges every request, and answers `answers` of the later ones as a NON; the first answer is always lost."""

    def __init__(self, answers: bool) -> None:
        self._answers = answers
        self.asked: list[bytes] = []  # the tokens

    async def __aenter__(self) -> "Mute":
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.close()

    @property
    def uri(self) -> str:
        return "coap://127.0.0.1:{}".format(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[0] & 0xF0 != _CON or data[1] == 0:
            return
        self._transport.sendto(bytes((_ACK, 0)) + data[2:4], addr)
        token = data[4 : 4 + (data[0] & 15)]
        if token in self.asked:
            return
        self.asked.append(token)
        if self._answers and len(self.asked) > 1:
            head = bytes((_NON | len(token), _CHANGED, 0x77, len(self.asked))) + token
            self._transport.sendto(head + b"\xc1\x32\xff" + _NOTHING_HEARD, addr)
