"""What can be observed is told to clients that are not ours as soon as it changes (RFC 7641)."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from nanoservices import wire
from nanoservices.coap import Endpoint
from swarm.demo.supervisor import free_ports
from tests.interop.conftest import KeptDemo
from tests.interop.peers import coap_cli, libcoap
from tests.interop.peers.calling import Note
from tests.interop.peers.cases import CONTROLLER, ENTRANCE, guide_order, screen_order
from tests.interop.peers.watching import Watching

pytestmark = pytest.mark.interop
Observe = Callable[[str], AbstractContextManager[Watching]]
LOBBY, SCANNER, GUIDANCE, SCREEN = "presence@pi-lobby", "scanner@pi-lobby", "guidance@pi-lobby", "meeting@pi-room-1"
CLIENTS = pytest.mark.parametrize("observe", [libcoap.observe, coap_cli.observe], ids=["libcoap", "coap-cli"])
TESTED = {wire.PRESENCE, wire.ZONES, wire.VISITS, wire.SCANS, wire.GUIDED, wire.SHOWN}


def until_quiet(kept: KeptDemo) -> int:
    """Nobody about, every visit over; the number of the last one."""
    kept.leave()
    kept.until(lambda: kept.ask(wire.PRESENCE, LOBBY).state == "empty", "nobody is at the entrance")
    kept.until(lambda: all(visit.outcome for visit in kept.visits()), "all visits are over")
    return kept.visits()[-1].number


def test_everything_observable_is_observed_here() -> None:
    assert {row for row in wire.TABLE if row.observable} == TESTED


def until_somebody_comes_in(kept: KeptDemo) -> None:
    """Not at once, if the last stranger has only just left."""
    kept.until(lambda: kept.send("stranger") or True, "a stranger comes in")


@CLIENTS
def test_somebody_who_comes_in_is_told_to_whoever_observes(kept: KeptDemo, observe: Observe) -> None:
    last = until_quiet(kept)
    presence, zones = f"{kept.uri(LOBBY)}/presence", f"{kept.uri(CONTROLLER)}/zones"
    with observe(presence) as door, observe(zones) as place, observe(f"{kept.uri(CONTROLLER)}/visits?after={last}") as new:
        assert door.first()["state"] == "empty"
        assert _zone(place.first()) == "empty"
        assert new.first()["visits"] == []
        until_somebody_comes_in(kept)
        door.until(lambda state: state["state"] == "occupied")
        place.until(lambda state: _zone(state) == "occupied")
        new.until(lambda state: [visit.get("outcome") for visit in state["visits"]] == ["refused"])
        kept.leave()
        door.until(lambda state: state["state"] == "empty")


def test_state_of_20_kb_is_told_whole_each_time_it_changes() -> None:
    """A notification is the first block, the observer fetches the others (RFC 7959 section 2.6). libcoap's does, one change
    at a time; coap-cli's does not."""
    states = [Note(secrets.token_hex(10_000)) for _ in range(4)]
    row = wire.Resource("own", "note", "GET", wire.EVERYBODY, None, Note, "own.note", "nano.state", observable=True)
    current = iter(states)
    shown = [next(current)]

    async def give(_message: None, _sender: str) -> Note:
        return shown[-1]

    async def watched() -> None:
        endpoint, port, loop = Endpoint(), free_ports("udp", 1)[0], asyncio.get_running_loop()
        await endpoint.open("127.0.0.1", port, {row: give})

        def change() -> None:
            shown.append(next(current))
            endpoint.changed(row)

        def watch() -> None:
            with libcoap.observe(f"coap://127.0.0.1:{port}/note") as note:
                assert note.first() == {"text": states[0].text}
                for state in states[1:]:
                    loop.call_soon_threadsafe(change)
                    note.until(lambda found, state=state: found == {"text": state.text})

        try:
            await asyncio.to_thread(watch)
        finally:
            await endpoint.close()

    asyncio.run(watched())


@CLIENTS
def test_scan_is_told_when_it_begins_and_when_it_ends(kept: KeptDemo, observe: Observe) -> None:
    order = wire.ScanOrder("observed", ENTRANCE, 0.5)
    with observe(f"{kept.uri(SCANNER)}/scan") as scans:
        assert "observed" not in _scans(scans.first())
        libcoap.ask_row(wire.SCAN, kept.uri(SCANNER), order)
        scans.until(lambda state: "observed" in _scans(state))
        scans.until(lambda state: "observed" not in _scans(state))


@CLIENTS
def test_visit_that_is_led_is_told_and_that_it_is_led_no_longer(kept: KeptDemo, observe: Observe) -> None:
    order = guide_order(kept, for_s=0.5)
    with observe(f"{kept.uri(GUIDANCE)}/guide") as guided:
        assert order.visit not in guided.first()["visits"]
        libcoap.ask_row(wire.GUIDE, kept.uri(GUIDANCE), order)
        guided.until(lambda state: order.visit in state["visits"])
        guided.until(lambda state: order.visit not in state["visits"])


@CLIENTS
def test_screen_is_told_when_it_shows_something_else(kept: KeptDemo, observe: Observe) -> None:
    libcoap.ask_row(wire.SCREEN, kept.uri(SCREEN), screen_order(kept, "hidden"))
    with observe(f"{kept.uri(SCREEN)}/screen") as screen:
        assert screen.first()["mode"] == "hidden"
        libcoap.ask_row(wire.SCREEN, kept.uri(SCREEN), screen_order(kept, "personal"))
        screen.until(lambda state: state["mode"] == "personal")
        libcoap.ask_row(wire.SCREEN, kept.uri(SCREEN), screen_order(kept, "hidden"))
        screen.until(lambda state: state["mode"] == "hidden")


def _zone(state: dict[str, Any]) -> str:
    return str(next(zone["state"] for zone in state["zones"] if zone["zone"] == ENTRANCE))


def _scans(state: dict[str, Any]) -> list[str]:
    return [scan["scan"] for scan in state["scans"]]
