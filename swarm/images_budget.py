"""How large images may be, and what is said of one that is larger. Pure.

A service's own budget stands in its service.yml (`x-nano: budget:`), what holds for all in bench/budgets.yml. It is the
variant that the stack runs that has one; the others are for comparison.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swarm.images_base import OFFICIAL, is_stand_in
from swarm.images_sizes import MB, Sizes

_MOST_FILES = 5


@dataclass(frozen=True)
class Budget:
    """MB = 10^6 bytes; None: no limit. `own`: all above the base, without what is weighed `apart`, by folder or package."""

    own_mb: float | None = None
    total_mb: float | None = None
    apart: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Weighed:
    """One figure beside its limit."""

    word: str
    what: str
    mb: float
    limit_mb: float | None
    apart: bool = False  # it is in no other figure

    @property
    def over_mb(self) -> float:
        return 0.0 if self.limit_mb is None else max(0.0, self.mb - self.limit_mb)

    def plain(self) -> dict[str, Any]:
        limit = self.limit_mb
        return {"service": self.word, "what": self.what, "mb": round(self.mb, 3), "limit_mb": limit, "kept": not self.over_mb}

    def __str__(self) -> str:
        limit = f"of {self.limit_mb:g} MB" if self.limit_mb is not None else "(no limit)"
        return f"{self.word}: {self.what} {self.mb:.2f} {limit}"


def budget(word_budget: Mapping[str, Any], promised: Mapping[str, Mapping[str, Any]], base_says: str) -> Budget:
    """Of a service. `promised`: bench/budgets.yml's budgets."""
    total = word_budget.get("total_mb", limit(promised, "image_total_mb", base_says))
    return Budget(word_budget.get("own_mb"), total, dict(word_budget.get("apart") or {}))


def limit(promised: Mapping[str, Mapping[str, Any]], what: str, base_says: str) -> float | None:
    """Of a figure that depends on the base: on one that somebody chose nothing is promised."""
    if not is_stand_in(base_says) and not base_says.startswith(OFFICIAL):
        return None
    found = promised.get(what, {}).get("limit")
    return None if found is None else float(found)


def weighed(word: str, sizes: Sizes, limits: Budget, own_files: Mapping[str, int]) -> list[Weighed]:
    """Every figure of one image. `own_files` (bytes by path) are needed where something is weighed apart."""
    apart = {name: sum(size for path, size in own_files.items() if _belongs(path, name)) for name in limits.apart}
    without = " without what weighs apart" if apart else ""
    beside = sum(apart.values())
    return [
        Weighed(word, f"its own layers{without}", (sizes.unique - beside) / MB, limits.own_mb),
        *(Weighed(word, name, size / MB, limits.apart[name], apart=True) for name, size in apart.items()),
        Weighed(word, f"in total{without}", (sizes.total - beside) / MB, limits.total_mb),
    ]


def _belongs(path: str, package: str) -> bool:
    """Also its metadata and the libraries that its wheel brings: Cryptography-49.0.dist-info, cryptography.libs."""
    return any(part == package or part.startswith((f"{package}-", f"{package}.")) for part in path.lower().split("/")[:-1])


def complaint(broken: Sequence[Weighed], own_files: Mapping[str, int]) -> str:
    """By how much, and which files did it."""
    over = "; ".join(f"{one.what} {one.mb:.2f} MB, {one.over_mb:.2f} MB over its {one.limit_mb:g} MB" for one in broken)
    return f"{broken[0].word} breaks its budget: {over}.\nThe largest of its own files: {largest(own_files)}"


def largest(files: Mapping[str, int]) -> str:
    top = sorted(files.items(), key=lambda item: (-item[1], item[0]))[:_MOST_FILES]
    return ", ".join(f"/{path} {size / 1e3:.0f} kB" for path, size in top) or "none"


def broken(found: Iterable[Weighed]) -> list[Weighed]:
    return [one for one in found if one.over_mb > 0]
