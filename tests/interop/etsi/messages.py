"""CoAP messages by the letter of RFC 7252 section 3: the plugtest's own reading of them, which shares no line with the door."""

from collections.abc import Iterator
from dataclasses import dataclass, field

CON, NON, ACK, RST = range(4)
EMPTY, GET, POST, PUT, DELETE = range(5)
IF_MATCH, ETAG, IF_NONE_MATCH, OBSERVE, URI_PATH, CONTENT_FORMAT = 1, 4, 5, 6, 11, 12
URI_QUERY, ACCEPT, BLOCK2, BLOCK1, PROXY_URI, ECHO, REQUEST_TAG = 15, 17, 23, 27, 35, 252, 292
LARGEST = 6  # SZX of 1024 bytes
LINK_FORMAT, XML, OCTETS, JSON = 40, 41, 42, 50

Options = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True)
class Message:
    """One datagram. `code` is the byte; `said` is how people write it."""

    kind: int
    code: int
    mid: int
    token: bytes = b""
    options: Options = ()
    payload: bytes = field(default=b"")

    @property
    def said(self) -> str:
        return f"{self.code >> 5}.{self.code & 31:02d}"

    def all(self, number: int) -> list[bytes]:
        return [value for key, value in self.options if key == number]

    def number(self, option: int) -> int | None:
        """The option's value as a number, None when it is not there. More than one is an error."""
        values = self.all(option)
        assert len(values) < 2, f"option {option} stands there {len(values)} times"
        return int.from_bytes(values[0], "big") if values else None

    def block(self, option: int) -> tuple[int, bool, int] | None:
        """NUM, M and SZX of Block1 or Block2 (RFC 7959 section 2.2)."""
        value = self.number(option)
        return None if value is None else (value >> 4, bool(value & 8), value & 7)


def code(said: str) -> int:
    """`2.05` as its byte."""
    kind, detail = said.split(".")
    return int(kind) << 5 | int(detail)


def uint(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def block(number: int, more: bool, exponent: int) -> bytes:
    return uint(number << 4 | more << 3 | exponent)


def path(text: str) -> Options:
    return tuple((URI_PATH, part.encode()) for part in text.split("/"))


def encode(message: Message) -> bytes:
    head = bytes([1 << 6 | message.kind << 4 | len(message.token), message.code])
    parts, last = [head, message.mid.to_bytes(2, "big"), message.token], 0
    for number, value in sorted(message.options, key=lambda option: option[0]):
        delta, length = _shorter(number - last), _shorter(len(value))
        parts += [bytes([delta[0] << 4 | length[0]]), delta[1], length[1], value]
        last = number
    return b"".join([*parts, b"\xff" + message.payload if message.payload else b""])


def decode(datagram: bytes) -> Message:
    """The message in a datagram. What a sender must not send is an AssertionError that says so."""
    assert len(datagram) >= 4, f"{len(datagram)} bytes are no CoAP header"
    assert datagram[0] >> 6 == 1, f"version {datagram[0] >> 6}"
    size = datagram[0] & 15
    assert size <= 8, f"token length {size} is reserved"
    token, rest = datagram[4 : 4 + size], datagram[4 + size :]
    found = list(_options(rest))
    options = tuple((number, value) for _, number, value in found)
    payload = rest[found[-1][0] if found else 0 :]
    assert payload[:1] in (b"", b"\xff") and len(payload) != 1, "a payload marker is followed by a payload"
    message = Message(datagram[0] >> 4 & 3, datagram[1], int.from_bytes(datagram[2:4], "big"), token, options, payload[1:])
    assert message.code or len(datagram) == 4, "an empty message has four bytes (section 4.1)"
    return message


def _options(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where each option ends, its number and its value."""
    at = number = 0
    while at < len(data) and data[at] != 0xFF:
        first = data[at]
        delta, at = _longer(data, at + 1, first >> 4)
        length, at = _longer(data, at, first & 15)
        number += delta
        assert at + length <= len(data), f"option {number} is cut off"
        yield at + length, number, data[at : at + length]
        at += length


def _longer(data: bytes, at: int, nibble: int) -> tuple[int, int]:
    assert nibble != 15, "15 is reserved for the payload marker"
    if nibble < 13:
        return nibble, at
    size, least = (1, 13) if nibble == 13 else (2, 269)
    return int.from_bytes(data[at : at + size], "big") + least, at + size


def _shorter(amount: int) -> tuple[int, bytes]:
    if amount < 13:
        return amount, b""
    return (13, bytes([amount - 13])) if amount < 269 else (14, (amount - 269).to_bytes(2, "big"))
