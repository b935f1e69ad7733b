"""nanoswarm images: what the services run from."""

import click

from swarm.commands.images_bake import bake
from swarm.commands.images_budget import budget
from swarm.commands.images_build import build
from swarm.commands.images_ls import ls
from swarm.commands.images_push import push
from swarm.commands.images_sbom import sbom


@click.group("images")
def images_() -> None:
    """The services' images: build, push, weigh, say what is in them.

    They are built on the cluster's manager, and brought to its registry or into its nodes.

    \b
    nanoswarm images build
    nanoswarm images push
    nanoswarm images ls
    """


for command in (build, push, ls, budget, sbom, bake):
    images_.add_command(command)
