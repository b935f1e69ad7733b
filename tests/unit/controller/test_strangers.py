"""Whoever sends under ever other names, or at impossible times, takes no memory and no calendar away."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import clock, wire
from nanoservices.controller.__main__ import _wall
from nanoservices.controller.model import Peer, StartScan
from nanoservices.controller.registry import ADDED_S, LEASE_S, MOST_STRANGERS
from tests.unit.controller.house import PLACE, House

EXPECTED = {f"{word}@{node}" for node, entry in PLACE.nodes.items() for word in entry.run if word != "controller"}


def test_ever_other_instances_are_forgotten_and_the_houses_own_are_not() -> None:
    house = House()
    for number in range(5000):
        house.logic.announced(Peer("scanner", f"pi-{number}", "coap://a", "b", True, house.now + number / 1000), house.now)
    names = house.logic.registry.peers.keys()
    assert names >= EXPECTED
    assert len(names) <= len(EXPECTED) + MOST_STRANGERS + 1
    assert "scanner@pi-4999" in names and "scanner@pi-0" not in names


def test_ever_other_sources_are_forgotten_and_the_houses_own_are_not() -> None:
    house = House()
    assert house.logic.is_new("presence@pi-lobby", "b1", 7)
    for number in range(5000):
        assert house.logic.is_new(f"presence@pi-{number}", "b1", 1)
        event = wire.PresenceEvent("presence", 1, house.now, "nowhere", "empty")
        house.logic.presence_changed(f"presence@pi-{number}/b1/1", f"pi-{number}", event, house.now, house.now)
    assert not house.logic.is_new("presence@pi-lobby", "b1", 7)  # twice is once, all the same
    assert len(house.logic.sources) <= MOST_STRANGERS + 1 + len(EXPECTED)
    assert len(house.logic.registry.sensors) <= MOST_STRANGERS + 1 + len(EXPECTED)
    assert house.logic.registry.sensors.keys() >= {"pi-lobby", "pi-room-1", "pi-room-2"}


def test_scanner_added_to_a_running_house_is_asked_and_missed_for_a_while_once_it_is_silent() -> None:
    house = House()
    registry = house.logic.registry
    house.presence("corridor", "occupied", edge=True, node="pi-corridor")
    assert house.told(StartScan) == []  # nobody listens there
    house.logic.announced(Peer("scanner", "pi-corridor", "coap://c", "b", True, house.now, "corridor"), house.now)
    house.presence("corridor", "empty", node="pi-corridor")
    house.presence("corridor", "occupied", edge=True, node="pi-corridor")
    assert [scan.zone for scan in house.told(StartScan)] == ["corridor"]
    assert registry.expected("scanner", ("corridor",), house.now + LEASE_S + 1) == ["scanner@pi-corridor"]
    assert registry.expected("scanner", ("corridor",), house.now + ADDED_S) == []


def test_sensor_added_beside_another_is_not_overlooked_when_it_falls_silent() -> None:
    house = House()
    registry = house.logic.registry
    house.logic.announced(Peer("presence", "pi-2", "coap://c", "b", True, house.now, "entrance"), house.now)
    house.presence("entrance", "empty", node="pi-2")
    assert registry.zone_state("entrance", house.now) == ("empty", None)
    registry.peers["presence@pi-lobby"].heard_at += 2 * LEASE_S
    assert registry.zone_state("entrance", house.now + 2 * LEASE_S) == ("unknown", "presence@pi-2 is silent")


@given(
    at=st.floats(allow_nan=False, allow_infinity=False),
    sent_at=st.floats(allow_nan=False, allow_infinity=False),
    named=st.sampled_from(["ours", "theirs"]),
)
def test_any_time_that_the_wire_takes_is_a_time_of_our_calendar(at: float, sent_at: float, named: str) -> None:
    now = clock.monotonic()
    here = clock.here(at, named, sent_at, "ours", now)
    assert now - clock.MOST_AGE_S <= here <= now
    assert datetime.fromisoformat(_wall(here)).tzinfo is UTC


@pytest.mark.parametrize("at", [0.25, 99.125, 100.0])
def test_time_of_the_same_host_is_told_exactly(at: float) -> None:
    assert clock.here(at, "ours", 1e300, "ours", 100.0) == at
