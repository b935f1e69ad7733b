"""Every promise of budgets.yml against what was measured. Pure.

A time depends on the machine, and on what else it does at that moment. So a promise that says `beside: work` or `beside: echo`
is one about a ratio: its limit holds for a machine whose `floor` is as budgets.yml has it, and is stretched where, in the same
run, that floor was higher. It is never tightened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.figure import Figure

KEPT, BROKEN, MISSING = "kept", "BROKEN", "not measured"
Promises = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Judged:
    """`stretch`: by how much the limit was stretched, 1 where it was not; `why`: why nothing was measured."""

    name: str
    by: str
    verdict: str
    limit: float
    unit: str
    what: str
    at_least: bool = False
    stretch: float = 1.0
    found: Figure | None = None
    why: str = ""

    @property
    def is_kept(self) -> bool:
        return self.verdict == KEPT

    def plain(self) -> dict[str, Any]:
        return asdict(self) | {"found": None if self.found is None else self.found.plain()}


def judge(
    promises: Promises,
    found: Mapping[str, Figure],
    paces: Mapping[str, Mapping[str, float]],
    floor: Mapping[str, float],
    why_not: Mapping[str, str],
) -> list[Judged]:
    """`paces`: the floor during each benchmark, by who measured; `why_not`: by who should have measured."""
    return [_judged(name, row, found.get(name), paces, floor, why_not) for name, row in promises.items()]


def _judged(
    name: str,
    row: Mapping[str, Any],
    figure: Figure | None,
    paces: Mapping[str, Mapping[str, float]],
    floor: Mapping[str, float],
    why_not: Mapping[str, str],
) -> Judged:
    at_least, by = "least" in row, str(row["by"])
    limit = float(row["least"] if at_least else row["limit"])
    if figure is None:
        why = why_not.get(by, f"{by} has not told of it")
        return Judged(name, by, MISSING, limit, row["unit"], row["what"], at_least, why=why)
    stretch = stretched(row.get("beside"), paces.get(by, {}), floor)
    kept = figure.value * stretch >= limit if at_least else figure.value <= limit * stretch
    return Judged(name, by, KEPT if kept else BROKEN, limit, row["unit"], row["what"], at_least, round(stretch, 2), figure)


def stretched(beside: str | None, pace: Mapping[str, float], floor: Mapping[str, float]) -> float:
    """How much slower than the machine of the promises this one was."""
    if beside is None or beside not in pace:
        return 1.0
    return max(1.0, pace[beside] / floor[beside])


def broken_by(judged: Sequence[Judged]) -> list[str]:
    """Which benchmarks have found a promise broken; each once."""
    return list(dict.fromkeys(one.by for one in judged if one.verdict == BROKEN))


def wrong_with(budgets: Mapping[str, Any]) -> list[str]:
    """What is wrong with the file, in sentences."""
    found = []
    for name, row in budgets["budgets"].items():
        missing = [key for key in ("unit", "what", "by") if key not in row]
        found += [f"{name} has no {key}: each promise says who measures it, what, and in what unit" for key in missing]
        if ("limit" in row) == ("least" in row):
            found.append(f"{name} needs one of `limit` and `least`")
        if row.get("beside") not in (None, *budgets["floor"]):
            found.append(f"{name} is measured beside {row['beside']}; there are: {', '.join(budgets['floor'])}")
    return found
