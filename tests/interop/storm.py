"""A storm of datagrams: what every resource is really sent, spoilt by a seeded hand, as fast as a service takes it."""

import random
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

from nanoservices import payload, wire
from nanoservices.coap_options import (
    ACCEPT,
    BLOCK1,
    BLOCK2,
    CONTENT_FORMAT,
    ECHO,
    OBSERVE,
    SIZE1,
    URI_PATH,
    URI_QUERY,
    encoded,
    uint,
)

CODES = {"GET": 1, "POST": 2, "PUT": 3}
AT_ONCE = 100  # datagrams before the service has to answer a ping: no more than its socket can hold
PING = b"\x40\x00\x4e\x4e"
RESET = b"\x70\x00\x4e\x4e"
PATIENCE_S = 20.0

_EVENTS = (
    wire.PresenceEvent("presence", 1, 1.0, "nowhere", "empty"),
    wire.SightingEvent("sighting", 2, 1.0, "nowhere", "no-such-scan", "mac:001122334455", -60),
    wire.ScreenEvent("screen", 3, 1.0, "no-such-room", "hidden"),
)
# What is really said, but never by whom or of what it would mean somebody: nobody comes in by a storm.
SAID: dict[wire.Resource, tuple[Any, ...]] = {
    wire.ANNOUNCE: (wire.Announcement("scanner", "stranger", "b", True, "nowhere", "coap://127.0.0.1:9", ("it rains",)),),
    wire.EVENTS: (wire.EventBatch("presence@stranger", "b", "c", 2.0, _EVENTS),),
    wire.VISITS: (wire.VisitsQuery("0"),),
    wire.SCAN: (wire.ScanOrder("s1", "room-1", 0), wire.ScanOrder("s2", "nowhere", 5)),
    wire.RECOGNISE: (wire.Recognition("q1", "s1", "room-1", (wire.Sighting("mac:001122334455", -60, 0.1),)),),
    wire.REPORT: ({"visit": {"id": "v1", "zone": "nowhere", "steps": []}, "clock": "c"},),  # `closed` is missing
    wire.CONTENTS: (wire.ContentsQuery("room-1", "personal", "not-the-credential"),),
    wire.ITEM: (wire.ItemQuery("room-1", "personal", "0" * 64, "not-the-credential"),),
    wire.AGENDA: (wire.AgendaQuery("room-1", "not-the-credential"),),
    wire.GUIDE: (wire.GuideOrder("v1", "b", 1, "stop"), wire.GuideOrder("v2", "b", 2, "lead", ("room-1",), 3, 0.5)),
    wire.SCREEN: (wire.ScreenOrder("room-1", "b", 1, "hidden"), wire.ScreenOrder("nowhere", "b", 2, "personal", line="x")),
}


def message(kind: int, code: int, options: bytes, body: bytes = b"", *, mid: int = 1, token: bytes = b"\x01\x02") -> bytes:
    head = bytes((0x40 | kind << 4 | len(token), code)) + mid.to_bytes(2, "big") + token
    return head + options + (b"\xff" + body if body else b"")


def seeds(word: str) -> list[bytes]:
    """Datagrams of every resource of `word`, and of everything else that a peer may send it."""
    found = [PING, RESET, b"\x60\x00\x4e\x4e", message(0, 1, _options(".well-known/core"))]
    for row in wire.rows(word):
        for said in SAID.get(row, (None,)):
            found += _requests(row, said)
    for kind in (0, 1, 2):  # answers that nobody asked for
        found += [
            message(kind, 0x45, encoded((OBSERVE, b"\x05"), (CONTENT_FORMAT, b"\x32"), (BLOCK2, b"\x08")), b'{"v":1}'),
            message(kind, 0x81, encoded((ECHO, b"12345678"))),
            message(kind, 0x80, b"", b"zone: is missing"),
        ]
    return found


def _requests(row: wire.Resource, said: Any) -> Iterator[bytes]:
    code, query, body = CODES[row.method], (), b""
    if said is not None and row.method == "GET":
        query = tuple((URI_QUERY, f"{name}={value}".encode()) for name, value in payload.plain(said).items())
    elif said is not None:
        body = payload.encode(said)
    for kind in (0, 1):
        yield message(kind, code, _options(row.path, *query), body)
        yield message(kind, code, _options(row.path, *query, (ACCEPT, b"\x32"), (BLOCK2, b"\x02")), body)
        yield message(kind, code, _options(row.path, *query, (OBSERVE, b"")), body)
        block1, size1 = (BLOCK1, b"\x0a"), (SIZE1, uint(4000))
        yield message(kind, code, _options(row.path, *query, (CONTENT_FORMAT, b"\x32"), block1, size1), body[:64])
        yield message(kind, code, _options(row.path, *query, (ECHO, b"abcdef")), body)


