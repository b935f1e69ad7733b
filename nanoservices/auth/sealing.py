"""What opens a door, sealed for the disk; and words that stand for what must not be read there.

The key is a text (`openssl rand -hex 24`), and its first line is the one that is used. Further lines are older ones that
still open what they sealed, until it has been sealed anew. docs/data.md says why HMAC-SHA256 and no library:

    seal(text, context) = 1 | key id | nonce | text XOR stream | tag
    stream              = HMAC(k1, nonce | 0) | HMAC(k1, nonce | 1) ...             a fresh nonce of 16 bytes each time
    tag                 = HMAC(k2, len(context) | context | all that is before it)  16 bytes, checked first
    lookup(text)        = HMAC(k3, text)                                            the same for the same text
"""

import hashlib
import hmac
import os
from dataclasses import dataclass

from nanoservices.errors import NanoError

LEAST_KEY = 32  # characters; with 4 bits in each, as in hex, what nobody can try out
_VERSION = b"\x01"
_ID, _NONCE, _TAG = 4, 16, 16


class SealError(NanoError):
    """What is sealed is of a key that is not given, or has been tampered with."""


@dataclass(frozen=True, repr=False)
class _Key:
    id: bytes
    stream: bytes
    tag: bytes
    lookup: bytes


class Seal:
    def __init__(self, text: str):
        """SettingsError's cause: ValueError when a line is too short for a key."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines or min(map(len, lines)) < LEAST_KEY:
            raise ValueError(f"each line is a key of at least {LEAST_KEY} characters, such as `openssl rand -hex 24` makes")
        self._keys = {key.id: key for key in map(_key, lines)}
        self._first = _key(lines[0])

    def seal(self, text: str, context: str) -> str:
        """In hex. It opens only with the same `context`, so that it is of no use in another row."""
        nonce = os.urandom(_NONCE)
        head = _VERSION + self._first.id + nonce
        body = _xor(text.encode(), self._first.stream, nonce)
        return (head + body + _tag(self._first, context, head + body)).hex()

    def open(self, sealed: str, context: str) -> str:
        """SealError when it is not what was sealed. Nothing of it is in the error."""
        data = bytes.fromhex(sealed)
        key = self._keys.get(data[1 : 1 + _ID])
        if data[:1] != _VERSION or key is None:
            raise SealError("it was sealed with another key; give that one as a further line of NANO_SEAL_KEY's file")
        body, tag = data[:-_TAG], data[-_TAG:]
        if not hmac.compare_digest(tag, _tag(key, context, body)):
            raise SealError("it is not what was sealed here: somebody or something has changed it")
        start = 1 + _ID + _NONCE
        return _xor(body[start:], key.stream, body[start - _NONCE : start]).decode()

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed with the first key."""
        return bytes.fromhex(sealed[2 : 2 + 2 * _ID]) == self._first.id

    def lookup(self, text: str) -> str:
        return hmac.digest(self._first.lookup, text.encode(), "sha256").hex()


class Pseudonyms:
    """Words for people and things, that tell nothing to who does not have the secret. They outlive the seal's keys."""

    def __init__(self, secret: str):
        self._secret = bytes.fromhex(secret)

    def of(self, kind: str, own_id: str) -> str:
        return hmac.digest(self._secret, f"{kind}:{own_id}".encode(), "sha256")[:12].hex()


def fresh_secret() -> str:
    return os.urandom(32).hex()


def _key(line: str) -> _Key:
    root = hmac.digest(b"nanoswarm-seal-1", line.encode(), "sha256")
    made = {name: hmac.digest(root, name.encode(), "sha256") for name in ("id", "stream", "tag", "lookup")}
    return _Key(made["id"][:_ID], made["stream"], made["tag"], made["lookup"])


def _xor(text: bytes, key: bytes, nonce: bytes) -> bytes:
    size = hashlib.sha256().digest_size
    blocks = (hmac.digest(key, nonce + number.to_bytes(4, "big"), "sha256") for number in range(-(-len(text) // size)))
    return bytes(one ^ other for one, other in zip(text, b"".join(blocks), strict=False))


def _tag(key: _Key, context: str, data: bytes) -> bytes:
    named = context.encode()
    return hmac.digest(key.tag, len(named).to_bytes(8, "big") + named + data, "sha256")[:_TAG]
