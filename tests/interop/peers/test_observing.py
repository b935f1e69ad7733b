"""What can be observed is told to clients that are not ours as soon as it changes (RFC 7641)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from nanoservices import wire
from tests.interop.conftest import KeptDemo
from tests.interop.peers import coap_cli, libcoap
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


@CLIENTS
def test_somebody_who_comes_in_is_told_to_whoever_observes(kept: KeptDemo, observe: Observe) -> None:
    last = until_quiet(kept)
    presence, zones = f"{kept.uri(LOBBY)}/presence", f"{kept.uri(CONTROLLER)}/zones"
    some, all_of_them = f"{kept.uri(CONTROLLER)}/visits?after={last}", f"{kept.uri(CONTROLLER)}/visits"
    with observe(presence) as door, observe(zones) as place, observe(some) as new, observe(all_of_them) as log:
        assert door.first()["state"] == "empty"
        assert _zone(place.first()) == "empty"
        assert new.first()["visits"] == []
        known = len(log.first()["visits"])
        kept.until(lambda: kept.send("stranger") or True, "a stranger comes in")  # not if they have only just left
        door.until(lambda state: state["state"] == "occupied")
        place.until(lambda state: _zone(state) == "occupied")
        new.until(lambda state: [visit.get("outcome") for visit in state["visits"]] == ["refused"])
        log.until(lambda state: len(state["visits"]) > known)  # of several blocks
        kept.leave()
        door.until(lambda state: state["state"] == "empty")


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
