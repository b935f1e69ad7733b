"""What a credential is made from, and that nothing else is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.auth.kinds import Beacon, Given, Kind, beacon, written
from nanoservices.errors import PayloadError

SECRET = "0123456789abcdef" * 2


def test_each_kind_is_written_in_one_way() -> None:
    assert written("static", Given(key="MAC:AA0000000001")) == "mac:aa0000000001"
    assert written("irk", Given(secret=SECRET.upper())) == SECRET
    assert written("rolling", Given(secret=SECRET * 2)) == SECRET * 2
    assert written("eid", Given(secret=SECRET, exponent=10, clock_zero=1_700_000_000.4)) == f"{SECRET}:10:1700000000"


@given(st.binary(min_size=16, max_size=16), st.integers(0, 15), st.integers(0, 2**32 - 1))
def test_beacon_is_read_as_it_was_written(key: bytes, exponent: int, zero: int) -> None:
    text = written("eid", Given(secret=key.hex(), exponent=exponent, clock_zero=zero))
    assert beacon(text) == Beacon(key, exponent, zero)


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("irk", Given(), "secret"),
        ("irk", Given(secret=SECRET + "00"), "secret"),
        ("irk", Given(secret="g" * 32), "secret"),
        ("irk", Given(secret=SECRET, key="mac:aa0000000001"), "key"),
        ("irk", Given(secret=SECRET, exponent=1), "exponent"),
        ("eid", Given(secret=SECRET), "exponent"),
        ("eid", Given(secret=SECRET, exponent=10), "clock_zero"),
        ("eid", Given(secret=SECRET, exponent=16, clock_zero=0.0), "exponent"),
        ("eid", Given(secret=SECRET, exponent=10, clock_zero=1e12), "clock_zero"),
        ("rolling", Given(secret="ab" * 33), "secret"),
        ("static", Given(key="rpa:aa0000000001"), "key"),
        ("static", Given(key="mac:aa0000000001", clock_zero=0.0), "clock_zero"),
    ],
)
def test_wrong_one_is_refused_by_its_field_and_not_repeated(kind: Kind, given: Given, field: str) -> None:
    with pytest.raises(PayloadError) as refused:
        written(kind, given)
    assert str(refused.value).startswith(f"{field}: ")
    for secret in (given.key, given.secret):
        assert not secret or secret not in str(refused.value)
