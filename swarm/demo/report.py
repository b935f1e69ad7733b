"""What a run shows at its end: the waterfall of every visit, who was led where, and the figures."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from nanoservices import wire
from swarm import waterfall

_BAR, _SHORTEST = 22, 4
_BESIDE = 50  # columns of what stands beside the bars
_EIGHTHS = ("", *"▏▎▍▌▋▊▉")
_HOPS = {
    "b": ("noticed", "cyan"),
    "c": ("heard", "blue"),
    "d": ("recognised", "magenta"),
    "e": ("light on", "green"),
    "f": ("on screen", "yellow"),
}
_COLOURS = {"completed": "green", "refused": "yellow", "failed": "red", "nobody": "dim", "abandoned": "red"}


def show(
    console: Console, visits: Iterable[wire.Visit], ready_s: float | None = None, rss_mb: Mapping[str, float] | None = None
) -> None:
    """Everything, in the order in which it is read."""
    visits = list(visits)
    console.print()
    console.rule("[bold]Every visit, from the door to the screen", style="dim")
    console.print(falls(visits, max(_SHORTEST, min(_BAR, console.width - _BESIDE))))
    console.print()
    console.print(led(visits))
    if rss_mb:
        console.print()
        console.print(figures(waterfall.result(visits, ready_s, rss_mb)))
    console.print()


def falls(visits: list[wire.Visit], cells: int = _BAR) -> RenderableType:
    """One bar per hop, each beginning where the one before ended; one scale for all. Waits for people and tags are no bars."""
    longest = max((sum(_own_ms(visit).values()) for visit in visits), default=0.0) or 1.0
    grid = Table.grid(padding=(0, 1))
    for _ in range(3):
        grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column()
    for visit in visits:
        grid.add_row()
        name = Text(waterfall.person(visit), f"bold {_COLOURS.get(visit.outcome or '', '')}")
        for index, row in enumerate(_fall(visit, longest, cells)):
            grid.add_row(name if index == 0 else "", *row)
    return grid


def _own_ms(visit: wire.Visit) -> dict[str, float]:
    """Each hop's time without the tag's own silence."""
    hops = waterfall.hops_ms(visit)
    if "c" in hops:
        hops["c"] = max(0.0, hops["c"] - waterfall.air_ms(visit))
    return hops


def _fall(visit: wire.Visit, longest: float, cells: int) -> Iterator[tuple[Text, Text, str, Text]]:
    begun = 0.0
    for hop, took in _own_ms(visit).items():
        says, colour = _HOPS[hop]
        bar = _bar(begun / longest, took / longest, colour, cells)
        yield Text.assemble((hop, colour), " ", (says, "dim")), bar, f"{took:.1f} ms", Text(_note(visit, hop), "dim")
        begun += took
    if not begun:
        yield Text("no hop was reached", "dim"), Text(), "", Text()


def _note(visit: wire.Visit, hop: str) -> str:
    walked = waterfall.walk_s(visit)
    if hop == "c" and (air := waterfall.air_ms(visit)) >= 1:
        return f"tag silent {air:.0f} ms"
    if hop == "f" and walked is not None:
        return f"after {walked:.1f} s walk"
    if hop == "e" and (cue := waterfall.cue_ms(visit)) is not None:
        return f"cue {cue:.1f} ms"
    if hop == "d" and visit.outcome == "refused":
        return visit.reason or ""
    return ""


def _bar(begin: float, share: float, colour: str, cells: int) -> Text:
    """In eighths of a cell, from the cell in which it begins; however short, it can be seen."""
    offset = min(int(begin * cells), cells - 1)
    eighths = min(max(1, round(share * cells * 8)), (cells - offset) * 8)
    return Text(" " * offset + "█" * (eighths // 8) + _EIGHTHS[eighths % 8], colour)


def led(visits: list[wire.Visit]) -> Table:
    """Who was led where, and who was not and why."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("PERSON", "AT", "OUTCOME", "LED TO", "MEETING", "WHY"):
        table.add_column(column, overflow="fold")
    for visit in visits:
        outcome = visit.outcome or "open"
        reason = next((says for known, says in wire.REASONS.items() if known == visit.reason), visit.reason)
        why = "; ".join(dict.fromkeys(filter(None, (reason, *visit.trouble))))
        cells = (visit.zone, Text(outcome, _COLOURS.get(outcome, "")), visit.room or "-", visit.meeting or "-", why or "-")
        table.add_row(waterfall.person(visit), *cells)
    return table


def figures(result: Mapping[str, Any]) -> RenderableType:
    """The four figures, and the memory of each service."""
    cue, ready_s = result["cue_p95_ms"], result["ready_s"]
    line = Text()
    line.append("cue p95 ", "dim").append("-" if cue is None else f"{cue:.1f} ms", "bold")
    line.append("   all ready after ", "dim").append("-" if ready_s is None else f"{ready_s:.2f} s", "bold")
    memory = Table(box=None, header_style="dim", pad_edge=False)
    memory.add_column("")
    for word in sorted(result["rss_mb"]):
        memory.add_column(word, justify="right", overflow="fold")
    memory.add_row(Text("RSS in MB", "dim"), *(f"{megabytes:.0f}" for _, megabytes in sorted(result["rss_mb"].items())))
    return Group(line, memory)
