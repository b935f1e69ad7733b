"""What a CoAP message asks for, read from its options: pure, and remembered, as most messages repeat the same few.

Sources: RFC 7252 sections 3.1 (format), 5.4 (critical, elective, repeated) and 5.10 (the options); RFC 7641 (Observe),
RFC 7959 (Block), RFC 7967 (No-Response), RFC 9175 (Echo, Request-Tag).
"""

import functools
from collections.abc import Iterator
from typing import NamedTuple

BAD_REQUEST, BAD_OPTION, PROXYING_NOT_SUPPORTED = 0x80, 0x82, 0xA5
MARKER = 0xFF  # between the options and the payload
LARGEST_BLOCK = 6  # a size exponent: 2 ** (6 + 4) = 1024 bytes

OBSERVE, URI_PATH, CONTENT_FORMAT, MAX_AGE, URI_QUERY, ACCEPT, BLOCK2, BLOCK1, SIZE1, ECHO = (
    6,
    11,
    12,
    14,
    15,
    17,
    23,
    27,
    60,
    252,
)
ETAG, NO_RESPONSE, REQUEST_TAG = 4, 258, 292
PROXY_URI, PROXY_SCHEME = 35, 39


class _Option(NamedTuple):
    name: str
    shortest: int
    longest: int
    repeats: bool = False


KNOWN = {
    3: _Option("Uri-Host", 1, 255),
    ETAG: _Option("ETag", 1, 8, repeats=True),
    OBSERVE: _Option("Observe", 0, 3),
    7: _Option("Uri-Port", 0, 2),
    URI_PATH: _Option("Uri-Path", 0, 255, repeats=True),
    CONTENT_FORMAT: _Option("Content-Format", 0, 2),
    MAX_AGE: _Option("Max-Age", 0, 4),
    URI_QUERY: _Option("Uri-Query", 0, 255, repeats=True),
    ACCEPT: _Option("Accept", 0, 2),
    BLOCK2: _Option("Block2", 0, 3),
    BLOCK1: _Option("Block1", 0, 3),
    28: _Option("Size2", 0, 4),
    SIZE1: _Option("Size1", 0, 4),
    ECHO: _Option("Echo", 1, 40),
    NO_RESPONSE: _Option("No-Response", 0, 1),
    REQUEST_TAG: _Option("Request-Tag", 0, 8, repeats=True),
}
_TEXTS = (3, URI_PATH, URI_QUERY)


class Malformed(Exception):
    """Bytes that are not options: a message format error (RFC 7252 section 4.2)."""


class Block(NamedTuple):
    """A block of a body (RFC 7959 section 2.2)."""

    number: int
    more: bool
    exponent: int

    @property
    def start(self) -> int:
        return self.number << self.exponent + 4

    @property
    def value(self) -> int:
        return self.number << 4 | self.more << 3 | self.exponent


class Asked(NamedTuple):
    """What the options of a message say. `refusal`: the code and the sentence that answer a request that cannot be taken."""

    path: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    accept: int | None = None
    content_format: int | None = None
    observe: int | None = None
    block1: Block | None = None
    block2: Block | None = None
    etag: bytes | None = None
    echo: bytes | None = None
    plain: bool = True  # one datagram there and one back: no block, no observation, no state known already, no wish for silence
    refusal: tuple[int, str] | None = None


def split(data: bytes, start: int) -> int:
    """Where the options that begin at `start` end: at the payload marker or at the end of `data`."""
    end = data.find(MARKER, start)
    if end < 0:
        return len(data)
    try:
        understand(data[start:end])
    except Malformed:  # that marker was a byte within an option
        return next((at for at, number, _ in _options(data, start) if number < 0), len(data))
    return end


