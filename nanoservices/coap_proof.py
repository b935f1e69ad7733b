"""Who has proved to be where they say they are, so that nobody can make us flood somebody else: pure.

UDP's sender address can be forged. Until a peer has returned something that only a receiver at that address could have
seen (the Echo option of RFC 9175, or the token of a request of ours), it gets at most three times the bytes it sent.
"""

import hashlib
import secrets

from nanoservices.coap_memory import Address

FACTOR = 3
BELIEVED_S = 600.0
MOST_PEERS = 1024
_SLOT_S = 300.0  # an Echo value is good for one to two of these
ECHO_BYTES = 6


class Proofs:
    def __init__(self, secret: bytes | None = None):
        self._secret = secret or secrets.token_bytes(16)
        self._until: dict[Address, float] = {}

    def proven(self, peer: Address, now: float) -> bool:
        return self._until.get(peer, 0.0) > now

    def believe(self, peer: Address, now: float) -> None:
        """The peer has just shown that it receives what is sent to it."""
        self._until.pop(peer, None)  # to the end: the first is the one heard of longest ago
        self._until[peer] = now + BELIEVED_S
        if len(self._until) > MOST_PEERS:
            del self._until[next(iter(self._until))]

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
