"""Is every promise of budgets.yml kept? The short version of each benchmark that it names, one after the other.

    python -m bench.check [--by bench.visits] [--full] [--strict] [--json]

What needs a Swarm is measured on the cluster of this folder (.nanoswarm/context), else, as root, on a lab that is built for it
and taken down again. A benchmark that finds a promise broken is run a second time before that is believed. Exit code 0 if all
are kept; a promise that nobody has measured is not kept.
"""

import json
import sys
import time
from collections.abc import Sequence

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench import machine, promises, rounds
from bench.promises import Judged
from bench.rounds import Measured, Say
from swarm import files
from swarm.errors import InputError, SwarmError


@click.command(help=__doc__)
@click.option("--by", "chosen", multiple=True, metavar="NAME", help="Only what this benchmark measures; may be given again.")
@click.option("--full", is_flag=True, help="Not the short versions: as many rounds as each promise says. An hour.")
@click.option("--strict", is_flag=True, help="No limit is stretched where the machine is slow or busy.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(chosen: Sequence[str], full: bool, strict: bool, as_json: bool) -> None:
    def say(text: str) -> None:
        click.echo(text, err=True)

    try:
        sys.exit(_check(chosen, full, strict, as_json, say))
    except SwarmError as error:
        click.echo(f"bench.check: {error}", err=True)
        sys.exit(error.exit_code)


def _check(chosen: Sequence[str], full: bool, strict: bool, as_json: bool, say: Say) -> int:
    budgets = files.read(rounds.BUDGETS).value
    if wrong := promises.wrong_with(budgets):
        raise InputError(wrong)
    names = list(dict.fromkeys(row["by"] for row in budgets["budgets"].values()))
    if unknown := sorted(set(chosen) - set(names)):
        raise InputError([f"no promise is measured by {', '.join(unknown)}; there are: {', '.join(names)}"])
    wanted = {name: row for name, row in budgets["budgets"].items() if not chosen or row["by"] in chosen}
    began, on = time.monotonic(), machine.about()
    with rounds.somewhere(chosen or names, say) as where:
        measured = rounds.measure(chosen or names, where, not full, say)
        judged = judge(wanted, measured, budgets["floor"], strict)
        if again := promises.broken_by(judged):
            say(f"once more, as a promise is broken: {', '.join(again)}")
            measured |= rounds.measure(again, where, not full, say)
            judged = judge(wanted, measured, budgets["floor"], strict)
    took_s = round(time.monotonic() - began)
    if as_json:
        told = {"on": on, "took_s": took_s, "floor": {name: one.pace for name, one in measured.items()}}
        click.echo(json.dumps(told | {"promises": [one.plain() for one in judged]}, indent=1))
    else:
        _show(judged, took_s)
    return int(not all(one.is_kept for one in judged))


def judge(wanted: promises.Promises, measured: dict[str, Measured], floor: dict[str, float], strict: bool) -> list[Judged]:
    found = {name: figure for one in measured.values() for name, figure in one.figures.items()}
    paces = {} if strict else {name: one.pace for name, one in measured.items()}
    return promises.judge(wanted, found, paces, floor, {name: one.why_not for name, one in measured.items() if one.why_not})


def _show(judged: Sequence[Judged], took_s: int) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("PROMISE", "MEASURED", "INTERVAL", "N", "LIMIT", "MACHINE", ""):
        table.add_column(heading, justify="right" if heading in ("MEASURED", "N", "LIMIT") else "left")
    for one in judged:
        table.add_row(*map(escape, _row(one)))
    console.print(table)
    broken, missing = ([one for one in judged if one.verdict == verdict] for verdict in (promises.BROKEN, promises.MISSING))
    for one in broken:
        console.print(f"[bold red]{one.name} is broken[/]: {escape(one.what)}; python -m {one.by}", soft_wrap=True)
    for one in missing:
        console.print(f"[bold]{one.name} is not measured[/]: {escape(one.why)}", soft_wrap=True)
    kept = sum(one.is_kept for one in judged)
    console.print(
        f"{kept} of {len(judged)} promises are kept, after {took_s} s. `2.1 x` under MACHINE: so much slower than the"
    )
    console.print("machine that the limits are for was the floor of the same run, and by so much the limit is stretched.")


def _row(one: Judged) -> tuple[str, ...]:
    limit = f"{'>=' if one.at_least else '<='} {one.limit:g} {one.unit}"
    if one.found is None:
        return one.name, "-", "", "", limit, "", one.verdict
    interval = "" if one.found.low is None else f"{one.found.low:.4g} - {one.found.high:.4g}"
    stretch = "" if one.stretch == 1 else f"{one.stretch:.1f} x"
    return one.name, f"{one.found.value:.4g}", interval, str(one.found.n), limit, stretch, one.verdict


if __name__ == "__main__":
    main()
