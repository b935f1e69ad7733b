"""The other side of a plugtest: a bare UDP socket, on which every datagram is said and checked one by one.

Nothing is acknowledged, repeated or thrown away by itself: what is lost on the way in a lossy case is what this side does
not answer, or says twice.
"""

import asyncio
import socket

from tests.interop.etsi.messages import (
    ACK,
    BLOCK2,
    CON,
    CONTENT_FORMAT,
    ECHO,
    GET,
    JSON,
    LARGEST,
    RST,
    Message,
    Options,
    code,
    decode,
    encode,
    path,
)

PATIENCE_S = 3.0
QUIET_S = 0.5  # longer than the door waits before it repeats anything


class Peer:
    """A client of `address`, or without one a server: it answers whoever was heard last."""

    def __init__(self, address: tuple[str, int] | None = None):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self.address = address
        self._mid = 0x4000

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def uri(self) -> str:
        return f"coap://127.0.0.1:{self._socket.getsockname()[1]}"

    def mid(self) -> int:
        self._mid += 1
        return self._mid

    def say(self, message: Message) -> Message:
        assert self.address is not None, "nobody was heard yet"
        self._socket.sendto(encode(message), self.address)
        return message

    def ask(
        self, kind: int, method: int, to: str, token: bytes = b"\x2a", options: Options = (), payload: bytes = b""
    ) -> Message:
        """Send a request; a payload is JSON."""
        form: Options = ((CONTENT_FORMAT, bytes([JSON])),) if payload else ()
        return self.say(Message(kind, method, self.mid(), token, (*path(to), *form, *options), payload))

    def answer(self, asked: Message, said: str, payload: bytes = b"", options: Options = (), *, form: int = JSON) -> Message:
        """Answer on the acknowledgement (RFC 7252 section 5.2.1)."""
        kept: Options = ((CONTENT_FORMAT, bytes([form])),) if payload else ()
        return self.say(Message(ACK, code(said), asked.mid, asked.token, (*kept, *options), payload))

    def acknowledge(self, message: Message) -> None:
        self.say(Message(ACK, 0, message.mid))

    def reset(self, message: Message) -> None:
        self.say(Message(RST, 0, message.mid))

    async def hear(self, within_s: float = PATIENCE_S) -> Message:
        """The next datagram, whatever it is."""
        loop = asyncio.get_running_loop()
        datagram, self.address = await asyncio.wait_for(loop.sock_recvfrom(self._socket, 65_536), within_s)
        return decode(datagram)

    async def hear_nothing(self, for_s: float = QUIET_S) -> None:
        try:
            heard = await self.hear(for_s)
        except TimeoutError:
            return
        raise AssertionError(f"nothing should have come, but this did: {heard}")

    async def pause(self, for_s: float = 0.03) -> None:
        """Let the door go on, without looking."""
        await asyncio.sleep(for_s)

    async def exchange(
        self, method: int, to: str, token: bytes = b"\x2a", options: Options = (), payload: bytes = b""
    ) -> Message:
        """A confirmable request and the answer on its acknowledgement."""
        asked = self.ask(CON, method, to, token, options, payload)
        answer = await self.hear()
        assert (answer.kind, answer.mid, answer.token) == (ACK, asked.mid, asked.token)
        return answer

    async def introduce(self) -> None:
        """Show the door that this address is ours: a stranger gets no more than three times what it sends (RFC 9175).

        The plugtests are older than that rule, and their clients are given whole answers. A ping is answered as by any
        implementation; Echo as by a new one.
        """
        asked = self.ask(CON, GET, "large")
        while (heard := await self.hear()).block(BLOCK2) != (0, True, LARGEST):
            if (heard.kind, heard.code) == (CON, 0):
                self.reset(heard)
                continue
            told = heard.all(ECHO)
            assert heard.mid == asked.mid and told, f"not asked for a proof, but answered {heard}"
            asked = self.ask(CON, GET, "large", options=((ECHO, told[0]),))
