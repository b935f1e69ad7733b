"""nanoswarm node: a machine becomes a node of the place, and proves that it is one."""

import click

from swarm.commands.node_prepare import prepare
from swarm.commands.node_probe import probe


@click.group()
def node() -> None:
    """The machines of the place: set one up, and have it prove its hardware."""


node.add_command(prepare)
node.add_command(probe)
