"""Each no that the services say, said to libcoap's client: the code, and a sentence that names what is wrong."""

import asyncio
import inspect
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nanoservices import errors, payload, wire
from nanoservices.coap import Endpoint
from nanoservices.scanner.logic import MOST_SCANS
from swarm.demo import cast
from swarm.demo.supervisor import free_ports
from tests.interop.conftest import KeptDemo
from tests.interop.peers import libcoap
from tests.interop.peers.cases import AUTH, CASES, CONTROLLER, ENTRANCE, ROOM, credential
from tests.interop.peers.programs import Answer

pytestmark = pytest.mark.interop
LOBBY, SCREEN = "presence@pi-lobby", "meeting@pi-room-1"
SCANNER, GUIDANCE = "scanner@pi-lobby", "guidance@pi-lobby"
UNKNOWN = "0" * 64
PUT, POST = ("-m", "put", "-t", "50", "-e"), ("-m", "post", "-t", "50", "-e")
ELSEWHERE = '{"v":1,"scan":"s1","zone":"room-1","window_s":1}'
ORDER = '{"v":1,"visit":"v1","boot":"b1","seq":1,"state":"follow"}'


class Refusal(NamedTuple):
    """`says` is a part of the sentence; `{credential}` in an option is the room's."""

    code: str
    says: str
    name: str
    path: str
    options: tuple[str, ...] = ()


def query(room: str = ROOM, of: str = cast.MEETING, sha256: str | None = None, key: str = "{credential}") -> tuple[str, ...]:
    asked = {"room": room, "of": of, "sha256": sha256, "credential": key}
    return tuple(word for name, value in asked.items() if value for word in ("-O", f"15,{name}={value}"))


REFUSALS = [
    Refusal("4.00", "zone: 7 is not a text", SCANNER, "scan", (*PUT, '{"v":1,"scan":"s1","zone":7}')),
    Refusal("4.00", "not JSON", SCANNER, "scan", (*PUT, "window")),
    Refusal("4.00", "state:", GUIDANCE, "guide", (*PUT, ORDER)),
    Refusal("4.00", "boot: is missing", SCREEN, "screen", (*PUT, '{"v":1,"room":"room-1"}')),
    Refusal("4.00", "is missing", CONTROLLER, "events", (*POST, '{"v":1}')),
    Refusal("4.00", "word: is missing", CONTROLLER, "instances", (*POST, "{}")),
    Refusal("4.00", "after:", CONTROLLER, "visits", ("-O", "15,after=soon")),
    Refusal("4.00", "is missing", AUTH, "recognise", (*POST, "{}")),
    Refusal("4.00", "visit: is missing", AUTH, "visits", (*POST, "{}")),
    Refusal("4.00", "room: is missing", AUTH, "contents"),
    Refusal("4.00", "sha256:", AUTH, "item", query(sha256="none")),
    Refusal("4.01", "credential", AUTH, "contents", query(key="not-that-one")),
    Refusal("4.01", "credential", AUTH, "item", query(sha256=UNKNOWN, key="not-that-one")),
    Refusal("4.02", "65003", LOBBY, "presence", ("-O", "65003,what")),
    Refusal("4.02", "Uri-Path", LOBBY, "", ("-O", "11,0xff")),
    Refusal("4.02", "Uri-Port", LOBBY, "presence", ("-O", "7,0x00000001")),
    Refusal("4.04", "no such resource", LOBBY, "nothing"),
    Refusal("4.04", "no such resource", LOBBY, "presence/more"),
    Refusal("4.04", "another-room", AUTH, "contents", query(room="another-room")),
    Refusal("4.04", "another-meeting", AUTH, "contents", query(of="another-meeting")),
    Refusal("4.04", "", AUTH, "item", query(sha256=UNKNOWN)),
    Refusal("4.05", "", LOBBY, "presence", (*PUT, "{}")),
    Refusal("4.05", "", LOBBY, "presence", ("-m", "delete")),
    Refusal("4.05", "", LOBBY, "presence", ("-m", "fetch")),
    Refusal("4.06", "50", LOBBY, "presence", ("-A", "0")),
    Refusal("4.06", "42", AUTH, "item", (*query(sha256=UNKNOWN), "-A", "50")),
    Refusal("4.08", "", AUTH, "visits", ("-b", "3,64", *POST, "x" * 300)),
    Refusal("4.09", ENTRANCE, SCANNER, "scan", (*PUT, ELSEWHERE)),
    Refusal("4.15", "50", SCANNER, "scan", ("-m", "put", "-t", "0", "-e", "{}")),
]
ELSEWHERE_TESTED = {"4.03", "4.12", "4.13", "5.00", "5.03", "5.05"}  # below


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal.code}-{refusal.name}-{refusal.says}")
def test_no_has_its_code_and_says_why(kept: KeptDemo, refusal: Refusal) -> None:
    options = [option.replace("{credential}", credential(kept)) for option in refusal.options]
    answer = libcoap.ask(f"{kept.uri(refusal.name)}/{refusal.path}", *options)
    assert answer.code == refusal.code, answer
    assert refusal.says in answer.text


