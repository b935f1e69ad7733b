"""Which zones are so far apart that nobody is in both at once: as the routes of labels.yml tell. Pure."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise


def distance(routes: Iterable[Sequence[str]]) -> Callable[[str, str], bool]:
    """Says of two zones whether they are distant: both are on routes, and never next to each other on one."""
    near: dict[str, set[str]] = {}
    for route in routes:
        for zone in route:
            near.setdefault(zone, {zone})
        for one, other in pairwise(route):
            near[one].add(other)
            near[other].add(one)

    def is_distant(one: str, other: str) -> bool:
        return one in near and other in near and other not in near[one]

    return is_distant
