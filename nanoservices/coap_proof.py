"""Who has proved to be where they say they are, so that nobody can make us flood somebody else: pure.

UDP's sender address can be forged. Until a peer has returned something that only a receiver at that address could have
seen, it gets at most three times the bytes it sent. It can be: the token of a request of ours, the Echo option of
RFC 9175, or, as few implementations know that, the message id of a ping of ours (RFC 7252 section 4.3: everybody answers
it with a reset). An id has only 16 bits, so a ping is good for one guess, and after a wrong one there is none for a while
to that host.
"""

import hashlib
import secrets

from nanoservices.coap_memory import Address

FACTOR = 3
BELIEVED_S = 600.0
MOST_PEERS = 1024
_SLOT_S = 300.0  # an Echo value is good for one to two of these
ECHO_BYTES = 6
PINGS_AFTER_S = 10.0  # forging a proof by guessing takes 65,536 of these: more than seven days


class Proofs:
    def __init__(self, secret: bytes | None = None):
        self._secret = secret or secrets.token_bytes(16)
        self._until: dict[Address, float] = {}
        self._not_before: dict[str | Address, float] = {}

    def proven(self, peer: Address, now: float) -> bool:
        return self._until.get(peer, 0.0) > now

    def believe(self, peer: Address, now: float) -> None:
        """The peer has just shown that it receives what is sent to it."""
        self._until.pop(peer, None)  # to the end: the first is the one heard of longest ago
        self._until[peer] = now + BELIEVED_S
        if len(self._until) > MOST_PEERS:
            del self._until[next(iter(self._until))]

    def may_be_pinged(self, peer: Address, now: float) -> bool:
        return max(self._not_before.get(peer[0], 0.0), self._not_before.get(peer, 0.0)) <= now

    def silent(self, peer: Address, now: float) -> None:
        """A ping to this peer was not answered: the next one would not be, either."""
        self._wait(peer, now)

    def guessed(self, peer: Address, now: float) -> None:
        """A ping was answered wrongly: nobody at this host is given another chance soon."""
        self._wait(peer[0], now)

    def _wait(self, whom: str | Address, now: float) -> None:
        self._not_before.pop(whom, None)
        self._not_before[whom] = now + PINGS_AFTER_S
        if len(self._not_before) > MOST_PEERS:
            del self._not_before[next(iter(self._not_before))]

    def check(self, peer: Address, echo: bytes, now: float) -> bool:
        """Believe the peer if `echo` is what it was given; a forged or an old one changes nothing."""
        good = any(secrets.compare_digest(echo, self._value(peer, slot)) for slot in (now // _SLOT_S, now // _SLOT_S - 1))
        if good:
            self.believe(peer, now)
        return good

    def echo(self, peer: Address, now: float) -> bytes:
        """The Echo value for this peer at this time."""
        return self._value(peer, now // _SLOT_S)

    def _value(self, peer: Address, slot: float) -> bytes:
        text = f"{peer[0]} {peer[1]} {slot:.0f}".encode()
        return hashlib.blake2s(text, key=self._secret, digest_size=ECHO_BYTES).digest()
