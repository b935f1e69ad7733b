"""What a server waits for: the acknowledgement of an answer that it repeats, the reset that answers its ping.

Both are bounded: an answer is repeated a few times, a ping ends after PONG_S.
"""

import asyncio
import secrets
from collections.abc import Callable

from nanoservices.coap_memory import Address
from nanoservices.coap_proof import Proofs
from nanoservices.coap_remote import Remote

PONG_S = 0.3
MOST_PINGS = 256
MOST_WAITING = 16  # requests for one of them
_AGAIN_S = (0.25, 0.375, 0.375, 0.375, 0.375)  # between the repetitions of an answer that is a message of its own

Send = Callable[[bytes, Remote], None]


class Repeating:
    """Sends an answer again and again until it is acknowledged. `may` says whether a peer may be sent so much."""

    def __init__(self, send: Send, may: Callable[[bytes, Remote], bool]):
        self._send, self._may = send, may
        self._timers: dict[tuple[Address, int], asyncio.TimerHandle] = {}

    def begin(self, answer: bytes, remote: Remote, mid: int) -> None:
        self._repeat(answer, remote, mid, _AGAIN_S)

    def _repeat(self, answer: bytes, remote: Remote, mid: int, waits_s: tuple[float, ...]) -> None:
        self._timers.pop((remote.address, mid), None)
        self._send(answer, remote)
        if waits_s and self._may(answer, remote):
            loop = asyncio.get_running_loop()
            self._timers[remote.address, mid] = loop.call_later(waits_s[0], self._repeat, answer, remote, mid, waits_s[1:])

    def end(self, peer: Address, mid: int) -> bool:
        """Whether such an answer was being repeated."""
        timer = self._timers.pop((peer, mid), None)
        if timer is not None:
            timer.cancel()
        return timer is not None

    def shutdown(self) -> None:
        for timer in self._timers.values():
            timer.cancel()


class Pings:
    """Asks peers to show that they receive at their address: a ping is answered by a reset (RFC 7252 section 4.3)."""

    def __init__(self, proofs: Proofs, send: Send):
        self._proofs, self._send = proofs, send
        self._waiting: dict[Address, tuple[int, asyncio.TimerHandle, list[Callable[[], None]]]] = {}

    def ping(self, remote: Remote, go_on: Callable[[], None]) -> bool:
        """Go on once the peer has shown that it is there, or after a while without that; False where it cannot be tried."""
        waiting = self._waiting.get(remote.address)
        if waiting is None:
            loop = asyncio.get_running_loop()
            if len(self._waiting) >= MOST_PINGS or not self._proofs.may_be_pinged(remote.address, loop.time()):
                return False
            asked = int.from_bytes(remote.asked[2:4], "big")
            mid = asked + 1 + secrets.randbelow((1 << 16) - 1) & 0xFFFF  # any but the request's
            timer = loop.call_later(PONG_S, self.pong, remote.address, -1)
            waiting = self._waiting[remote.address] = (mid, timer, [])
            self._send(b"\x40\x00" + mid.to_bytes(2, "big"), remote)
        if len(waiting[2]) >= MOST_WAITING:
            return False
        waiting[2].append(go_on)
        return True

    def pong(self, peer: Address, mid: int) -> bool:
        """A reset came, or with -1 none did: whether a ping was waiting for it. The first is the only one that counts."""
        waiting = self._waiting.pop(peer, None)
        if waiting is None:
            return False
        expected, timer, going_on = waiting
        timer.cancel()
        now = asyncio.get_running_loop().time()
        if mid == expected:
            self._proofs.believe(peer, now)
        else:
            (self._proofs.silent if mid < 0 else self._proofs.guessed)(peer, now)
        for go_on in going_on:
            go_on()
        return True

    def shutdown(self) -> None:
        for _, timer, _ in self._waiting.values():
            timer.cancel()
