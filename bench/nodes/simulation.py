"""A task on each of many nodes, begun by one request, simulated: waiting, and work on cores that may be shared. Pure."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

RUNS = 400


@dataclass(frozen=True)
class Start:
    """What one costs. `waits_s`: seconds that pass without work, as they were seen, one of which is drawn for each task;
    `work_s`: processor time of a task where it runs; `dispatch_s`: of the manager for each; `once_s`: of the manager, for all.
    """

    waits_s: Sequence[float]
    work_s: float
    dispatch_s: float
    once_s: float


def all_there(count: int, start: Start, cores: int, *, shared: bool, runs: int = RUNS) -> float:
    """Seconds from the request until the last of `count` is there, the median of many runs; with equal arguments always the
    same. `shared`: all nodes are on one machine of so many cores, as a lab's are; else each has as many of its own."""
    draws = random.Random(f"{count} {cores} {shared}")  # nobody is kept out by it
    return statistics.median(_once(count, start, cores, shared, draws) for _ in range(runs))


def _once(count: int, start: Start, cores: int, shared: bool, draws: random.Random) -> float:
    asked = [start.once_s + number * start.dispatch_s for number in range(1, count + 1)]  # the manager has told this node
    ready = [at + draws.choice(start.waits_s) for at in asked]
    if not shared:
        return max(ready) + start.work_s
    return max(ends(ready, start.work_s, cores))


def ends(begins: Sequence[float], work_s: float, cores: int) -> list[float]:
    """When pieces of work of `work_s` each, which begin then and are each done on one core at a time, are done, where all that
    are under way get the same share of the cores."""
    waiting, under_way, done, now = sorted(begins), list[float](), list[float](), 0.0
    while waiting or under_way:
        rate = min(1.0, cores / len(under_way)) if under_way else 1.0
        finishes = now + min(under_way) / rate if under_way else float("inf")
        then = min(finishes, waiting[0] if waiting else float("inf"))
        under_way = [left - (then - now) * rate for left in under_way]
        now = then
        if finishes <= now:
            left = min(under_way)
            under_way.remove(left)
            done.append(now)
        else:
            waiting.pop(0)
            under_way.append(work_s)
    return done