def test_refused_requests_have_changed_nothing(kept: KeptDemo) -> None:
    for row, name in ((wire.SCANS, SCANNER), (wire.GUIDED, GUIDANCE), (wire.SHOWN, SCREEN), (wire.HEALTH, AUTH)):
        case = CASES[row](kept, name)
        assert case.says(kept.ask(row, name))
    assert "s1" not in [scan.scan for scan in kept.ask(wire.SCANS, SCANNER).scans]
    assert "v1" not in kept.ask(wire.GUIDED, GUIDANCE).visits


def test_body_beyond_what_is_taken_is_4_13(kept: KeptDemo, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"a" * (payload.MOST_BYTES + 1))
    for block in ("1024", "64"):
        answer = libcoap.ask(f"{kept.uri(AUTH)}/visits", *POST[:-1], "-b", block, "-f", str(tmp_path / "large"))
        assert answer.code == "4.13" and str(payload.MOST_BYTES) in answer.text


def test_services_are_no_proxies(kept: KeptDemo) -> None:
    answer = libcoap.ask("coap://example.org/presence", "-P", kept.uri(LOBBY))
    assert answer.code == "5.05" and "proxy" in answer.text


def test_scan_too_many_is_5_03_until_one_has_ended(kept: KeptDemo) -> None:
    def order(number: int, window_s: float) -> Answer:
        return libcoap.ask_row(wire.SCAN, kept.uri(SCANNER), wire.ScanOrder(f"many.{number}", ENTRANCE, window_s))

    try:
        answers = [order(number, 60) for number in range(MOST_SCANS + 1)]
        assert [answer.code for answer in answers] == ["2.xx"] * MOST_SCANS + ["5.03"]
        assert str(MOST_SCANS) in answers[-1].text and ENTRANCE in answers[-1].text
        assert order(0, 0).code == order(MOST_SCANS, 60).code == "2.xx"
    finally:
        for number in range(MOST_SCANS + 1):
            order(number, 0)


# --- whatever a handler raises --------------------------------------------------------------------------------------

RAISED: dict[str, Exception] = {
    "PayloadError": errors.PayloadError("room: is not one"),
    "NotAllowed": errors.NotAllowed("that is not the key"),
    "Forbidden": errors.Forbidden("a viewer may only look"),
    "NotFound": errors.NotFound("there is no such room"),
    "WrongMethod": errors.WrongMethod("that cannot be changed", ("GET",)),
    "TooLarge": errors.TooLarge("more than is taken"),
    "Changed": errors.Changed("it is another by now"),
    "Conflict": errors.Conflict("it is another's"),
    "Over": errors.Over("it has been, and is over"),
    "Unavailable": errors.Unavailable("the disk is away", retry_s=3),
    "NanoError": errors.NanoError("our own fault"),
    "fault": ZeroDivisionError("a secret of the inside"),
}


def test_every_code_that_an_error_becomes_is_said_to_somebody() -> None:
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.NanoError)]
    said = {refusal.code for refusal in REFUSALS} | ELSEWHERE_TESTED
    assert {kind.code for kind in classes} <= said
    assert {kind.__name__ for kind in classes if "code" in vars(kind)} <= set(RAISED)


@pytest.mark.parametrize("name", RAISED)
def test_error_of_a_handler_becomes_its_code(name: str) -> None:
    """Of a fault that nobody foresaw nothing is told."""
    error = RAISED[name]
    row = wire.Resource("own", "own", "GET", wire.EVERYBODY, None, wire.Done, "own.row", "nano.state")

    async def refuse(_message: Any, _sender: str) -> Any:
        raise error

    answer = asyncio.run(_answer(row, refuse))
    assert answer.code == getattr(error, "code", "5.00")
    assert (str(error) in answer.text) == isinstance(error, errors.NanoError)


async def _answer(row: wire.Resource, handler: Any) -> Answer:
    endpoint, port = Endpoint(), free_ports("udp", 1)[0]
    await endpoint.open("127.0.0.1", port, {row: handler})
    try:
        return await asyncio.to_thread(libcoap.ask_row, row, f"coap://127.0.0.1:{port}")
    finally:
        await endpoint.close()
