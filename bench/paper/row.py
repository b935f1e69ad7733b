"""A line of the report: a figure of ours, the paper's, the floor's, and what may be said of them. Pure."""

from dataclasses import dataclass
from typing import Any

from bench.figure import Figure

LESS, MORE, ALIKE, FEW = "less", "more", "no difference shown", "too few to say"
ENOUGH = 5  # values: with fewer an interval does not hold what it says
TABLES = {
    "II": "Table II: sizes, official base images",
    "III": "Table III: sizes, Alpine",
    "IV": "Table IV: sizes, multi-stage builds; and slim, which the paper does not have",
    "V": "Table V: presence detection and BLE authentication",
    "6": "Figure 6: deployment, the time to build a service's image",
    "7": "Figure 7: initiation, the time until a service answers",
    "visit": "A visit, hop by hop",
    "coap": "What a CoAP request costs",
    "room": "A room: memory, processor time, the orchestrator",
    "scale": "How it grows",
}
Interval = tuple[float, float]


@dataclass(frozen=True)
class Row:
    """`paper`: the least and the most of what was published, or of its interval. `base`: the image that ours stands on."""

    table: str
    what: str
    figure: Figure
    paper: Interval | None = None
    base: str = ""
    note: str = ""

    @property
    def ratio(self) -> Interval | None:
        """Ours as a multiple of the paper's, from the least to the most that the two intervals allow."""
        if self.paper is None or min(self.paper) <= 0:
            return None
        low, high = interval(self.figure)
        return low / self.paper[1], high / self.paper[0]

    @property
    def ratio_to_floor(self) -> Interval | None:
        times = self.figure.times
        return None if times is None else (times["low"], times["high"])

    def plain(self) -> dict[str, Any]:
        return {
            "table": self.table,
            "what": self.what,
            "figure": self.figure.plain(),
            "paper": None if self.paper is None else list(self.paper),
            "ratio_to_paper": _list(self.ratio),
            "beside_the_paper": verdict(self.ratio, self.figure),
            "beside_the_floor": verdict(self.ratio_to_floor, self.figure),
            "base_image": self.base or None,
            "note": self.note or None,
        }


def interval(figure: Figure) -> Interval:
    """A figure without one (a size; the largest of all) stands for itself."""
    if figure.low is None or figure.high is None:
        return figure.value, figure.value
    return figure.low, figure.high


def verdict(ratio: Interval | None, figure: Figure) -> str | None:
    """What may be said of two figures whose ratio lies in that interval: where it holds 1, nothing, and nothing of too few."""
    if ratio is None:
        return None
    if figure.low is not None and figure.n < ENOUGH:
        return FEW
    return LESS if ratio[1] < 1 else MORE if ratio[0] > 1 else ALIKE


def said(ratio: Interval | None, figure: Figure) -> str:
    """`0.12 to 0.15 x, less`; for people."""
    if ratio is None:
        return ""
    low, high = (f"{end:.2g}" for end in ratio)
    return f"{low if low == high else f'{low} to {high}'} x, {verdict(ratio, figure)}"


def shown(figure: Figure) -> str:
    return f"{number(figure.value)} {figure.unit}"


def number(value: float) -> str:
    """Four digits that count, and no powers of ten."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def shown_interval(figure: Figure) -> str:
    return (
        ""
        if figure.low is None or figure.high is None or figure.low == figure.high
        else f"{number(figure.low)} to {number(figure.high)}"
    )


def shown_paper(row: Row) -> str:
    if row.paper is None:
        return ""
    low, high = map(number, row.paper)
    return f"{low if low == high else f'{low} to {high}'} {row.figure.unit}"


def _list(ratio: Interval | None) -> list[float] | None:
    return None if ratio is None else [round(end, 4) for end in ratio]
