"""What the commands on images share: their options, and which cluster they are for."""

import os
from pathlib import Path

import click

from swarm import context, images, images_lock
from swarm.context import Context
from swarm.images import SLIM

_LOCAL = "unix:///var/run/docker.sock"
lock = click.option(
    "--lock", "path", type=click.Path(path_type=Path), default=images_lock.PATH, show_default=True, help="Where digests go."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON; the rest goes to stderr.")
dry_run = click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")
names = click.argument("names", nargs=-1, metavar="[WORD]...")
_VARIANTS = f"One of {', '.join(images.VARIANTS)}; the stack runs {SLIM}."
variant = click.option("--variant", default=SLIM, show_default=True, metavar="VARIANT", help=_VARIANTS)
variants = click.option("--variant", "variants", multiple=True, metavar="VARIANT", help=f"{_VARIANTS} Repeatable; all: each.")


def cluster_here() -> Context:
    """The cluster of this folder, else DOCKER_HOST's engine, else this machine's."""
    return context.load(environment={"DOCKER_HOST": _LOCAL, **os.environ})
