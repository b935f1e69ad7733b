"""Figures of a sample, with how sure they are. Pure."""

import math
from collections.abc import Sequence
from statistics import NormalDist, mean, variance
from typing import Any

_Z = NormalDist().inv_cdf(0.975)


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Mean with its 95 % interval, variance, p95 with its own (by order statistics), least and most."""
    ordered = sorted(values)
    count = len(ordered)
    middle = mean(ordered)
    scatter = variance(ordered) if count > 1 else 0.0
    half = _Z * math.sqrt(scatter / count)
    return {
        "n": count,
        "mean": round(middle, 3),
        "mean_95": [round(middle - half, 3), round(middle + half, 3)],
        "variance": round(scatter, 4),
        "p50": round(_at(ordered, 0.5), 3),
        "p95": round(_at(ordered, 0.95), 3),
        "p95_95": [round(at, 3) for at in _interval(ordered, 0.95)],
        "min": round(ordered[0], 3),
        "max": round(ordered[-1], 3),
    }


def least_share(right: int, count: int) -> float:
    """The lower end of Wilson's 95 % interval of `right` in `count`: what "all of them" is worth."""
    share = right / count
    middle = share + _Z**2 / (2 * count)
    half = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return (middle - half) / (1 + _Z**2 / count)


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def _interval(ordered: Sequence[float], share: float) -> tuple[float, float]:
    count = len(ordered)
    half = _Z * math.sqrt(count * share * (1 - share))
    low, high = math.floor(count * share - half), math.ceil(count * share + half)
    return ordered[max(0, low - 1)], ordered[min(count, high) - 1]
