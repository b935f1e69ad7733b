"""Listening for an enrolment: what is heard goes to auth and nowhere else."""

import pytest

from nanoservices import wire
from nanoservices.controller.enrolments import MOST_OPEN, EnrolmentBook
from nanoservices.controller.model import EndScan, PassOn, StartScan
from nanoservices.errors import NotFound, Unavailable
from tests.unit.controller.house import House

KEY = "mac:5712a96e7712"


def order(zone: str = "entrance", window_s: float = 30, name: str = "n1") -> wire.Enrolling:
    return wire.Enrolling(name, zone, window_s)


def listening(house: House) -> StartScan:
    house.logic.enrolling(order(), house.now)
    (start,) = house.logic.take_commands()
    assert isinstance(start, StartScan)
    assert (start.zone, start.ends_at) == ("entrance", house.now + 30)
    return start


def hear(house: House, scan: str, *keys: str, rssi_dbm: int = -40) -> None:
    for n, key in enumerate(keys, 1):
        house.logic.key_heard(
            wire.SightingEvent("sighting", n, house.now, "entrance", scan, key, rssi_dbm), house.now, house.now
        )
    house.logic.ask()


def test_what_is_held_up_is_passed_on_and_makes_no_visit() -> None:
    house = House()
    scan = listening(house).scan
    hear(house, scan, KEY, KEY)
    (passed,) = house.logic.take_commands()
    assert passed == PassOn("n1", "entrance", (wire.Sighting(KEY, -40, 0.0),) * 2)
    assert KEY not in repr(passed)  # what is logged of a command holds no key
    assert not house.logic.visits.visits


def test_enrolment_and_a_visit_go_on_beside_each_other() -> None:
    house = House()
    listening(house)
    house.motion("entrance")
    assert [question.heard[0].key for question in house.hear("entrance", KEY)] == [KEY]


def test_window_ends_by_itself_and_when_it_is_ended() -> None:
    house = House()
    scan = listening(house).scan
    assert house.logic.wake_at(house.now) is not None
    house.logic.time_passed(house.now + 30)
    assert EndScan(scan, "entrance") in house.logic.take_commands()
    scan = listening(house).scan
    house.logic.enrolling(order(window_s=0), house.now)
    assert house.logic.take_commands() == [EndScan(scan, "entrance")]
    house.logic.enrolling(order(window_s=0), house.now)
    assert house.logic.take_commands() == []


def test_auth_is_told_that_no_scanner_listens() -> None:
    house = House()
    scan = listening(house).scan
    house.logic.scan_failed(scan, "scanner@pi-lobby is silent", house.now)
    assert house.logic.take_commands() == [PassOn("n1", "entrance", (), "scanner@pi-lobby is silent")]


def test_zone_without_a_scanner_is_refused() -> None:
    house = House()
    with pytest.raises(NotFound, match="no scanner in a zone corridor"):
        house.logic.enrolling(order("corridor"), house.now)
    assert house.logic.take_commands() == []


def test_windows_and_what_they_hold_are_bounded() -> None:
    house = House()
    for number in range(MOST_OPEN):
        house.logic.enrolling(order(name=f"n{number}"), house.now)
    with pytest.raises(Unavailable):
        house.logic.enrolling(order(name="n-more"), house.now)
    book = EnrolmentBook()
    start = book.order("n1", "entrance", 30, 0.0)
    assert isinstance(start, StartScan)
    for n in range(1000):
        book.hear(wire.SightingEvent("sighting", n, 0.0, "entrance", start.scan, f"mac:{n:012x}", -40), 0.0)
    news = book.news()
    assert sum(len(each.sightings) for each in news) == 500
    assert max(len(each.sightings) for each in news) <= 32


def test_faint_keys_are_not_passed_on() -> None:
    house = House()
    hear(house, listening(house).scan, KEY, rssi_dbm=-95)
    assert house.logic.take_commands() == []
