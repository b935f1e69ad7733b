"""nanoswarm node: a machine becomes a node of the place, and proves that it is one."""

import click

from swarm.commands.node_prepare import prepare
from swarm.commands.node_probe import probe


@click.group()
def node() -> None:
    """Set up a machine of the place; have it prove its hardware.

    \b
    nanoswarm node prepare pi@pi-lobby --dry-run
    nanoswarm node probe pi-lobby
    """


node.add_command(prepare)
node.add_command(probe)
