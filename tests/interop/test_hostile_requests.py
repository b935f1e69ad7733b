"""Whatever the contract allows in a payload, and whatever it does not: an answer, and never a fault of the service's own."""

import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanoservices import clock, payload, wire
from nanoservices.coap_options import ECHO, URI_PATH, URI_QUERY, encoded, understand
from tests.interop.storm import CODES, message
from tests.interop.test_processes import WORDS
from tests.interop.test_storm import Service, is_quiet, running
from tests.unit.hostile import changed_somewhere, shaped

pytestmark = pytest.mark.interop
MOST_BODY = 1200
FAULT = 0xA0

Ask = Callable[[wire.Resource, Any], int]


@pytest.fixture(scope="module", params=WORDS)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with running(request.param, folder) as started:
        yield started
    is_quiet(started)


def asker(service: Service, opened: socket.socket) -> Ask:
    opened.settimeout(5)
    opened.connect(("127.0.0.1", service.port))
    mids = itertools.count(1)

    def ask(row: wire.Resource, said: Any) -> int:
        """The code of the answer. What is too long for a datagram, or for JSON, is not sent: 0."""
        parts, body = [(URI_PATH, part.encode()) for part in row.path.split("/")], b""
        if row.method == "GET" and isinstance(said, dict):
            pairs = (f"{name}={value}"[:200].encode(errors="replace") for name, value in payload.plain(said).items())
            parts += [(URI_QUERY, pair) for pair in pairs]
        else:
            body = json.dumps(said).encode()
        mid = next(mids) & 0xFFFF
        asked = message(0, CODES[row.method], encoded(*parts), body, mid=mid, token=mid.to_bytes(4, "big"))
        if len(asked) > MOST_BODY:
            return 0
        opened.send(asked)
        answer = opened.recv(4096)
        while answer[2:4] != asked[2:4]:
            answer = opened.recv(4096)
        return answer[1]

    return ask


def at_home(said: Any, zone: str) -> Any:
    """The same about this very house, so that it means something."""
    home = {"zone": zone, "room": "room-1", "node": "pi", "source": "presence@pi", "route": [zone]}
    if isinstance(said, list):
        return [at_home(held, zone) for held in said]
    if not isinstance(said, dict):
        return said
    if said.get("kind") == "presence":
        home |= {"state": "occupied", "edge": True}
        said = {"edge": None, **said}
    return {name: home.get(name) or at_home(held, zone) for name, held in said.items()}


def prove(service: Service, opened: socket.socket) -> None:
    """Show the service that we are where we say, so that its whole answers come."""
    opened.send(message(0, 1, encoded((URI_PATH, b"health"))))
    answer = opened.recv(4096)
    start = 4 + (answer[0] & 15)
    end = answer.find(b"\xff", start)
    echo = understand(answer[start : end if end > 0 else len(answer)]).echo
    if echo is not None:
        opened.send(message(0, 1, encoded((URI_PATH, b"health"), (ECHO, echo)), mid=2))
        opened.recv(4096)


def edge(number: int, at: float, sent_at: float, clock: str) -> dict[str, Any]:
    """Somebody at the door, at a time of which no calendar knows."""
    event = {"kind": "presence", "n": number, "at": at, "zone": "entrance", "state": "occupied", "edge": True}
    return {"source": "presence@door", "boot": f"b{number}", "clock": clock, "sent_at": sent_at, "events": [event]}


HALF = "\ud800"
VISIT = {"id": "v1", "zone": "entrance", "steps": [{"name": "a", "at": -1e308}]}
EXTREMES: list[tuple[wire.Resource, Any]] = [
    *(
        (wire.EVENTS, edge(n, at, sent, "another"))
        for n, (at, sent) in enumerate([(-1e308, 1e308), (1e308, -1e308), (0, 1e12)])
    ),
    *((wire.EVENTS, edge(10 + n, at, 0, clock.name())) for n, at in enumerate([-1e308, 1e308, -1e12])),
    (wire.REPORT, {"visit": {**VISIT, "reason": HALF}, "clock": "c", "closed": "now"}),
    (wire.REPORT, {"visit": {**VISIT, "outcome": "failed"}, "clock": "c", "closed": HALF}),
    (wire.REPORT, {"visit": {**VISIT, "id": "v2"}, "clock": "c", "closed": "\0"}),
    (wire.SCREEN, {"room": "room-1", "boot": "b", "seq": 2**53, "mode": "hidden", "line": HALF}),
    (wire.SCREEN, {"room": "room-1", "boot": "b", "seq": 2**53, "mode": "hidden", "ends_in_s": 86_400, "line": "\0"}),
    (wire.GUIDE, {"visit": "v", "boot": "b", "seq": 2**53, "state": "lead", "route": ["room-1"] * 32, "for_s": 5e-324}),
    (wire.SCAN, {"scan": "s", "zone": "room-1", "window_s": 5e-324}),
    (
        wire.RECOGNISE,
        {"id": "q", "scan": "s", "zone": "z", "sightings": [{"key": "hmac:" + "0" * 16, "rssi_dbm": 1, "age_s": 86_400}]},
    ),
    (wire.ANNOUNCE, {"word": "auth", "node": "pi", "boot": "b", "ready": True, "uri": "coap://a..b:65535", "zone": "entrance"}),
]


def visits_of(service: Service) -> tuple[wire.Visit, ...]:
    """The visits, once there are some: the door's scanner is insisted on for a while before one has failed."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        visits: tuple[wire.Visit, ...] = service.ask(wire.VISITS, wire.VisitsQuery()).visits
        if visits:
            return visits
        time.sleep(0.1)
    raise AssertionError("nobody came in")


def test_no_extreme_payload_is_a_fault_of_the_service(service: Service) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        ask = asker(service, opened)
        prove(service, opened)
        for row, said in EXTREMES:
            if row.word == service.word:
                assert ask(row, said) in (0x44, 0x80, 0xA3), said  # changed, bad request, not now
    if service.word == "controller":
        assert all(visit.opened for visit in visits_of(service))
    assert service.ask(wire.HEALTH).word == service.word


def test_no_payload_is_a_fault_of_the_service(service: Service) -> None:
    rows = [row for row in wire.rows(service.word) if row.request is not None]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        ask = asker(service, opened)
        prove(service, opened)

        @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.data())
        def run(data: st.DataObject) -> None:
            row = data.draw(st.sampled_from(rows))
            said = data.draw(shaped(row.request))
            if data.draw(st.booleans()):
                said = at_home(said, data.draw(st.sampled_from(["entrance", "room-1"])))
            if data.draw(st.booleans()):
                said = data.draw(changed_somewhere(said))
            try:
                code = ask(row, said)
            except ValueError:  # more digits than Python writes
                return
            assert code != FAULT

        if rows:
            run()
        for row in wire.rows(service.word):
            if row.method == "GET" and row.request is None:
                assert ask(row, {}) == 0x45  # and what they left behind can be told
        if service.word == "controller":
            assert service.ask(wire.VISITS, wire.VisitsQuery()).v == 1
    assert service.ask(wire.HEALTH).word == service.word
