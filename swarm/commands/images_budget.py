"""nanoswarm images budget."""

import json

import click
from rich.table import Table

from swarm import images, images_budget, images_build, images_push, images_weigh
from swarm.commands import images_options as options
from swarm.commands.saying import Says
from swarm.engine import Engine
from swarm.errors import BudgetError
from swarm.words import discover


@click.command()
@options.names
@click.option("--arch", help="amd64, arm64 or arm; the engine's own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def budget(names: tuple[str, ...], arch: str | None, as_json: bool) -> None:
    """Weigh what has been built against its budgets.

    Those of service.yml and of bench/budgets.yml. It fails when one is broken.

    \b
    nanoswarm images budget
    nanoswarm images budget auth --json
    """
    root, words = images_build.sources(), [word.name for word in images.chosen(names, discover())]
    engine, says = Engine(options.cluster_here().manager), Says(as_json)
    kind = images.kind(images.SLIM, arch, engine.arch())
    made = {word: by_arch[kind.arch] for word, by_arch in images_push.made(engine, words).items() if kind.arch in by_arch}
    with says.work("weighing ..."):
        found, largest = images_weigh.weigh(engine, root, made)
    broken = images_budget.broken(found)
    if as_json:
        rows = [one.plain() | {"largest": largest.get(one.word)} for one in found]
        click.echo(json.dumps({"base": sorted({image.base for image in made.values()}), "figures": rows}, indent=1))
    else:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in ("SERVICE", "WHAT", "MB", "BUDGET", ""):
            table.add_column(column, justify="right" if column in ("MB", "BUDGET") else "left")
        for one in found:
            limit = "-" if one.limit_mb is None else f"{one.limit_mb:g}"
            table.add_row(one.word, one.what, f"{one.mb:.2f}", limit, f"{one.over_mb:.2f} too much" if one.over_mb else "")
        says.console.print(table)
        says.line("On " + " and ".join(sorted({image.base for image in made.values()})))
    if broken:
        raise BudgetError("\n".join(f"{one}; the largest: {largest.get(one.word, 'see each')}" for one in broken))
