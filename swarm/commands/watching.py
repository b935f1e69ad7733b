"""What is shown while a room, or a service of it, is deployed: how far it is, and each secret that is made."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from swarm import keeping
from swarm.deploying import ADMIN_TOKEN, Deployment, Plan
from swarm.errors import InputError
from swarm.stack_watch import Progress


def check_token_file(path: Path | None, missing: Sequence[str]) -> None:
    """Before the token is made, as it cannot be read again: InputError when it is and `path` would not take it."""
    if path is None or ADMIN_TOKEN not in missing:
        return
    if path.exists():
        raise InputError([f"--admin-token: {path} is there already; remove it, or name another file"])
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(
            [f"--admin-token: {path} cannot be written: {path.parent} is no folder of yours; make it, or name another"]
        )


def made(name: str, value: str, token_file: Path | None, *, err: bool = False) -> None:
    """The admin token is shown once, as nobody can read it from the cluster again; other secrets are nobody's business."""
    if name != ADMIN_TOKEN:
        where = keeping.FOLDER / name
        again = f"; a copy is in {where}: keep it, without it what is stored cannot be read" if where.exists() else ""
        click.echo(f"The secret {name} is made{again}.", err=err)
    elif token_file is None:
        click.echo(f"The admin token, shown this once: {value}", err=err)
    else:
        with os.fdopen(os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value + "\n")
        click.echo(f"The admin token is in {token_file}, and nowhere else.", err=err)


def watch(console: Console, deployment: Deployment, plan: Plan, within_s: float) -> None:
    """On a terminal a table that moves, elsewhere a line for each change."""
    told: dict[str, str] = {}

    def say(found: Sequence[Progress]) -> None:
        for each in found:
            if told.get(each.word) != str(each):
                click.echo(str(each), err=console.stderr)
            told[each.word] = str(each)

    if not console.is_terminal:
        deployment.watch(plan, within_s, say)
        return
    with Live(console=console, refresh_per_second=8) as live:
        deployment.watch(plan, within_s, lambda found: live.update(_table(found)))


def _table(found: Sequence[Progress]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for each in found:
        style = "green" if each.done else "red" if each.failed else "yellow"
        table.add_row(each.word, f"{each.running}/{each.wanted}", f"[{style}]{each.state}[/]", escape(each.why))
    return table