@functools.lru_cache(512)
def understand(options: bytes) -> Asked:
    """What `options` (without token, marker and payload) ask for. Malformed when they are not options at all."""
    found: dict[int, list[bytes]] = {}
    refusal: tuple[int, str] | None = None
    for _, number, value in _options(options, 0):
        known = KNOWN.get(number)
        fits = known is not None and known.shortest <= len(value) <= known.longest
        if fits and known is not None and (known.repeats or number not in found):
            found.setdefault(number, []).append(value)
        elif number in (PROXY_URI, PROXY_SCHEME):
            refusal = refusal or (PROXYING_NOT_SUPPORTED, "this is not a proxy")
        elif number & 1:  # critical: not to be ignored (section 5.4.1); a wrong length or one too many counts as unknown
            refusal = refusal or (BAD_OPTION, f"option {number} {_fault(known, number in found)}")
    return _asked(found, refusal)


def _fault(known: _Option | None, repeated: bool) -> str:
    if known is None:
        return "is critical and not understood here"
    return f"({known.name}) {'stands there twice' if repeated else 'has a length it cannot have'}"


def _asked(found: dict[int, list[bytes]], refusal: tuple[int, str] | None) -> Asked:
    texts: dict[int, tuple[str, ...]] = {}
    for number in _TEXTS:
        try:
            texts[number] = tuple(value.decode() for value in found.get(number, ()))
        except UnicodeDecodeError:
            refusal = refusal or (BAD_OPTION, f"option {number} ({KNOWN[number].name}) is not UTF-8")
    blocks = {number: _block(found[number][0]) for number in (BLOCK1, BLOCK2) if number in found}
    if any(block.exponent > LARGEST_BLOCK for block in blocks.values()):
        refusal = refusal or (BAD_REQUEST, "a block of a reserved size (exponent 7)")
    return Asked(
        path=texts.get(URI_PATH, ()),
        query=texts.get(URI_QUERY, ()),
        accept=_number(found, ACCEPT),
        content_format=_number(found, CONTENT_FORMAT),
        observe=_number(found, OBSERVE),
        block1=blocks.get(BLOCK1),
        block2=blocks.get(BLOCK2),
        etag=found[ETAG][0] if ETAG in found else None,
        echo=found[ECHO][0] if ECHO in found else None,
        plain=not {ETAG, OBSERVE, BLOCK1, BLOCK2, NO_RESPONSE} & found.keys(),
        refusal=refusal,
    )


def _number(found: dict[int, list[bytes]], number: int) -> int | None:
    return int.from_bytes(found[number][0], "big") if number in found else None


def _block(value: bytes) -> Block:
    number = int.from_bytes(value, "big")
    return Block(number >> 4, bool(number & 8), number & 7)


def _options(data: bytes, at: int) -> Iterator[tuple[int, int, bytes]]:
    """Position, number and value of each option; a payload marker is told as number -1 and ends it."""
    number = 0
    while at < len(data):
        first = data[at]
        if first == MARKER:
            yield at, -1, b""
            return
        delta, at = _extended(data, at + 1, first >> 4)
        length, at = _extended(data, at, first & 15)
        number += delta
        if at + length > len(data):
            raise Malformed(f"option {number} is announced with {length} bytes and has {len(data) - at}")
        yield at, number, data[at : at + length]
        at += length


def _extended(data: bytes, at: int, nibble: int) -> tuple[int, int]:
    """A delta or a length and where the next thing begins (RFC 7252 section 3.1)."""
    if nibble < 13:
        return nibble, at
    size = nibble - 12  # 13: one more byte, 14: two
    if nibble == 15 or at + size > len(data):
        raise Malformed("an option's delta or length that is reserved or cut off")
    return int.from_bytes(data[at : at + size], "big") + (13 if size == 1 else 269), at + size


@functools.lru_cache(512)
def encoded(*options: tuple[int, bytes]) -> bytes:
    """Options, in the order of their numbers, as bytes."""
    parts, last = [], 0
    for number, value in options:
        delta, delta_more = _extending(number - last)
        length, length_more = _extending(len(value))
        parts += [bytes([delta << 4 | length]), delta_more, length_more, value]
        last = number
    return b"".join(parts)


def _extending(amount: int) -> tuple[int, bytes]:
    if amount < 13:
        return amount, b""
    if amount < 269:
        return 13, bytes([amount - 13])
    return 14, (amount - 269).to_bytes(2, "big")


def uint(value: int) -> bytes:
    """A number in as few bytes as it needs (RFC 7252 section 3.2)."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
