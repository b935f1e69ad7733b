"""A straight line through what was measured, and how wrong it is about what it was not shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    at_0: float
    slope: float

    def at(self, x: float) -> float:
        return self.at_0 + self.slope * x


@dataclass(frozen=True)
class Model:
    """`line`: through all points; `error`: of a line through all but the largest x, about that one: 0.1 is 10 % off.
    None when it is through all there are, and nothing is left to try it on."""

    line: Line
    error: float | None


def fitted(points: Sequence[tuple[float, float]]) -> Model:
    """By least squares. ValueError for fewer than two different x."""
    ordered = sorted(points)
    known, last = ordered[:-1], ordered[-1]
    if len({x for x, _ in known}) < 2 or not last[1]:
        return Model(_through(ordered), None)
    return Model(_through(ordered), abs(_through(known).at(last[0]) - last[1]) / abs(last[1]))


def _through(points: Sequence[tuple[float, float]]) -> Line:
    count = len(points)
    middle_x, middle_y = (sum(point[axis] for point in points) / count for axis in (0, 1))
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    if not spread:
        raise ValueError("a line needs points at two different places")
    slope = sum((x - middle_x) * (y - middle_y) for x, y in points) / spread
    return Line(middle_y - slope * middle_x, slope)
