from hypothesis import given
from hypothesis import strategies as st

from nanoservices.presence.logic import EDGE_GAP_S, Change, PresenceTracker

HOLD_S = 10.0


def tracker(hold_s: float = HOLD_S) -> PresenceTracker:
    return PresenceTracker(hold_s, 0.0)


def test_zone_is_unknown_until_its_sensor_is_read() -> None:
    assert (tracker().state, tracker().wake_at()) == ("unknown", None)


def test_motion_under_way_at_start_is_an_edge() -> None:
    assert tracker().motion_changed(True, 1.0) == Change("occupied", 1.0, edge=True)


def test_zone_found_still_is_not_called_empty_before_it_was_watched() -> None:
    zone = tracker()
    assert zone.motion_changed(False, 1.0) is None
    assert (zone.state, zone.wake_at()) == ("unknown", 11.0)
    assert zone.why is not None and "10 s" in zone.why
    assert zone.time_passed(11.0) == Change("empty", 11.0)
    assert zone.why is None


def test_zone_empties_once_motion_has_been_over_for_the_hold() -> None:
    zone = tracker()
    zone.motion_changed(True, 1.0)
    zone.motion_changed(False, 3.0)
    assert zone.time_passed(12.9) is None
    assert zone.time_passed(13.0) == Change("empty", 13.0)
    assert zone.wake_at() is None


def test_unbroken_motion_is_told_again_and_again_without_an_edge() -> None:
    zone = PresenceTracker(HOLD_S, 0.0, again_s=3.0)
    zone.motion_changed(True, 1.0)
    assert zone.wake_at() == 4.0
    assert zone.time_passed(3.9) is None
    assert zone.time_passed(4.0) == Change("occupied", 4.0)
    assert zone.wake_at() == 7.0
    zone.motion_changed(False, 5.0)
    assert zone.wake_at() == 15.0


def test_line_read_low_again_does_not_prolong_the_hold() -> None:
    zone = tracker()
    zone.motion_changed(True, 1.0)
    zone.motion_changed(False, 3.0)
    zone.motion_changed(False, 9.0)
    assert zone.wake_at() == 13.0


def test_somebody_who_comes_into_an_occupied_zone_is_an_edge_too() -> None:
    zone = tracker()
    zone.motion_changed(True, 1.0)
    zone.motion_changed(False, 3.0)
    assert zone.motion_changed(True, 4.0) == Change("occupied", 4.0, edge=True)
    assert zone.since == 1.0


def test_line_read_high_again_is_nobody_new() -> None:
    zone = tracker()
    zone.motion_changed(True, 1.0)
    assert zone.motion_changed(True, 5.0) is None


def test_chattering_sensor_gives_one_edge() -> None:
    zone = tracker()
    changes = [zone.motion_changed(moving, 1.0 + 0.01 * n) for n, moving in enumerate([True, False] * 8)]
    assert [change for change in changes if change is not None] == [Change("occupied", 1.0, edge=True)]


def test_motion_just_after_a_short_hold_occupies_the_zone_again() -> None:
    zone = tracker(hold_s=0.05)
    zone.motion_changed(True, 1.0)
    zone.motion_changed(False, 1.01)
    zone.time_passed(1.06)
    assert zone.motion_changed(True, 1.1) == Change("occupied", 1.1, edge=True)


def test_lost_sensor_is_said_once_and_makes_the_zone_unknown() -> None:
    zone = tracker()
    zone.motion_changed(True, 1.0)
    assert zone.sensor_lost("the daemon is gone", 2.0) == Change("unknown", 2.0, why="the daemon is gone")
    assert zone.sensor_lost("the daemon is gone", 3.0) is None
    assert zone.wake_at() is None


def test_zone_of_a_lost_sensor_does_not_become_empty_by_and_by() -> None:
    zone = tracker()
    zone.motion_changed(True, 1.0)
    zone.motion_changed(False, 2.0)
    zone.sensor_lost("the daemon is gone", 3.0)
    assert (zone.wake_at(), zone.time_passed(60.0), zone.state) == (None, None, "unknown")


def test_motion_found_when_the_sensor_is_back_is_an_edge() -> None:
    zone = tracker()
    zone.motion_changed(True, 1.0)
    zone.sensor_lost("the daemon is gone", 2.0)
    assert zone.motion_changed(True, 2.1) == Change("occupied", 2.1, edge=True)


STEPS = st.lists(st.tuples(st.sampled_from(["up", "down", "time", "lost"]), st.floats(0.0, 30.0)), max_size=60)
HOLDS = st.sampled_from([0.05, 0.1, 1.0, 10.0])


@given(STEPS, HOLDS)
def test_zone_is_never_empty_while_motion_is_unbroken(steps: list[tuple[str, float]], hold_s: float) -> None:
    zone, now, moving = tracker(hold_s), 0.0, False
    for kind, wait_s in steps:
        now += wait_s
        zone.time_passed(now)
        if kind in ("up", "down"):
            moving = kind == "up"
            zone.motion_changed(moving, now)
        elif kind == "lost":
            moving = False
            zone.sensor_lost("gone", now)
        assert not (moving and zone.state != "occupied")


@given(STEPS, HOLDS)
def test_zone_is_never_empty_before_the_hold_is_over(steps: list[tuple[str, float]], hold_s: float) -> None:
    zone, now, motion_seen_at = tracker(hold_s), 0.0, 0.0
    moving = False
    for kind, wait_s in steps:
        now += wait_s
        if moving:
            motion_seen_at = now
        change = zone.time_passed(now)
        assert change is None or change.state != "empty" or now - motion_seen_at >= hold_s * 0.999
        if kind in ("up", "down"):
            moving = kind == "up"
            zone.motion_changed(moving, now)
        elif kind == "lost":
            moving = False
            zone.sensor_lost("gone", now)


@given(STEPS)
def test_edges_of_an_occupied_zone_keep_their_distance(steps: list[tuple[str, float]]) -> None:
    zone, now, last_edge = tracker(), 0.0, float("-inf")
    for kind, wait_s in steps:
        now += wait_s / 50
        was = zone.state
        change = zone.motion_changed(kind == "up", now)
        if change is not None and change.edge:
            assert was != "occupied" or now - last_edge >= EDGE_GAP_S
            last_edge = now
