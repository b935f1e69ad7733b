"""Eddystone-EID ids: frozen by following the published algorithm, and when they change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.eddystone import MOST_EXPONENT, MOST_TICKS, Moment, ids

KEY = bytes(range(16))


@pytest.mark.parametrize(
    ("ticks", "said"), [(0, "df8e76bbfec4efc5"), (0x10000, "ec31ae4cb8abc2d8"), (0x10400, "5ba72a70ace3470a")]
)
def test_known_ids(ticks: int, said: str) -> None:
    assert ids([Moment(KEY, 10, ticks)]) == [said]


@given(st.integers(0, MOST_EXPONENT), st.integers(0, MOST_TICKS))
def test_id_stays_for_its_period_and_changes_with_the_next(exponent: int, ticks: int) -> None:
    begin = ticks >> exponent << exponent
    last = min(MOST_TICKS, begin + (1 << exponent) - 1)
    following = min(MOST_TICKS, last + 1)
    first, same, still, other = ids(Moment(KEY, exponent, at) for at in (begin, ticks, last, following))
    assert first == same == still
    assert (other == first) == (following == last)


def test_many_at_once_are_as_one_by_one() -> None:
    moments = [Moment(bytes([n] * 16), n % 16, n * 99_991) for n in range(40)]
    assert ids(moments) == [ids([moment])[0] for moment in moments]
    assert ids([]) == []