def _options(path: str, *more: tuple[int, bytes]) -> bytes:
    parts = [(URI_PATH, part.encode()) for part in path.split("/")]
    return encoded(*sorted((*parts, *more), key=lambda option: option[0]))


class Spoiler:
    """Mutates a seed in one to three ways; the same number makes the same storm."""

    def __init__(self, word: str, number: int):
        self._seeds = seeds(word)
        self._chance = random.Random(number)
        ways = (
            self._flip,
            self._cut,
            self._grow,
            self._token,
            self._overwrite,
            self._repeat,
            self._lie,
            self._splice,
            self._nothing,
        )
        self._ways = (*ways, self._flip)

    def __call__(self) -> bytes:
        data = bytearray(self._chance.choice(self._seeds))
        if len(data) >= 4:
            data[2:4] = self._chance.randbytes(2)
        for _ in range(self._chance.choice((1, 1, 1, 2, 3))):
            data = self._chance.choice(self._ways)(data)
        return bytes(data[:1400])

    def _at(self, data: bytearray) -> int:
        return self._chance.randrange(len(data) + 1)

    def _nothing(self, data: bytearray) -> bytearray:
        return data

    def _flip(self, data: bytearray) -> bytearray:
        if data:
            data[self._chance.randrange(len(data))] ^= 1 << self._chance.randrange(8)
        return data

    def _cut(self, data: bytearray) -> bytearray:
        return data[: self._at(data)]

    def _grow(self, data: bytearray) -> bytearray:
        return data + self._chance.randbytes(self._chance.choice((1, 4, 40, 1000)))

    def _token(self, data: bytearray) -> bytearray:
        """Lengths up to the reserved ones, told truly or not."""
        if data:
            length = self._chance.randrange(16)
            data[0] = data[0] & 0xF0 | length
            if self._chance.random() < 0.5:
                data[4:6] = self._chance.randbytes(length)
        return data

    def _overwrite(self, data: bytearray) -> bytearray:
        start = self._at(data)
        data[start : start + 4] = self._chance.randbytes(4)
        return data

    def _repeat(self, data: bytearray) -> bytearray:
        """A piece of it once more: an option stands there twice."""
        start, end = sorted((self._at(data), self._at(data)))
        return data[:end] + data[start:end] + data[end:]

    def _lie(self, data: bytearray) -> bytearray:
        """An option's length or delta as large as it can be said."""
        data.insert(self._at(data), self._chance.choice((0xD0, 0x0D, 0xDD, 0xE0, 0x0E, 0xEE, 0xF1, 0x1F, 0xFF)))
        return data

    def _splice(self, data: bytearray) -> bytearray:
        other = self._chance.choice(self._seeds)
        return data[: self._at(data)] + other[self._chance.randrange(len(other)) :]


class Storm:
    """Several senders at one service. `codes` counts what came back."""

    def __init__(self, port: int, senders: int = 8):
        self._sockets = [_sender(f"127.0.0.{2 + number}", port, 0) for number in range(senders)]
        self._guide = _sender("127.0.0.1", port, PATIENCE_S)
        self.codes: Counter[str] = Counter()

    def blow(self, datagrams: Iterator[bytes]) -> None:
        for number, datagram in enumerate(datagrams, 1):
            self._sockets[number % len(self._sockets)].send(datagram)
            if number % AT_ONCE == 0:
                self.caught_up()
        self.caught_up()

    def caught_up(self) -> None:
        """Return when the service has taken all that was sent."""
        self._guide.send(PING)
        while self._guide.recv(2000) != RESET:
            pass
        for sender in self._sockets:
            self._read(sender)

    def _read(self, sender: socket.socket) -> None:
        while True:
            try:
                answer = sender.recv(4096)
            except BlockingIOError:
                return
            assert len(answer) >= 4 and answer[0] >> 6 == 1, answer.hex()
            self.codes[f"{answer[1] >> 5}.{answer[1] & 31:02d}"] += 1
            assert answer[1] != 0xA0, f"a fault of the service's own: {answer.hex()}"

    def close(self) -> None:
        for opened in (self._guide, *self._sockets):
            opened.close()

    def __enter__(self) -> "Storm":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _sender(host: str, port: int, wait_s: float) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    opened.settimeout(wait_s)
    opened.bind((host, 0))
    opened.connect(("127.0.0.1", port))
    return opened
