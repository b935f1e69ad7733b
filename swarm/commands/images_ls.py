"""nanoswarm images ls."""

import json
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from swarm import images_build, images_lock, images_ls, images_paper
from swarm.commands import images_options as options
from swarm.commands.saying import Says
from swarm.images_ls import Row
from swarm.images_paper import Published
from swarm.images_sizes import MB
from swarm.words import discover

_SIZES = ("SERVICE", "VARIANT", "BASE+UNIQUE=MB", "(paper)", "WRITABLE", "(paper)")
_PLACES = ("SERVICE", "VARIANT", "ARCH", "IMAGE", "LOCKED", "NODES")


@click.command()
@click.option("--no-start", is_flag=True, help="Start nothing: the writable layer is then known only of what runs.")
@options.lock
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def ls(no_start: bool, path: Path, as_json: bool) -> None:
    """Show how large images are, and which nodes have them.

    Beside the published figures; and whether images.lock means them.

    The writable layer is that of the service's container. What does not run is started for that, for a moment, alone, without
    network or rights, with simulated hardware.

    \b
    nanoswarm images ls
    nanoswarm images ls --json --no-start
    """
    cluster, says = options.cluster_here(), Says(as_json)
    rows, problems = images_ls.rows(cluster, list(discover()), images_lock.load_if_there(path))
    if any(row.image for row in rows):
        with says.work("measuring writable layers ..."):
            rows = images_ls.with_writable(cluster, rows, images_build.sources(), start=not no_start)
    problems += [f"{row.word} ({row.variant}): its writable layer is not known: {row.why_not}" for row in rows if row.why_not]
    for problem in problems:
        click.echo(problem, err=True)
    if as_json:
        click.echo(json.dumps([row.plain() for row in rows], indent=1))
        return
    says.console.print(_table(_SIZES, [_sizes(row, rows) for row in rows]))
    if built := [row for row in rows if row.image]:
        says.line("")
        says.console.print(_table(_PLACES, [_places(row) for row in built]))
    for base in dict.fromkeys(row.image.base for row in built if row.image):
        variants = " ".join(dict.fromkeys(row.variant for row in built if row.image and row.image.base == base))
        says.line(f"{variants}: on {base}")


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _sizes(row: Row, rows: list[Row]) -> tuple[str, ...]:
    alike = [other for other in rows if (other.word, other.variant) == (row.word, row.variant)]
    variant = row.variant if len(alike) == 1 or row.image is None else f"{row.variant} {row.image.arch}"
    published = images_paper.published(row.word, row.variant)
    theirs = ("-", "-") if published is None else (_parts(published), _bytes(published.writable))
    if row.image is None or row.sizes is None:
        return (row.word, variant, "not built", theirs[0], "-", theirs[1])
    ours = f"{row.sizes.base / MB:.2f}+{row.sizes.unique / MB:.2f}={row.sizes.total / MB:.1f}"
    writable = "-" if row.writable_bytes is None else _bytes(row.writable_bytes / MB)
    return (row.word, variant, ours, theirs[0], writable, theirs[1])


def _places(row: Row) -> tuple[str, ...]:
    assert row.image is not None
    short = row.image.id.removeprefix("sha256:")[:12]
    return (row.word, row.variant, row.image.arch, short, row.locked, " ".join(row.nodes) or "-")


def _parts(published: Published) -> str:
    if published.base is None or published.unique is None:
        return f"{published.total:g}"
    return f"{published.base:g}+{published.unique:g}={published.total:g}"


def _bytes(mb: float | None) -> str:
    if mb is None:
        return "-"
    return f"{mb * MB:.0f} B" if mb < 0.001 else f"{mb * 1000:.0f} kB" if mb < 1 else f"{mb:.2f} MB"
