"""credential enrol: a key that is held up becomes somebody's, when the admin says so."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanoservices import wire
from nanoservices.auth import enrolment
from nanoservices.auth.model import Participant
from swarm.commands import credential_enrol
from tests.unit.auth.house import MAC
from tests.unit.swarm.auth_house import AuthHouse

WORDS = ("credential", "enrol", "bob", "--zone", "entrance", "--seconds", "3")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthHouse]:
    """Three seconds are over at once: every look is a second later."""
    made = AuthHouse(tmp_path)
    made.store.people.add(Participant("bob", "Bob"))
    passed = iter(range(10_000))
    monkeypatch.setattr(made.enrolments, "_now", lambda: float(next(passed)))
    monkeypatch.setattr(credential_enrol, "_LOOK_S", 0.0)
    yield made
    made.close()


def hold_up(house: AuthHouse, *keys: str) -> None:
    """As soon as somebody listens, for as long as they do."""

    def told(order: wire.Enrolling) -> None:
        house.orders.append(order)
        if order.window_s:
            sightings = tuple(wire.Sighting(key, -40, 0.0) for key in keys for _ in range(enrolment.LEAST_HEARD))
            message = wire.HeldUp(order.enrolment, order.zone, sightings)
            thread = threading.Thread(target=lambda: asyncio.run(house.enrolments.held(message, "")))
            thread.start()
            thread.join()

    house.enrolments._ask = told


def test_key_that_is_held_up_is_enrolled_and_not_shown_whole(house: AuthHouse) -> None:
    hold_up(house, MAC["bob"])
    said = house.run(*WORDS, "--yes")
    assert f"mac, ending with {MAC['bob'][-4:]}" in said
    assert MAC["bob"] not in said
    assert [held.matches for held in house.store.people.credentials("bob")] == [MAC["bob"]]
    assert house.orders == [wire.Enrolling(house.orders[0].enrolment, "entrance", 3.0)]


def test_nothing_is_kept_when_nobody_can_be_asked_and_the_scanner_stops(house: AuthHouse) -> None:
    hold_up(house, MAC["bob"])
    assert "nothing was changed" in house.run(*WORDS, code=2)
    assert house.store.people.credentials("bob") == []
    assert [order.window_s for order in house.orders] == [3.0, 0.0]


def test_it_is_said_when_nothing_was_held_up(house: AuthHouse) -> None:
    assert "no key was held up" in house.run(*WORDS, "--yes", code=2)


def test_nobody_listens_for_somebody_who_is_not_known(house: AuthHouse) -> None:
    assert "no participant zed" in house.run("credential", "enrol", "zed", "--zone", "entrance", code=2)
    assert house.orders == []
