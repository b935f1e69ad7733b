from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.errors import Conflict, Over, Unavailable
from nanoservices.scanner import logic
from nanoservices.scanner.keys import Advert
from nanoservices.scanner.logic import MOST_SCANS, ScanBook

ZONE = "entrance"


def book() -> ScanBook:
    return ScanBook(ZONE, repeat_s=1.0)


def tag(number: int, rssi_dbm: int = -60) -> Advert:
    return Advert(f"C0:00:00:00:{number >> 8:02X}:{number & 255:02X}", rssi_dbm, {}, {})


def scans_of(scans: ScanBook, number: int, now: float) -> tuple[str, ...]:
    heard = scans.hear(tag(number), now)
    return () if heard is None else heard.scans


def test_nothing_is_heard_without_a_scan() -> None:
    assert book().hear(tag(1), 1.0) is None


def test_new_key_is_reported_at_once_with_what_was_heard() -> None:
    scans = book()
    scans.order("s1", ZONE, 5.0, 0.0)
    heard = scans.hear(tag(1, -71), 0.5)
    assert heard == logic.Heard("mac:c00000000001", -71, ("s1",))


def test_same_key_is_reported_once_per_repeat_and_scan() -> None:
    scans = book()
    scans.order("s1", ZONE, 50.0, 0.0)
    assert [bool(scans_of(scans, 1, at)) for at in (0.0, 0.5, 0.99, 1.0, 1.5, 2.5)] == [True, False, False, True, False, True]


def test_scan_that_opens_later_hears_a_known_key_at_once() -> None:
    scans = book()
    scans.order("s1", ZONE, 5.0, 0.0)
    scans_of(scans, 1, 0.0)
    scans.order("s2", ZONE, 5.0, 0.1)
    assert scans_of(scans, 1, 0.2) == ("s2",)


def test_same_scan_again_moves_its_end_and_forgets_nothing() -> None:
    scans = book()
    scans.order("s1", ZONE, 5.0, 0.0)
    scans_of(scans, 1, 0.0)
    scans.order("s1", ZONE, 2.0, 0.5)
    assert (scans.open_scans(0.5), scans.wake_at()) == ({"s1": 2.0}, 2.5)
    assert scans_of(scans, 1, 0.6) == ()


def test_window_is_over_by_itself() -> None:
    scans = book()
    scans.order("s1", ZONE, 5.0, 0.0)
    assert scans_of(scans, 1, 5.0) == ()
    assert (scans.open_scans(5.0), scans.wake_at()) == ({}, None)


def test_scan_whose_window_was_over_opens_again_and_knows_no_key_any_more() -> None:
    scans = book()
    scans.order("s1", ZONE, 5.0, 0.0)
    scans_of(scans, 1, 4.9)
    assert scans.order("s1", ZONE, 5.0, 5.1)
    assert scans_of(scans, 1, 5.2) == ("s1",)


def test_late_start_of_an_ended_scan_is_refused_and_changes_nothing() -> None:
    scans = book()
    scans.order("s1", ZONE, 5.0, 0.0)
    assert scans.order("s1", ZONE, 0, 1.0)
    with pytest.raises(Over, match="scan s1 was ended"):
        scans.order("s1", ZONE, 5.0, 1.1)
    assert not scans.order("s1", ZONE, 0, 1.2)
    assert scans.open_scans(1.2) == {}


def test_end_that_overtakes_its_start_wins() -> None:
    scans = book()
    scans.order("s1", ZONE, 0, 0.0)
    with pytest.raises(Over):
        scans.order("s1", ZONE, 5.0, 0.1)
    assert scans.open_scans(0.1) == {}


def test_scan_of_another_zone_is_refused_naming_both() -> None:
    scans = book()
    with pytest.raises(Conflict, match=r"room-1.*entrance"):
        scans.order("s1", "room-1", 5.0, 0.0)
    assert scans.open_scans(0.0) == {}


def test_one_scan_too_many_is_refused_until_another_ends() -> None:
    scans = book()
    for number in range(MOST_SCANS):
        scans.order(f"s{number}", ZONE, 5.0, 0.0)
    with pytest.raises(Unavailable, match="one-more"):
        scans.order("one-more", ZONE, 5.0, 0.0)
    scans.order("s3", ZONE, 0, 0.1)
    assert scans.order("one-more", ZONE, 5.0, 0.1)


def test_strangers_keys_live_no_longer_than_the_scan() -> None:
    scans = book()
    scans.order("s1", ZONE, 5.0, 0.0)
    scans.order("s2", ZONE, 3.0, 0.0)
    scans_of(scans, 1, 1.0)
    scans.order("s1", ZONE, 0, 2.0)
    scans.time_passed(3.0)
    assert "c00000000001" not in repr(vars(scans))


def test_crowd_is_remembered_within_bounds_the_longest_silent_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logic, "MOST_KEYS", 3)
    scans = book()
    scans.order("s1", ZONE, 50.0, 0.0)
    for number in (1, 2, 3, 1, 4):
        scans_of(scans, number, 0.1)
    assert [number for number in (1, 3, 4) if scans_of(scans, number, 0.2)] == []
    assert scans_of(scans, 2, 0.2) == ("s1",)


@pytest.mark.parametrize(("said", "meant"), [(127, -127), (-128, -127), (99, 20), (-60, -60)])
def test_strength_stays_within_the_contract(said: int, meant: int) -> None:
    scans = book()
    scans.order("s1", ZONE, 5.0, 0.0)
    heard = scans.hear(tag(1, said), 0.0)
    assert heard is not None and heard.rssi_dbm == meant


def test_radio_time_adds_up_and_turning_it_on_twice_counts_once() -> None:
    scans = book()
    scans.radio_turned(True, 1.0)
    scans.radio_turned(True, 2.0)
    assert scans.radio_on_s(3.0) == 2.0
    scans.radio_turned(False, 4.0)
    assert scans.radio_on_s(9.0) == 3.0


ORDERS = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([0.0, 1.0, 5.0]), st.floats(0, 3)), max_size=40)


@given(ORDERS)
def test_ended_scan_never_hears_again(orders: list[tuple[str, float, float]]) -> None:
    scans, now, ended = book(), 0.0, set[str]()
    for number, (scan, window_s, wait_s) in enumerate(orders):
        now += wait_s
        with pytest.raises(Over) if scan in ended and window_s > 0 else nullcontext():
            scans.order(scan, ZONE, window_s, now)
        ended |= {scan} if window_s == 0 else set()
        assert not ended & set(scans_of(scans, number, now))
        assert not ended & scans.open_scans(now).keys()
