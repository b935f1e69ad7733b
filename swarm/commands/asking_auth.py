"""What the commands on auth's data share: where it is, how rows are printed, how a question is asked."""

import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from swarm import auth_where
from swarm.auth_rest import Rest
from swarm.commands.saying import fitting_console
from swarm.files import shown

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?(?:Z|\+00:00)")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON; the rest goes to stderr.")
yes = click.option("--yes", is_flag=True, help="Do not ask.")
dry_run = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")


def asks_auth(command: Callable[..., None]) -> Callable[..., None]:
    """Adds where auth is, and gives the command a Rest as its first argument."""

    @click.option("--auth", "url", envvar="NANOSWARM_AUTH", metavar="URL", help="Where auth is; else found here.")
    @click.option(
        "--token-file",
        envvar="NANOSWARM_TOKEN_FILE",
        type=click.Path(path_type=Path),
        help=f"Holds the token [default: {auth_where.TOKEN}].",
    )
    @functools.wraps(command)
    def asking(*args: Any, url: str | None, token_file: Path | None, **more: Any) -> None:
        command(auth_where.find(url, token_file), *args, **more)

    return asking


def show(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], nothing: str) -> None:
    """As a table, whose columns are fields of the rows; `nothing` is said instead of an empty one."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(escape(_short(_cell(row.get(field)))) for field in columns.values()))
    if table.row_count:
        fitting_console().print(table)
    else:
        click.echo(nothing)


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=1, ensure_ascii=False))


def one(value: Mapping[str, Any], as_json: bool) -> None:
    """All of one thing, a line for each of its fields."""
    if as_json:
        show_json(value)
        return
    width = max(map(len, value), default=0)
    for name, held in value.items():
        click.echo(f"{name:{width}}  {_cell(held)}")


def say(text: str, as_json: bool) -> None:
    click.echo(text, err=as_json)


@contextmanager
def progress(text: str, total: int) -> Iterator[Callable[[int], None]]:
    """On a terminal a bar; what it is given is how much of `total` is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(escape(text), total=total)
        yield lambda done: bar.update(task, completed=done)


def change(rest: Rest, of: str, own_id: str, changed: Mapping[str, Any], *, is_dry: bool) -> tuple[dict[str, Any], list[str]]:
    """Put `changed` fields in the place of those that are there, unless somebody else has changed them meanwhile. How it is
    now, and a line for each that differs."""
    there, headers = rest.ask("GET", of, own_id)
    wanted = {**there, **changed}
    lines = [
        f"{name}: {_cell(there.get(name))} -> {_cell(value)}" for name, value in changed.items() if there.get(name) != value
    ]
    if lines and not is_dry:
        seen = {name.lower(): value for name, value in headers.items()}["etag"]
        wanted, _ = rest.ask("PUT", of, own_id, body=wanted, headers={"If-Match": seen})
    return wanted, lines


def _short(text: str) -> str:
    """A time to the minute."""
    match = _TIME.fullmatch(text)
    return f"{match[1]} {match[2]}Z" if match else text


def _cell(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value)
    return text if text.isprintable() else shown(text)
