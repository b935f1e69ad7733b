"""The arithmetic: medians, what they may be off by, ratios of what was measured in the same round: pure.

A busy moment of the machine meets neighbours alike, so what is compared is one round's figure with the same round's,
and what is told is the median of these ratios.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

CONFIDENCE = 0.9


class Spread(NamedTuple):
    """A median and the interval that holds it with CONFIDENCE; `n` values."""

    n: int
    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """The interval is between two of the values themselves, whatever their distribution: the median is below the k-th
    smallest of n with the chance that fewer than k of n tosses of a coin are heads. With fewer than five values even the
    extremes do not reach CONFIDENCE; they are given all the same."""
    if not values:
        raise ValueError("a median of nothing was asked for; at least one round has to be counted")
    ordered, n = sorted(values), len(values)
    beyond, outside = 0, 2 / 2**n
    while beyond < (n - 1) // 2:
        outside += 2 * math.comb(n, beyond + 1) / 2**n
        if outside > 1 - CONFIDENCE:
            break
        beyond += 1
    return Spread(n, statistics.median(ordered), ordered[beyond], ordered[n - 1 - beyond])


def ratios(rounds: Mapping[str, Sequence[float]], base: str) -> dict[str, Spread]:
    """Of each, its figure as a multiple of the base's in the same round."""
    return {
        name: spread([value / below for value, below in zip(values, rounds[base], strict=True)])
        for name, values in rounds.items()
    }


def growth(samples: Sequence[tuple[int, float]], since: int) -> float:
    """By how much the figure has grown at its highest, from what it was at the first sample at or after `since`."""
    counted = [value for at, value in samples if at >= since]
    if not counted:
        raise ValueError(f"no sample at or after {since}")
    return max(counted) - counted[0]


def promises(
    found: Mapping[str, float | None], budgets: Mapping[str, Mapping[str, Any]], by: str = "bench.coap"
) -> list[dict[str, Any]]:
    """Each budget of that benchmark beside what was found: whether its limit is kept, and what was hoped for beyond that
    reached. None where nothing was measured in this run, or nothing hoped for."""
    return [
        {
            "name": name,
            "found": found.get(name),
            "unit": budget["unit"],
            "limit": budget["limit"],
            "kept": within(found.get(name), budget["limit"]),
            "hoped": budget.get("hoped"),
            "reached": within(found.get(name), budget.get("hoped")),
        }
        for name, budget in budgets.items()
        if budget["by"] == by
    ]


def within(value: float | None, limit: float | None) -> bool | None:
    return None if value is None or limit is None else value <= limit
