"""What is told of a run: figures beside the floor's, and the promises of budgets.yml. Pure, but for `show`."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.coap.figures import Spread, spread
from bench.coap.report import sentence
from bench.figure import Figure, of_spread, one
from bench.swarm.deploys import KINDS

WIDTH = 120
FLOOR = "an echo with the same spec"
UNITS = {"swarm_ready_s": "s", "swarm_cue_p95_ms": "ms"}
HEAVY = ("auth", "meeting")  # they serve HTTP as well
STARTS = ("container_s", "answer_s", "name_s", "stop_s", "end_s", "gone_s")
DEPLOYS = ("docker_s", "started_s", "running_s", "ready_s", "removed_s")
Rounds = Mapping[str, Sequence[Mapping[str, float]]]


def compared(rounds: Rounds, names: Sequence[str]) -> dict[str, Any]:
    """Of each figure its spread in both kinds, and the spread of the ratios within each round."""
    found: dict[str, Any] = {}
    for name in names:
        kinds = {kind: [each[name] for each in rounds[kind] if name in each] for kind in KINDS}
        row = {kind: spread(values)._asdict() for kind, values in kinds.items() if values}
        if len(row) == len(KINDS):
            times = [
                ours / floor for ours, floor in zip(*kinds.values(), strict=False)
            ]  # a last round may have been broken off
            row["times"] = spread(times)._asdict()
        if row:
            found[name] = row
    return found


def found(result: Mapping[str, Any]) -> dict[str, float]:
    """The figures that budgets.yml promises, as far as they were measured."""
    figures: dict[str, float] = {}
    if "deploy" in result:
        figures["swarm_ready_s"] = result["deploy"]["ready_s"]["ours"]["median"]
    starts = result.get("start", {})
    for name, words in {
        "swarm_start_ratio": set(starts) - set(HEAVY),
        "swarm_start_ratio_web": set(starts) & set(HEAVY),
    }.items():
        if words:
            figures[name] = max(starts[word]["answer_s"]["times"]["median"] for word in words)
    if starts:
        figures["swarm_stop_ratio"] = max(row["end_s"]["times"]["median"] for row in starts.values())
    if "visits" in result and result["visits"]["ms"]["cue"]["p95"] is not None:
        figures["swarm_cue_p95_ms"] = result["visits"]["ms"]["cue"]["p95"]
    return figures


def told(result: Mapping[str, Any]) -> list[Figure]:
    """All of it beside the floor's, and the figures that are promised, by their names."""
    made = _beside("deploy", result.get("deploy", {}))
    for word, row in result.get("start", {}).items():
        made += _beside(f"start {word}", row)
    about = result.get("visits", {})
    made += map(Figure.from_plain, about.get("figures", ()))
    made += [one(name, UNITS.get(name, "x"), value) for name, value in found(result).items()]
    return made


def _beside(what: str, rows: Mapping[str, Mapping[str, Any]]) -> list[Figure]:
    made = []
    for name, row in rows.items():
        if "floor" in row:
            made.append(of_spread(f"{what}, {name}, floor", "s", row["floor"]))
        if "ours" in row:
            made.append(of_spread(f"{what}, {name}", "s", row["ours"], FLOOR if "times" in row else None, row.get("times")))
    return made


def show(result: Mapping[str, Any]) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH, soft_wrap=True)
    on, site = result["on"], result["site"]
    console.print(f"{on['machine']}, {on['kernel']}, load {on['load']} before; engine {site['engine']}, {site['nodes']} nodes")
    console.print(f"images on {site['base']}; medians in seconds, each with an interval that holds it with 90 %")
    if "deploy" in result:
        console.print(_table("stack deploy of the whole room, images present", {"": result["deploy"]}))
    if "start" in result:
        console.print(_table("one service: created to answering, removed to gone", result["start"]))
    if "visits" in result:
        console.print(_hops(result["visits"]))
        ping = Spread(**result["visits"]["ping_ms"])
        console.print(f"a ping between two of the nodes, there and back: {ping.median:.2f} ms, n = {ping.n}")
        odd = [f"{row['person']}: {row['outcome']} {row['reason']}" for row in result["visits"]["not_completed"]]
        console.print(f"not completed: {'; '.join(odd) or 'none'}")
    for promise in result["promises"]:
        console.print(sentence(promise))
    for why in result["left_out"]:
        console.print(why)


def _table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("", "", "n", "ours", "interval", "floor", "interval", "x floor", "interval"):
        table.add_column(heading, justify="right" if heading else "left")
    for word, figures in rows.items():
        for name, row in figures.items():
            cells = [cell for kind in (*KINDS, "times") for cell in _cells(row.get(kind))]
            table.add_row(word, name.removesuffix("_s"), str(next(iter(row.values()))["n"]), *cells)
    return table


def _cells(row: Mapping[str, Any] | None) -> tuple[str, str]:
    if row is None:
        return "-", ""
    found = Spread(**row)
    return f"{found.median:.2f}", f"{found.low:.2f} – {found.high:.2f}"


def _hops(about: Mapping[str, Any]) -> Table:
    table = Table(title=f"{about['visits']} visits across nodes, ms", title_justify="left")
    for heading in ("", "n", "p50", "p95", "p99", "max"):
        table.add_column(heading, justify="right" if heading else "left")
    for hop, row in about["ms"].items():
        cells = ("-" if row[p] is None else f"{row[p]:.1f}" for p in ("p50", "p95", "p99", "p100"))
        table.add_row(hop, str(row["n"]), *cells)
    return table
