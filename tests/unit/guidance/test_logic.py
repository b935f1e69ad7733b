from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.errors import Unavailable
from nanoservices.guidance import logic
from nanoservices.guidance.animation import PALETTE
from nanoservices.guidance.logic import MOST_VISITS, REPLACED_S, Guide
from nanoservices.wire import GuideOrder

ZONE = "entrance"
DARK = ((0, 0, 0),) * 3


def guide() -> Guide:
    return Guide(ZONE, (True, True, True))


def lead(visit: str, seq: int, boot: str = "b1", **changes: Any) -> GuideOrder:
    return GuideOrder(**{"visit": visit, "boot": boot, "seq": seq, "state": "lead", "route": (ZONE, "room-1"), **changes})


def stop(visit: str, seq: int, boot: str = "b1") -> GuideOrder:
    return GuideOrder(visit, boot, seq, "stop")


def test_visit_that_is_led_here_is_lit_at_once_in_its_colour() -> None:
    strip = guide()
    assert strip.apply(lead("v1", 1, colour=3), 1.0)
    assert strip.frame(1.0)[0] == PALETTE[3]


def test_dark_strip_wakes_nobody() -> None:
    strip = guide()
    assert (strip.frame(1.0), strip.wake_at(1.0)) == (DARK, None)
    strip.apply(lead("v1", 1), 1.0)
    strip.apply(stop("v1", 2), 2.0)
    assert (strip.frame(2.0), strip.wake_at(2.0)) == (DARK, None)


def test_route_that_does_not_come_by_here_is_not_lit() -> None:
    strip = guide()
    strip.apply(lead("v1", 1, route=("corridor",)), 1.0)
    assert strip.visits == ()


def test_new_route_that_does_not_come_by_here_any_more_ends_the_light() -> None:
    strip = guide()
    strip.apply(lead("v1", 1), 1.0)
    strip.apply(lead("v1", 2, route=("corridor",)), 2.0)
    assert strip.visits == ()


def test_light_is_lit_once_and_its_time_stays_when_the_order_is_repeated() -> None:
    strip = guide()
    strip.apply(lead("v1", 1), 1.0)
    assert strip.lit_at("v1") is None
    strip.shown(1.5)
    assert not strip.apply(lead("v1", 1), 2.0)
    strip.apply(lead("v1", 2), 3.0)
    strip.begin(3.0)
    strip.shown(3.5)
    assert strip.lit_at("v1") == 1.5


def test_repeated_order_does_not_prolong_and_a_newer_one_does() -> None:
    strip = guide()
    strip.apply(lead("v1", 1, for_s=10.0), 0.0)
    strip.apply(lead("v1", 1, for_s=10.0), 5.0)
    strip.apply(lead("v2", 2, for_s=10.0), 0.0)
    strip.apply(lead("v2", 3, for_s=10.0), 5.0)
    assert strip.time_passed(10.0)
    assert strip.visits == ("v2",)


def test_light_that_burnt_long_enough_goes_out_at_its_time_and_a_repetition_does_not_relight_it() -> None:
    strip = guide()
    strip.apply(lead("v1", 1, for_s=0.1), 1.0)
    assert strip.wake_at(1.0) == pytest.approx(1.1)
    assert strip.frame(1.11) == DARK
    strip.apply(lead("v1", 1, for_s=0.1), 1.2)
    assert (strip.visits, strip.lit_at("v1")) == ((), None)


def test_light_for_no_time_is_none() -> None:
    strip = guide()
    strip.apply(lead("v1", 1, for_s=0), 1.0)
    assert strip.visits == ()


def test_late_lead_does_not_relight_a_stopped_visit() -> None:
    strip = guide()
    strip.apply(stop("v1", 5), 1.0)
    assert not strip.apply(lead("v1", 4), 1.1)
    assert strip.visits == ()
    assert strip.apply(lead("v1", 6), 1.2)


def test_late_stop_does_not_end_a_newer_lead() -> None:
    strip = guide()
    strip.apply(lead("v1", 5), 1.0)
    assert not strip.apply(stop("v1", 4), 1.1)
    assert strip.visits == ("v1",)


