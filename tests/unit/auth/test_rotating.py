"""The table of rolling ids: right whether it was prepared or not, and no larger than it need be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanoservices.auth import rotating
from nanoservices.auth.rotating import Rotating, Said
from nanoservices.rolling import counter, token, token_of
from tests.unit.auth.house import NOW

ONE, OTHER = b"one secret......", b"another secret.."


def prepared(*secrets: bytes, at: float = NOW) -> Rotating:
    table = Rotating()
    table.prepare(secrets, at)
    return table


def test_id_is_found_without_being_prepared_for_its_window() -> None:
    later = NOW + 86_400
    assert prepared(ONE).whose(token(ONE, later), later) == Said(ONE, counter(later), True)


def test_table_is_made_once_per_window(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(rotating, "token_of", lambda secret, window: made.append(window) or token_of(secret, window))
    table = prepared(ONE)
    assert len(made) == 60 + 1 + 2  # the past hour, now, and ahead
    for _ in range(5):
        table.prepare([ONE], NOW)
        table.whose(token(OTHER, NOW), NOW)
    assert len(made) == 63
    table.prepare([ONE], NOW + 60)
    assert len(made) == 64


def test_secret_that_comes_later_is_found_now_and_in_the_past() -> None:
    table = prepared(ONE)
    table.prepare([ONE, OTHER], NOW)
    assert table.whose(token(OTHER, NOW), NOW) == Said(OTHER, counter(NOW), True)
    assert table.whose(token(OTHER, NOW - 600), NOW) == Said(OTHER, counter(NOW - 600), False)


def test_secret_that_is_taken_away_is_nobodys_and_may_come_back() -> None:
    table = prepared(ONE, OTHER)
    table.prepare([OTHER], NOW)
    assert table.whose(token(ONE, NOW), NOW) is None
    table.prepare([ONE, OTHER], NOW + 60)
    assert table.whose(token(ONE, NOW + 120), NOW + 120) == Said(ONE, counter(NOW + 120), True)


@settings(max_examples=20)
@given(st.lists(st.sets(st.binary(min_size=16, max_size=17)), max_size=4), st.integers(33, 60))
def test_secrets_that_come_a_few_or_many_at_a_time_are_all_found(groups: list[set[bytes]], many: int) -> None:
    table, known = Rotating(), set[bytes]()
    for group in (*groups, {bytes([n] * 20) for n in range(many)}):
        known |= group
        table.prepare(known, NOW)
        for secret in known:
            found = table.whose(token(secret, NOW - 300), NOW)
            assert found is not None and token(found.secret, NOW) == token(secret, NOW) and not found.is_now


@pytest.mark.parametrize("said", ["", "00", "00" * 7, "00" * 9, "ff" * 32])
def test_id_of_another_length_is_nobodys(said: str) -> None:
    assert prepared(ONE).whose(said, NOW) is None


@given(st.lists(st.tuples(st.floats(0, 4e9), st.sets(st.sampled_from([ONE, OTHER]))), min_size=1, max_size=8))
def test_whatever_it_was_prepared_for_before_only_now_counts(steps: list[tuple[float, set[bytes]]]) -> None:
    table = Rotating()
    for now, secrets in steps:
        table.prepare(secrets, now)
        for secret in (ONE, OTHER):
            expected = Said(secret, counter(now), True) if secret in secrets else None
            assert table.whose(token(secret, now), now) == expected
        assert len(table._windows) <= 63
