"""Starts are named so that their names sort in the order in which they were."""

from hypothesis import given
from hypothesis import strategies as st

from nanoservices import wire
from nanoservices.boots import boot_name
from nanoservices.payload import read


@given(st.floats(-1e9, 1e10), st.floats(-1e9, 1e15))
def test_later_start_sorts_after_an_earlier_one_whatever_the_calendar_says(first: float, second: float) -> None:
    earlier = boot_name(first)
    assert earlier < boot_name(second, after=earlier)
    assert read(wire.Guided, {"visit": earlier, "lit": False, "clock": earlier, "sent_at": 0.0})  # it is an id


@given(st.text(max_size=12))
def test_what_is_no_name_of_a_start_is_no_hindrance(after: str) -> None:
    assert boot_name(1_000.0, after=after)[:12] == boot_name(1_000.0)[:12]