def test_orders_for_different_visits_may_overtake_each_other() -> None:
    strip = guide()
    strip.apply(lead("v2", 2), 1.0)
    strip.apply(lead("v1", 1), 1.1)
    assert strip.visits == ("v2", "v1")


def test_stop_ends_the_light_of_its_visit_alone() -> None:
    strip = guide()
    for number in (1, 2, 3):
        strip.apply(lead(f"v{number}", number), 1.0)
    strip.apply(stop("v2", 4), 2.0)
    assert strip.visits == ("v1", "v3")


def test_controller_that_started_anew_counts_from_one_again() -> None:
    strip = guide()
    strip.apply(lead("v1", 70, boot="b1"), 1.0)
    strip.shown(1.0)
    assert strip.apply(stop("v1", 1, boot="b2"), 2.0)
    assert strip.visits == ()


def test_boot_that_was_replaced_is_not_listened_to() -> None:
    strip = guide()
    strip.apply(lead("v1", 70, boot="b1"), 1.0)
    strip.apply(lead("v2", 1, boot="b2"), 2.0)
    assert not strip.apply(stop("v1", 71, boot="b1"), 3.0)
    assert not strip.apply(lead("v3", 72, boot="b1"), 3.0)
    assert strip.visits == ("v1", "v2")


def test_order_of_a_boot_that_was_replaced_before_it_was_ever_heard_is_not_taken_for_the_newest() -> None:
    strip = guide()
    strip.apply(lead("v1", 1, boot="b3"), 1.0)
    with pytest.raises(Unavailable, match="b3 seems to be a later one than b2; ask again"):
        strip.apply(lead("v2", 9, boot="b2"), 12.0)
    assert strip.apply(stop("v1", 2, boot="b3"), 13.0)
    assert strip.visits == ()


def test_controller_whose_calendar_went_back_is_heard_once_nothing_can_be_late_any_more() -> None:
    strip = guide()
    strip.apply(lead("v1", 9, boot="b3"), 1.0)
    assert strip.apply(stop("v1", 1, boot="b2"), 1.0 + REPLACED_S)
    assert strip.visits == ()


def test_one_visit_too_many_is_refused_and_may_be_led_once_there_is_room() -> None:
    strip = guide()
    for number in range(MOST_VISITS):
        strip.apply(lead(f"v{number}", number), 1.0)
    with pytest.raises(Unavailable, match="late-comer"):
        strip.apply(lead("late-comer", 900), 1.0)
    strip.apply(stop("v0", 901), 2.0)
    assert strip.apply(lead("late-comer", 900), 2.0)


def test_memory_of_orders_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logic, "MOST_REMEMBERED", 2)
    strip = guide()
    for number in range(1, 5):
        strip.apply(stop(f"v{number}", number), 1.0)
    assert len(strip._orders._last) == 2
    assert not strip.apply(lead("v4", 3), 1.0)


def test_light_that_could_not_be_shown_starts_at_its_first_led_once_it_can() -> None:
    strip = guide()
    strip.apply(lead("v1", 1), 1.0)
    strip.begin(1.7)
    assert strip.frame(1.7)[0] == PALETTE[0]


ORDERS = st.lists(
    st.builds(
        GuideOrder,
        st.sampled_from(["v1", "v2"]),
        st.just("b1"),
        st.integers(0, 9),
        st.sampled_from(["lead", "stop"]),
        st.sampled_from([(ZONE,), ("corridor",)]),
    ),
    max_size=8,
    unique_by=lambda order: order.seq,
)


@given(ORDERS, st.randoms(use_true_random=False))
def test_orders_in_any_order_and_twice_come_to_what_the_last_one_says(orders: list[GuideOrder], random: Any) -> None:
    straight, mixed = guide(), guide()
    for order in sorted(orders, key=lambda order: order.seq):
        straight.apply(order, 1.0)
    shuffled = orders * 2
    random.shuffle(shuffled)
    for order in shuffled:
        mixed.apply(order, 1.0)
    assert set(mixed.visits) == set(straight.visits)
