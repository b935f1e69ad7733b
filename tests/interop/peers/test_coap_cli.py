"""The published prototype's client, a coap-cli process for every request, finds our services as it would have its own."""

import asyncio
import hashlib
import json
import secrets
from typing import Any

import pytest

from nanoservices import payload, wire
from nanoservices.coap import Endpoint
from swarm.demo import cast
from swarm.demo.supervisor import free_ports
from tests.interop.conftest import KeptDemo
from tests.interop.peers import coap_cli
from tests.interop.peers.cases import AUTH, CONTROLLER, ENTRANCE, ROOM, credential

pytestmark = pytest.mark.interop
LOBBY, SCANNER = "presence@pi-lobby", "scanner@pi-lobby"


def test_state_is_got(kept: KeptDemo) -> None:
    answer = coap_cli.ask("GET", f"{kept.uri(LOBBY)}/presence")
    assert (answer.code, json.loads(answer.body)["zone"]) == ("2.05", ENTRANCE)


def test_non_confirmable_request_is_answered(kept: KeptDemo) -> None:
    assert coap_cli.ask("GET", f"{kept.uri(LOBBY)}/presence", None, "-c").code == "2.05"


def test_command_is_put_and_carried_out(kept: KeptDemo) -> None:
    order = wire.ScanOrder(f"cli.{secrets.token_hex(4)}", ENTRANCE, 30)
    try:
        assert coap_cli.ask_row(wire.SCAN, kept.uri(SCANNER), order).code == "2.04"
        assert order.scan in [scan.scan for scan in kept.ask(wire.SCANS, SCANNER).scans]
    finally:
        coap_cli.ask_row(wire.SCAN, kept.uri(SCANNER), wire.ScanOrder(order.scan, ENTRANCE, 0))
    assert order.scan not in [scan.scan for scan in kept.ask(wire.SCANS, SCANNER).scans]


def test_question_is_posted_and_answered(kept: KeptDemo) -> None:
    stranger = wire.Sighting("mac:" + secrets.token_hex(6), -60, 0.1)
    answer = coap_cli.ask_row(wire.RECOGNISE, kept.uri(AUTH), wire.Recognition("q1", "s1", ENTRANCE, (stranger,)))
    assert answer.code == "2.04"
    assert payload.decode(wire.Answers, answer.body).answers[0].reason == "unknown-key"


@pytest.mark.parametrize(
    ("method", "path", "sent", "code"),
    [
        ("GET", "nothing", None, "4.04"),
        ("PUT", "presence", "{}", "4.05"),
        ("DELETE", "presence", None, "4.05"),
    ],
)
def test_no_is_shown_with_its_code(kept: KeptDemo, method: str, path: str, sent: str | None, code: str) -> None:
    assert coap_cli.ask(method, f"{kept.uri(LOBBY)}/{path}", sent).code == code


def test_malformed_command_is_4_00_with_its_reason(kept: KeptDemo) -> None:
    answer = coap_cli.ask("PUT", f"{kept.uri(SCANNER)}/scan", '{"v":1,"scan":"s1","zone":7}')
    assert answer.code == "4.00" and "zone" in answer.text


def test_answer_of_many_blocks_comes_whole(kept: KeptDemo) -> None:
    listing = coap_cli.ask("GET", f"{kept.uri(CONTROLLER)}/.well-known/core")
    assert listing.code == "2.05" and "</zones>" in listing.text
    visits = coap_cli.ask("GET", f"{kept.uri(CONTROLLER)}/visits")
    assert len(visits.body) > 2 * 1024
    assert payload.decode(wire.Visits, visits.body).visits[0].number == 1


def test_text_of_a_meeting_comes_as_it_was_written(kept: KeptDemo) -> None:
    query = wire.ItemQuery(ROOM, cast.MEETING, hashlib.sha256(cast.FIGURES.encode()).hexdigest(), credential(kept))
    assert coap_cli.ask_row(wire.ITEM, kept.uri(AUTH), query).text == cast.FIGURES


def test_20_kb_of_text_come_down() -> None:
    """Bytes that are no text would not: it prints them as UTF-8."""
    text = secrets.token_hex(10_000).encode()
    row = wire.Resource("own", "text", "GET", wire.EVERYBODY, None, bytes, "own.text", "nano.state")

    async def give(_message: None, _sender: str) -> bytes:
        return text

    async def served() -> Any:
        endpoint, port = Endpoint(), free_ports("udp", 1)[0]
        await endpoint.open("127.0.0.1", port, {row: give})
        try:
            return await asyncio.to_thread(coap_cli.ask_row, row, f"coap://127.0.0.1:{port}")
        finally:
            await endpoint.close()

    answer = asyncio.run(served())
    assert answer.code == "2.05"
    assert answer.body.replace(b"\n", b"") == text  # it ends a line after each 16 kB
