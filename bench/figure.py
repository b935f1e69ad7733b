"""A figure, as every benchmark tells it under `figures` of its --json: a value, how sure it is, and of how many. Pure.

Intervals are between two of the values themselves, whatever their distribution, and hold with at least CONFIDENCE.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from bench.coap.figures import CONFIDENCE, Spread

MEDIAN, P95, MOST, ONE = "median", "p95", "most", "one value"
_T95 = {19: 2.093}  # Student's t, two-sided 95 %, of a sample of 20: what the paper has


@dataclass(frozen=True)
class Figure:
    """`value` is the `statistic` of `n` values, and lies within `low` and `high`; both are None where there is no interval.

    `times`: the figure as a multiple of its `floor`'s, of the same round; the floor is what the same work costs at least.
    """

    name: str
    value: float
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    statistic: str = MEDIAN
    floor: str | None = None
    times: Mapping[str, float] | None = None

    def plain(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_plain(cls, told: Mapping[str, Any]) -> Self:
        """KeyError, TypeError or ValueError when it is none."""
        return cls(
            name=str(told["name"]),
            value=float(told["value"]),
            unit=str(told["unit"]),
            n=int(told["n"]),
            low=None if told.get("low") is None else float(told["low"]),
            high=None if told.get("high") is None else float(told["high"]),
            statistic=str(told.get("statistic", MEDIAN)),
            floor=told.get("floor"),
            times=told.get("times"),
        )


def median(name: str, unit: str, values: Sequence[float]) -> Figure:
    return Figure(name, *_rounded(statistics.median(values), unit, len(values), *_interval(values, 0.5)))


def p95(name: str, unit: str, values: Sequence[float]) -> Figure:
    ordered = sorted(values)
    at = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return Figure(name, *_rounded(at, unit, len(values), *_interval(values, 0.95)), statistic=P95)


def most(name: str, unit: str, values: Sequence[float]) -> Figure:
    """The largest that was seen: of the largest that can be, nothing is said."""
    return Figure(name, round(max(values), 4), unit, len(values), statistic=MOST)


def one(name: str, unit: str, value: float, n: int = 1) -> Figure:
    return Figure(name, round(value, 4), unit, n, statistic=ONE)


def of_spread(name: str, unit: str, spread: Mapping[str, Any], floor: str | None = None, times: Any = None) -> Figure:
    """From a median and its interval, as bench.coap.figures has them."""
    found = Spread(**spread)
    return Figure(name, found.median, unit, found.n, found.low, found.high, MEDIAN, floor, times)


def _rounded(value: float, unit: str, n: int, low: float, high: float) -> tuple[float, str, int, float, float]:
    return round(value, 4), unit, n, round(low, 4), round(high, 4)


def _interval(values: Sequence[float], share: float) -> tuple[float, float]:
    """Order statistics that hold that quantile: the number of values below it is binomial. With too few values even the
    extremes do not reach CONFIDENCE; they are given all the same."""
    ordered, n = sorted(values), len(values)
    tail = (1 - CONFIDENCE) / 2
    below, cumulated = 0, (1 - share) ** n  # chance that at most `below` values are under the quantile
    while cumulated <= tail and below < n - 1:
        below += 1
        cumulated += _chance(n, below, share)
    above, cumulated = n, share**n
    while cumulated <= tail and above > 1:
        above -= 1
        cumulated += _chance(n, above, share)
    return ordered[max(0, below - 1)], ordered[min(n - 1, above)]


def _chance(n: int, k: int, share: float) -> float:
    return math.comb(n, k) * share**k * (1 - share) ** (n - k)


def mean_interval(mean: float, variance: float, n: int) -> tuple[float, float]:
    """95 %, of a published mean, by Student's t; KeyError for a sample size whose t is not written down here."""
    half = _T95[n - 1] * math.sqrt(variance / n)
    return mean - half, mean + half


def plain(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    return [figure.plain() for figure in figures]


def by_name(told: Iterable[Mapping[str, Any]]) -> dict[str, Figure]:
    return {figure.name: figure for figure in map(Figure.from_plain, told)}
