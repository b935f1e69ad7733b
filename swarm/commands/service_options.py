"""What the commands on one service share: their options, and how they end."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from swarm import images_lock
from swarm.commands.saying import Says

labels = click.option("--labels", "path", type=click.Path(path_type=Path), default=Path("labels.yml"), help="The place.")
lock = click.option("--lock", type=click.Path(path_type=Path), default=images_lock.PATH, help="Which images.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON; the rest goes to stderr.")
yes = click.option("--yes", is_flag=True, help="Do not ask.")
dry_run = click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")
within = click.option("--within", default=120.0, metavar="SECONDS", help="How long it may take.")


def say_all(says: Says, lines: Sequence[str]) -> None:
    for line in lines:
        says.line(line)


def end(as_json: bool, told: dict[str, Any], state: str) -> None:
    """`state`: planned, running or gone."""
    if as_json:
        click.echo(json.dumps({**told, "state": state}, indent=1))
