"""txThings, on which the published prototype was built: as a client of our services and as a server for our client."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from nanoservices import payload, wire
from nanoservices.errors import PeerRefused
from swarm.demo import cast
from tests.interop.conftest import KeptDemo
from tests.interop.peers import archive, libcoap, txthings_peer
from tests.interop.peers.calling import LARGE_NOTE, Note, call, row
from tests.interop.peers.cases import AUTH, CONTROLLER, ROOM, credential, large_report, screen_order

pytestmark = pytest.mark.interop
LOBBY, SCANNER, SCREEN = "presence@pi-lobby", "scanner@pi-lobby", "meeting@pi-room-1"


@dataclass(frozen=True)
class Stored:
    bytes: int


GET_NOTE, PUT_NOTE = row("note", "GET", None, Note), row("note", "PUT", Note, Stored)


@pytest.fixture(scope="module")
def client() -> Iterator[txthings_peer.Client]:
    with txthings_peer.client() as started:
        yield started


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with txthings_peer.server() as uri:
        yield uri


# --- their client, our services -------------------------------------------------------------------------------------


def test_client_finds_what_there_is(kept: KeptDemo, client: txthings_peer.Client) -> None:
    listing = client.ask("GET", kept.uri(CONTROLLER), ".well-known/core", [])
    assert listing.code == "2.05" and all(f"</{row.path}>" in listing.text for row in wire.rows("controller"))


@pytest.mark.parametrize(("method", "path", "code"), [("GET", "nothing", "4.04"), ("PUT", "presence", "4.05")])
def test_client_is_told_no_with_its_code(
    kept: KeptDemo, client: txthings_peer.Client, method: str, path: str, code: str
) -> None:
    assert client.ask(method, kept.uri(LOBBY), path, []).code == code


def test_client_is_told_which_field_is_wrong(kept: KeptDemo, client: txthings_peer.Client) -> None:
    answer = client.ask("PUT", kept.uri(SCANNER), "scan", [], '{"v":1,"scan":"s1","zone":7}')
    assert answer.code == "4.00" and "zone" in answer.text


def test_client_gets_20_kb_whole(kept: KeptDemo, client: txthings_peer.Client, large_text: bytes) -> None:
    query = wire.ItemQuery(ROOM, cast.MEETING, hashlib.sha256(large_text).hexdigest(), credential(kept))
    assert client.ask_row(wire.ITEM, kept.uri(AUTH), query).body == large_text


def test_client_brings_20_kb_whole_and_twice_is_once(kept: KeptDemo, client: txthings_peer.Client) -> None:
    report = large_report()
    for _ in range(2):
        assert client.ask_row(wire.REPORT, kept.uri(AUTH), report).code == "2.04"
    assert [tuple(visit["trouble"]) for visit in archive.reported(kept, report.visit.id)] == [report.visit.trouble]


def test_client_that_observes_is_told_of_each_change(kept: KeptDemo, client: txthings_peer.Client) -> None:
    def show(mode: wire.Mode) -> None:
        assert libcoap.ask_row(wire.SCREEN, kept.uri(SCREEN), screen_order(kept, mode)).code == "2.xx"

    show("hidden")
    number = client.observe(wire.SHOWN, kept.uri(SCREEN))
    assert json.loads(client.next_of(number).body)["mode"] == "hidden"
    for mode in ("personal", "hidden", "personal", "hidden"):
        show(mode)
        while json.loads(client.next_of(number).body)["mode"] != mode:
            pass


# --- our client, their server ---------------------------------------------------------------------------------------


def test_server_is_asked_and_told(server: str) -> None:
    assert call(server, row(".well-known/core", "GET")) == b"</note>"
    note = Note("hold the door")
    assert call(server, PUT_NOTE, note) == Stored(len(payload.encode(note)))
    assert call(server, GET_NOTE) == note


def test_server_takes_20_kb_whole_and_gives_them_back(server: str) -> None:
    assert call(server, PUT_NOTE, LARGE_NOTE) == Stored(len(payload.encode(LARGE_NOTE)))
    assert call(server, GET_NOTE) == LARGE_NOTE


@pytest.mark.parametrize(("asked", "code"), [(row("nothing", "GET"), "4.04"), (row("note", "POST"), "4.05")])
def test_server_that_says_no_is_understood(server: str, asked: wire.Resource, code: str) -> None:
    with pytest.raises(PeerRefused) as caught:
        call(server, asked)
    assert caught.value.answer_code == code
