from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.guidance.animation import PALETTE, RHYTHMS, Frame, Runner, frame, next_change

WIDE, NARROW = True, False
DARK = (0, 0, 0)


def heads(shown: Frame) -> list[int]:
    """The LEDs at full brightness."""
    return [position for position, colour in enumerate(shown) if max(colour) == 255]


def levels(shown: Frame) -> list[int]:
    return [max(colour) for colour in shown]


def test_strip_without_visits_is_dark_and_stays_so() -> None:
    assert frame([], [WIDE, NARROW], 1.0) == (DARK, DARK)
    assert next_change([], [WIDE, NARROW], 1.0) is None


def test_first_light_is_the_first_led_at_once() -> None:
    for colour in range(len(PALETTE)):
        for kind in (WIDE, NARROW):
            assert heads(frame([Runner(colour, 7.0)], [kind] * 4, 7.0)) == [0]


def test_light_runs_in_walking_order_and_fades_behind() -> None:
    pace = RHYTHMS[0][0]
    shown = [levels(frame([Runner(0, 0.0)], [WIDE] * 4, step / pace)) for step in range(7)]
    assert shown == [
        [255, 0, 0, 0],
        [76, 255, 0, 0],
        [20, 76, 255, 0],
        [0, 20, 76, 255],
        [0, 0, 20, 76],
        [0, 0, 0, 20],
        [255, 0, 0, 0],
    ]


def test_long_strip_has_another_head_before_the_first_is_gone() -> None:
    assert heads(frame([Runner(0, 0.0)], [WIDE] * 20, 0.0)) == [0, 8, 16]


def test_wide_leds_have_the_visits_colour_and_narrow_ones_shades_of_white() -> None:
    wide, narrow = frame([Runner(1, 0.0)], [WIDE], 0.0) + frame([Runner(1, 0.0)], [NARROW], 0.0)
    assert (wide, narrow) == (PALETTE[1], (255, 255, 255))


def test_colours_of_the_palette_are_told_apart() -> None:
    def distance(one: tuple[int, ...], other: tuple[int, ...]) -> float:
        return sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5

    assert min(distance(one, other) for one, other in combinations(PALETTE, 2)) > 100
    assert min(distance(one, other) for one, other in combinations(PALETTE[:5], 2)) > 150


def test_every_colour_has_a_rhythm_of_its_own_of_two_to_four_steps_a_second() -> None:
    assert len(set(RHYTHMS)) == len(PALETTE) == 12
    assert all(2 <= pace <= 4 and flash.startswith("#") for pace, flash in RHYTHMS)


def test_one_narrow_led_shows_every_rhythm_differently() -> None:
    def seen(colour: int) -> tuple[Frame, ...]:
        return tuple(frame([Runner(colour, 0.0)], [NARROW], tick / 48) for tick in range(96))

    assert len({seen(colour) for colour in range(12)}) == 12


def test_two_visits_that_meet_take_turns_the_newer_first() -> None:
    both = [Runner(0, 0.0), Runner(1, 2.0)]  # both heads are on the first of four LEDs at 2.0
    shown = [frame(both, [WIDE] * 4, 2.0 + turn * 0.25)[0] for turn in range(2)]
    assert shown == [PALETTE[1], PALETTE[0]]


def test_visits_apart_are_both_shown() -> None:
    both = [Runner(0, 0.0), Runner(1, 0.67)]
    shown = frame(both, [WIDE] * 4, 0.68)
    assert (shown[0], shown[2]) == (PALETTE[1], PALETTE[0])


RUNNERS = st.lists(st.builds(Runner, st.integers(0, 11), st.floats(0, 1000)), min_size=1, max_size=5).map(
    lambda runners: sorted(runners, key=lambda runner: runner.since)
)
STRIPS = st.lists(st.booleans(), min_size=1, max_size=30)


@given(RUNNERS, STRIPS)
def test_newest_visit_is_lit_in_its_first_frame(runners: list[Runner], wide: list[bool]) -> None:
    newest = runners[-1]
    shown = frame(runners, wide, newest.since)[0]
    assert shown == (PALETTE[newest.colour] if wide[0] else (255, 255, 255))


@given(RUNNERS, STRIPS, st.floats(0, 100))
def test_next_change_is_ahead_and_soon_and_nothing_changes_before(
    runners: list[Runner], wide: list[bool], age_s: float
) -> None:
    now = runners[-1].since + age_s
    change = next_change(runners, wide, now)
    assert change is not None and now < change <= now + 0.5 + 1e-6
    before = max(now, min(now + (change - now) * 0.99, change - 1e-6))  # where a boundary is reached, to a millionth
    assert frame(runners, wide, now) == frame(runners, wide, before)


@given(RUNNERS.filter(lambda runners: len(runners) == 1), STRIPS, st.floats(0, 100))
def test_led_visit_is_never_dark_on_wide_leds(runners: list[Runner], wide: list[bool], age_s: float) -> None:
    assert any(colour != DARK for colour in frame(runners, [WIDE] * len(wide), runners[0].since + age_s))


@pytest.mark.parametrize("colour", range(12))
def test_light_is_steady_between_its_steps_on_wide_leds(colour: int) -> None:
    assert next_change([Runner(colour, 1.0)], [WIDE] * 3, 1.0) == pytest.approx(1.0 + 1 / RHYTHMS[colour][0])
