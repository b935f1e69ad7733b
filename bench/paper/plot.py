"""Plots as SVG that stands in a page by itself. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from bench.paper.row import Interval

WIDTH, NAME_W, LINE_H = 860, 330, 17
Scale = Callable[[float], float]  # from a value to a place on the page
OURS, THEIRS, FLOOR = "#1769aa", "#c77700", "#777"


@dataclass(frozen=True)
class Bar:
    """A value with its interval; `theirs` and `floor`, to be shown beside it, in the same unit."""

    name: str
    value: float
    within: Interval
    theirs: Interval | None = None
    floor: float | None = None


def bars(title: str, unit: str, rows: Sequence[Bar]) -> str:
    """On a logarithmic axis, as the paper's figures are often a hundred times ours. Values of 0 and below are left out."""
    rows = [row for row in rows if row.value > 0 and row.within[0] > 0]
    if not rows:
        return ""
    ends = [end for row in rows for end in (*row.within, *(row.theirs or ()), *((row.floor,) if row.floor else ()))]
    low, high = 10 ** math.floor(math.log10(min(ends))), 10 ** math.ceil(math.log10(max(ends)) + 1e-9)
    high = high if high > low else low * 10

    def x(value: float) -> float:
        return NAME_W + (WIDTH - NAME_W - 20) * math.log(value / low) / math.log(high / low)

    height = LINE_H * len(rows) + 40
    parts = [_axis(low, high, unit, height, x)]
    for number, row in enumerate(rows):
        parts.append(_bar(row, 20 + LINE_H * number, x, low))
    return _svg(title, height, parts)


def _axis(low: float, high: float, unit: str, height: int, x: Scale) -> str:
    ticks, at = [], low
    while at <= high * 1.0001:
        anchor = "end" if at >= high * 0.999 else "middle"
        label = f"{at:g}{' ' + unit if at >= high * 0.999 else ''}"
        ticks.append(
            f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="16" y2="{height - 18}" stroke="#ddd"/>'
            f'<text x="{x(at):.1f}" y="{height - 4}" text-anchor="{anchor}">{escape(label)}</text>'
        )
        at *= 10
    return "".join(ticks)


def _bar(row: Bar, y: float, x: Scale, low: float) -> str:
    name = row.name if len(row.name) < 56 else row.name[:54] + "…"
    middle = y + LINE_H / 2
    found = [
        f'<text x="{NAME_W - 6}" y="{y + 12:.1f}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{x(low):.1f}" y="{y + 3:.1f}" width="{max(1.0, x(row.value) - x(low)):.1f}" height="{LINE_H - 6}" '
        f'fill="{OURS}" opacity="0.75"/>',
        f'<line x1="{x(row.within[0]):.1f}" x2="{x(row.within[1]):.1f}" y1="{middle:.1f}" y2="{middle:.1f}" stroke="#000"/>',
    ]
    if row.theirs is not None and row.theirs[0] > 0:
        left, right = x(row.theirs[0]), x(row.theirs[1])
        found.append(
            f'<rect x="{left - 2:.1f}" y="{y + 1:.1f}" width="{right - left + 4:.1f}" height="{LINE_H - 2}" fill="{THEIRS}"/>'
        )
    if row.floor is not None and row.floor > 0:
        found.append(f'<rect x="{x(row.floor) - 1:.1f}" y="{y + 1:.1f}" width="3" height="{LINE_H - 2}" fill="{FLOOR}"/>')
    return "".join(found)


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" font-size="11" '
        f'font-family="sans-serif" style="max-width:{WIDTH}px;width:100%">{"".join(parts)}</svg>'
    )
