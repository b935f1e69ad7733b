"""Eddystone-EID beacons: found in their window and its neighbours, an hour later a replay, then nobody's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.auth.beacons import Beacons, Said
from nanoservices.auth.kinds import Beacon
from nanoservices.eddystone import Moment, ids
from tests.unit.auth.house import NOW

ONE, OTHER = Beacon(b"1" * 16, 10, int(NOW) - 500_000), Beacon(b"2" * 16, 4, int(NOW) - 77)


def says(beacon: Beacon, at: float) -> str:
    return ids([Moment(beacon.key, beacon.exponent, int(at) - beacon.zero_unix)])[0]


def prepared(*beacons: Beacon, at: float = NOW) -> Beacons:
    table = Beacons()
    table.prepare(beacons, at)
    return table


@pytest.mark.parametrize(("windows", "is_now"), [(-2, False), (-1, True), (0, True), (1, True)])
def test_beacon_may_be_one_window_off(windows: int, is_now: bool) -> None:
    found = prepared(ONE, OTHER).whose(says(ONE, NOW + 1024 * windows), NOW)
    assert found == (Said(ONE, (500_000 >> 10) + windows), is_now)


@pytest.mark.parametrize("at", [NOW + 2 * 1024 + 1024, NOW - 5 * 3600])
def test_id_from_farther_away_is_nobodys(at: float) -> None:
    assert prepared(ONE).whose(says(ONE, at), NOW) is None


def test_id_is_found_without_being_prepared_for_its_time() -> None:
    table, later = prepared(ONE), NOW + 400_000
    found = table.whose(says(ONE, later), later)
    assert found is not None and found[1]
    assert table.whose(says(ONE, NOW), later) is None


def test_beacon_that_is_taken_away_is_nobodys() -> None:
    table = prepared(ONE, OTHER)
    table.prepare([OTHER], NOW)
    assert table.whose(says(ONE, NOW), NOW) is None
    assert table.whose(says(OTHER, NOW), NOW) is not None


def test_ids_are_not_made_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr("nanoservices.auth.beacons.ids", lambda moments: made.append(len(m := list(moments))) or ids(m))
    table = prepared(ONE)
    table.prepare([ONE], NOW + 30)
    table.whose(says(ONE, NOW), NOW + 31)
    assert len(made) == 1


def test_beacon_whose_clock_begins_later_says_nothing_yet() -> None:
    later = Beacon(b"3" * 16, 10, int(NOW) + 100_000)
    assert prepared(later).whose("00" * 8, NOW) is None


@given(st.integers(0, 15), st.integers(0, 10**8), st.floats(0, 200))
def test_whatever_its_period_a_beacon_is_known_now_and_soon(exponent: int, age_s: int, later_s: float) -> None:
    beacon = Beacon(b"4" * 16, exponent, int(NOW) - age_s)
    found = prepared(beacon).whose(says(beacon, NOW + later_s), NOW + later_s)
    assert found is not None and found[1]
