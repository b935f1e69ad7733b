"""The arithmetic of figures, against values that anybody can look up or count out."""

import math

import pytest

from bench import figure
from bench.coap.figures import spread

ONE_TO = {count: [float(number) for number in range(1, count + 1)] for count in (1, 5, 20, 200)}


def test_median_of_twenty_lies_between_the_6th_and_the_15th() -> None:
    """Tables of the sign test: 20 tosses have 5 heads or fewer with 2.07 %, 6 or fewer with 5.77 %."""
    found = figure.median("x", "s", ONE_TO[20])
    assert (found.value, found.low, found.high, found.n) == (10.5, 6, 15, 20)


@pytest.mark.parametrize("count", [1, 5, 20, 200])
def test_both_ways_to_the_interval_of_a_median_agree(count: int) -> None:
    found, other = figure.median("x", "s", ONE_TO[count]), spread(ONE_TO[count])
    assert (found.value, found.low, found.high) == (other.median, other.low, other.high)


def test_interval_of_a_p95_holds_it_with_the_confidence_it_claims_and_with_no_rank_to_spare() -> None:
    found = figure.p95("x", "ms", ONE_TO[200])
    assert found.value == 190 and found.low is not None and found.high is not None
    low, high = int(found.low), int(found.high)

    def at_most(count: int) -> float:
        return sum(math.comb(200, k) * 0.95**k * 0.05 ** (200 - k) for k in range(count + 1))

    assert at_most(high - 1) - at_most(low - 1) >= 0.9  # the quantile is between the two ranks
    assert at_most(low) > 0.05 and 1 - at_most(high - 2) > 0.05  # one rank nearer on either side would claim too much


def test_largest_of_a_few_has_no_interval() -> None:
    found = figure.most("x", "s", [1.0, 3.0, 2.0])
    assert (found.value, found.low, found.high, found.statistic) == (3.0, None, None, "most")


def test_paper_s_means_have_the_interval_of_twenty_values() -> None:
    low, high = figure.mean_interval(1.95, 0.447, 20)
    assert (round(low, 3), round(high, 3)) == (1.637, 2.263)


def test_figure_is_the_same_after_it_was_written_and_read() -> None:
    made = figure.of_spread("x", "s", spread(ONE_TO[5])._asdict(), "an echo", spread(ONE_TO[5])._asdict())
    assert figure.by_name([made.plain()]) == {"x": made}


@pytest.mark.parametrize("wrong", [{}, {"name": "x", "value": "much", "unit": "s", "n": 1}, {"name": "x", "unit": "s", "n": 1}])
def test_what_is_no_figure_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        figure.by_name([wrong])
