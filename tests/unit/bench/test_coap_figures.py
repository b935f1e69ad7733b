"""The arithmetic of bench.coap."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.coap.figures import growth, promises, ratios, spread

BUDGETS = {
    "coap_server_ratio": {"limit": 3, "hoped": 2, "unit": "x", "by": "bench.coap"},
    "coap_client_ratio": {"limit": 0.5, "unit": "x", "by": "bench.coap"},
    "ready_s": {"limit": 3, "unit": "s", "by": "bench.visits"},
}


def test_rounds_are_compared_with_their_own_round_only() -> None:
    found = ratios({"echo": [10.0, 20.0, 40.0], "ours": [20.0, 40.0, 80.0]}, "echo")
    assert found["ours"] == (3, 2.0, 2.0, 2.0)  # the machine became four times slower, the ratio did not
    assert found["echo"].median == 1.0


def test_a_round_that_one_of_them_missed_is_noticed() -> None:
    with pytest.raises(ValueError, match="argument 2 is longer"):
        ratios({"echo": [10.0, 20.0], "ours": [20.0]}, "echo")


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [(1, 1, 1), (3, 1, 3), (5, 1, 5), (7, 1, 7), (8, 2, 7), (9, 2, 8), (11, 3, 9), (21, 7, 15)],
)
def test_interval_of_the_median_is_that_of_the_sign_test(n: int, low: int, high: int) -> None:
    found = spread([float(value) for value in range(n, 0, -1)])
    assert (found.n, found.low, found.high) == (n, low, high)


@given(st.lists(st.floats(0.001, 1e9), min_size=1, max_size=60))
def test_median_is_within_its_interval_and_the_interval_within_the_values(values: list[float]) -> None:
    found = spread(values)
    assert min(values) <= found.low <= found.median <= found.high <= max(values)
    assert found.median == statistics.median(values)


def test_a_median_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one round"):
        spread([])


def test_growth_counts_from_the_settled_sample_to_the_highest_after_it() -> None:
    samples = [(0, 10.0), (100, 28.0), (200, 31.5), (300, 29.0)]
    assert growth(samples, since=100) == 3.5
    assert growth(samples, since=0) == 21.5


def test_growth_without_a_settled_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="no sample at or after 100"):
        growth([(0, 10.0)], since=100)


def test_promise_is_kept_up_to_its_limit_and_broken_above_it() -> None:
    told = {
        promise["name"]: promise["kept"] for promise in promises({"coap_server_ratio": 3.0, "coap_client_ratio": 0.51}, BUDGETS)
    }
    assert told == {"coap_server_ratio": True, "coap_client_ratio": False}


def test_what_was_not_measured_is_neither_kept_nor_broken() -> None:
    assert [promise["kept"] for promise in promises({}, BUDGETS)] == [None, None]


@pytest.mark.parametrize(("found", "reached"), [(2.0, True), (2.1, False), (None, None)])
def test_what_was_hoped_for_is_told_apart_from_what_was_promised(found: float | None, reached: bool | None) -> None:
    server, client = promises({"coap_server_ratio": found, "coap_client_ratio": 0.1}, BUDGETS)
    assert (server["kept"], server["reached"]) == (None if found is None else True, reached)
    assert (client["hoped"], client["reached"]) == (None, None)
