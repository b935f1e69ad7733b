from nanoservices.presence.faults import CALM, CHATTER, SensorFaults


def pulses(faults: SensorFaults, count: int, began: float, gap_s: float) -> float:
    """So many motions, each as short as half a gap; when the last one ended."""
    for number in range(count):
        faults.motion_changed(True, began + number * gap_s)
        faults.motion_changed(False, began + (number + 0.5) * gap_s)
    return began + (count - 0.5) * gap_s


def test_person_who_moves_every_second_is_no_fault() -> None:
    faults = SensorFaults(3600)
    pulses(faults, 100, 0.0, 1.0)
    assert faults.why is None


def test_more_motions_than_a_pir_can_tell_apart_are_chatter() -> None:
    faults = SensorFaults(3600)
    pulses(faults, CHATTER, 0.0, 0.1)
    assert faults.why is None
    pulses(faults, 1, CHATTER * 0.1, 0.1)
    assert faults.why is not None and "chatters" in faults.why


def test_chatter_is_over_when_a_window_has_been_calm_and_not_before() -> None:
    faults = SensorFaults(3600)
    ended = pulses(faults, CHATTER + 1, 0.0, 0.1)
    due = faults.wake_at()
    assert due is not None
    faults.time_passed(due - 0.01)
    assert faults.why is not None
    faults.time_passed(due)
    assert faults.why is None
    assert due < ended + 10.0 and CALM < CHATTER  # some of the last motions may be a person's


def test_motion_without_a_break_is_a_stuck_line_and_well_once_it_goes_down() -> None:
    faults = SensorFaults(60)
    faults.motion_changed(True, 5.0)
    assert faults.wake_at() == 65.0
    faults.time_passed(64.9)
    assert faults.why is None
    faults.time_passed(65.0)
    assert faults.why is not None and "stuck" in faults.why and faults.wake_at() is None
    faults.motion_changed(False, 70.0)
    assert faults.why is None and not faults.moving


def test_line_read_high_again_does_not_begin_its_motion_anew() -> None:
    faults = SensorFaults(60)
    faults.motion_changed(True, 0.0)
    faults.motion_changed(True, 50.0)
    assert faults.wake_at() == 60.0


def test_window_of_a_faster_world_is_shorter() -> None:
    """Twenty-one motions in two seconds: a loose wire; of people who move ten times as fast, a lively room."""
    slow, fast = SensorFaults(3600), SensorFaults(3600, window_s=1.0)
    for faults in (slow, fast):
        for number in range(CHATTER + 1):
            faults.motion_changed(True, number * 0.1)
            faults.motion_changed(False, number * 0.1 + 0.05)
    assert slow.why is not None and fast.why is None
