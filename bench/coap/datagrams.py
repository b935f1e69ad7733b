"""What is said in the benchmark, as bytes (RFC 7252 section 3): pure, and without any CoAP library in between.

Every request has a four-byte token, and its message id is the token's last two bytes.
"""

from dataclasses import dataclass

CON, NON = 0, 1
GET, POST, PUT = 1, 2, 3
CREATED, CHANGED, CONTENT = 0x41, 0x44, 0x45
_URI_PATH, _CONTENT_FORMAT, _JSON = 11, 12, 50

PATH = "presence"
ANSWER = b'{"zone":"entrance","state":"unknown","since_s":12.345,"why":"the sensor has not been read yet","v":1}'
EVENTS_PATH = "events"
EVENTS = (
    b'{"source":"presence@pi-lobby","boot":"5f1c9a02","clock":"6b1d2f4e8a90","sent_at":1201.25,'
    b'"events":[{"kind":"presence","n":7,"at":1201.2,"zone":"entrance","state":"occupied","edge":true}],"v":1}'
)
ACKNOWLEDGED = b'{"upto":7,"v":1}'


@dataclass(frozen=True)
class Ask:
    """A request to be made many times; its answer's code, and `told`, its body. Without `path` it is no CoAP: it is to
    come back as it was sent."""

    path: str | None
    code: int = GET
    body: bytes = b""
    answer: int = CONTENT
    told: bytes = ANSWER
    kind: int = CON

    def datagram(self, number: int) -> bytes:
        token = number.to_bytes(4, "big")
        if self.path is None:
            return self.head + token[2:] + token + answer_beyond_head()
        head = bytes((0x44 | self.kind << 4, self.code)) + token[2:] + token
        options = _option(_URI_PATH, 0, self.path.encode())
        if not self.body:
            return head + options
        return head + options + _option(_CONTENT_FORMAT, _URI_PATH, bytes((_JSON,))) + b"\xff" + self.body

    @property
    def head(self) -> bytes:
        """The first two bytes of an answer: type, token length and code."""
        return bytes(((0x64 if self.kind == CON else 0x54), self.answer))


def answer_beyond_head() -> bytes:
    """Of an answer with ANSWER, what comes after the token."""
    return _option(_CONTENT_FORMAT, 0, bytes((_JSON,))) + b"\xff" + ANSWER


def _option(number: int, before: int, value: bytes) -> bytes:
    """Both the difference of numbers and the length are below 13 here, so each fits its half of one byte."""
    assert number - before < 13 and len(value) < 13, f"option {number} of {len(value)} bytes needs a longer form"
    return bytes(((number - before) << 4 | len(value),)) + value
