"""nanoswarm bench: the paper's tables on this cluster, and the promises."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console


@click.group()
def bench() -> None:
    """The published prototype's tables, measured on your cluster.

    \b
    nanoswarm bench ls
    nanoswarm bench paper --quick
    """


@bench.command()
@click.option("--quick", is_flag=True, help="Few repetitions, the smallest images only: to see whether all works.")
@click.option("--only", multiple=True, metavar="NAME", help="Measure this only; repeatable. Names: nanoswarm bench ls.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("nanoswarm-bench"),
    show_default=True,
    metavar="FOLDER",
    help="Where it is kept.",
)
@click.option("--fresh", is_flag=True, help="Measure anew also what FOLDER holds already.")
@click.option("--dry-run", is_flag=True, help="Print the commands this stands for, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; progress goes to stderr.")
def paper(quick: bool, only: tuple[str, ...], output: Path, fresh: bool, dry_run: bool, as_json: bool) -> None:
    """Measure the paper's Tables II to V, Figures 6 and 7.

    On this cluster, each beside the published figure.

    FOLDER gets report.html, .md, .csv and .json. A run that was ended goes on where it was: what was measured is kept.
    Exit code 0 if all that this cluster can have was measured; 1 names what is missing. No room may run meanwhile.

    \b
    nanoswarm bench paper --quick
    nanoswarm bench paper --only sensing --only visits --fresh
    nohup nanoswarm bench paper --output results &
    """
    from bench.paper import told
    from bench.paper.running import ready, run
    from bench.paper.scenarios import chosen

    _check(only)
    scenarios = chosen(only, quick)
    if dry_run:
        for scenario in scenarios:
            click.echo(f"python -m {' '.join(scenario.command(quick))}")
        return
    ready(output)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was measured is written, what runs is ended
    report = run(scenarios, output, quick, fresh, lambda text: click.echo(text, err=True))
    plain = told.as_json(report)
    for name, text in (
        ("report.json", json.dumps(plain, indent=1) + "\n"), ("report.csv", told.as_csv(report)),
        ("report.md", told.as_markdown(report)),
        ("report.html", told.as_html(report)),
    ):  # fmt: skip
        _replace(output / name, text)
    if as_json:
        click.echo(json.dumps(plain, indent=1))
    else:
        console = Console(highlight=False)
        console.width = console.width if console.is_terminal else 160
        told.show(report, console)
    click.echo(f"{output / 'report.html'} is written", err=True)
    sys.exit(130 if report.interrupted else int(bool(report.missing)))


@bench.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def ls(as_json: bool) -> None:
    """Show what `bench paper` measures, and the command of each.

    \b
    nanoswarm bench ls
    nanoswarm bench ls --json
    """
    from bench.paper.scenarios import SCENARIOS

    rows: list[dict[str, Any]] = [
        {
            "name": it.name, "what": it.what, "command": f"python -m {' '.join(it.command(False))}", "takes": it.takes[0],
            "quick": it.quick is not None,
        }
        for it in SCENARIOS
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['name']:22}{row['what']:42}{row['takes']:18}{row['command']}")


def _check(only: tuple[str, ...]) -> None:
    from bench.paper.scenarios import SCENARIOS
    from swarm.errors import InputError

    names = [scenario.name for scenario in SCENARIOS]
    if unknown := [name for name in only if name not in names]:
        raise InputError([f"{name}: nothing is called so; there are: {', '.join(names)}" for name in unknown])


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
