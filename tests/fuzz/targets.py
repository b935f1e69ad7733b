"""What is fuzzed: one function of bytes each, which returns, or fails by an exception that nobody has promised.

`python -m tests.fuzz <target>` feeds them what atheris makes up; tests/unit/test_fuzz_corpus.py what it found worth keeping.
"""

import asyncio
import functools
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from nanoservices import coap, payload, wire
from nanoservices.auth import api
from nanoservices.coap_socket import Socket
from nanoservices.errors import PayloadError
from nanoservices.place import Place
from nanoservices.scanner.keys import APPLE, EDDYSTONE_SERVICE, ROLLING_SERVICE, Advert, key_of
from nanoservices.simulation import World
from swarm import labels_file
from swarm.errors import LabelsError
from swarm.words import Word

LONGEST = 800  # characters of a refusal
PEERS = (("127.0.0.1", 40_001), ("127.0.0.2", 40_002))
SHAPES: list[Any] = [Place, api.NewParticipant, api.NewCredential, api.NewMeeting]
SHAPES += dict.fromkeys(shape for row in wire.TABLE for shape in (row.request, row.response) if shape not in (None, bytes))
WORDS = {"scanner": Word("scanner", ("zone", "ble")), "controller": Word("controller", ("zones", "rooms", "run"), single=True)}
ANSWERS: dict[wire.Resource, Any] = {
    wire.VISITS: wire.Visits("c", (), 0),
    wire.SCAN: wire.Scans("room-1", (), 0.0),
    wire.SCANS: wire.Scans("room-1", (wire.Scan("s" * 90, 1.0),) * 30, 0.0),  # several blocks of them
    wire.ITEM: b"x" * 3000,
    wire.HEALTH: wire.Health("auth", "pi", "b", True, 1.0),
}


def payloads(data: bytes) -> None:
    """The first byte chooses the shape; what is taken comes back as it went."""
    if not data:
        return
    shape = SHAPES[data[0] % len(SHAPES)]
    try:
        value = api.read(shape, data[1:]) if shape.__module__ == api.__name__ else payload.decode(shape, data[1:])
    except PayloadError as refused:
        assert 0 < len(str(refused)) <= LONGEST
        return
    assert payload.decode(shape, payload.encode(value)) == value


def adverts(data: bytes) -> None:
    """An address of 6 bytes or a text, and pieces of service and manufacturer data, each behind its length."""
    pieces, rest = [], data[7:]
    while rest:
        pieces.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    pieces += [b""] * 3
    address = ":".join(f"{byte:02X}" for byte in data[1:7]) if data[:1] < b"\x80" else data[1:7].decode("latin-1")
    services = {ROLLING_SERVICE: pieces[0], EDDYSTONE_SERVICE: pieces[1], "": pieces[2]}
    key = key_of(Advert(address, -60, services, {APPLE: pieces[2], 0: pieces[0]}, data[:1] != b"\x01"))
    if key is not None:
        payload.read(wire.Sighting, {"key": key, "rssi_dbm": -60, "age_s": 0})


def labels(data: bytes) -> None:
    """A labels.yml."""
    path = _folder() / "labels.yml"
    path.write_bytes(data)
    try:
        labels_file.read(path, WORDS)
    except LabelsError as refused:
        for problem in refused.problems:
            assert problem.startswith("labels.yml") and len(problem) <= LONGEST and problem.isprintable(), problem


def lines(data: bytes) -> None:
    """A line of the simulated world."""
    World(Path("world"), "pi", "scanner", lambda message: None)._take(data)


def datagrams(data: bytes) -> None:
    """Datagrams, each behind its length (2 bytes) and its sender (1 byte), at the door of a service that serves all rows."""
    while len(data) > 3:
        length, sender = struct.unpack(">HB", data[:3])
        _door()(data[3 : 3 + length], PEERS[sender & 1])
        data = data[3 + length :]


class _Quiet(Socket):
    """A socket with no network behind it."""

    def __init__(self, bind: str, port: int, received: Any, failed: Any):
        self.received = received

    def send(self, datagram: bytes, peer: Any, local: Any) -> None:
        assert len(datagram) >= 4 and datagram[0] >> 6 == 1


@functools.cache
def _door() -> Callable[[bytes, Any], None]:
    """The endpoint's own entry for a datagram. What the event loop has to do for it is done before the next."""
    loop = asyncio.new_event_loop()
    failures: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: failures.append(context))
    endpoint = coap.Endpoint()

    def handler(row: wire.Resource) -> Callable[[Any, str], Any]:
        return lambda message, sender: ANSWERS.get(row, wire.Done())

    async def opened() -> None:
        await endpoint.open("127.0.0.1", 0, {row: handler(row) for row in _served()})

    async def turn(data: bytes, peer: Any) -> None:
        endpoint._received(data, peer, [], True)
        for _ in range(4):
            await asyncio.sleep(0)

    def deliver(data: bytes, peer: Any) -> None:
        loop.run_until_complete(turn(data, peer))
        assert not failures, failures

    with mock.patch.object(coap, "Socket", _Quiet):
        loop.run_until_complete(opened())
    return deliver


def _served() -> list[wire.Resource]:
    """One row for each path and method; auth and the controller both have /visits."""
    return list({(row.path, row.method): row for row in wire.TABLE}.values())


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (payloads, adverts, labels, lines, datagrams)
}
