"""nanoswarm service: one nanoservice more, less or newer, while the others keep their tasks."""

import click

from swarm.commands.service_add import add
from swarm.commands.service_create import create
from swarm.commands.service_rm import rm
from swarm.commands.service_upgrade import upgrade


@click.group()
def service() -> None:
    """One nanoservice more, less or newer, while the others go on.

    The others keep their tasks; docs/operate.md tells more.

    \b
    nanoswarm service add scanner
    nanoswarm service upgrade auth
    nanoswarm service rm guidance
    """


for command in (create, add, upgrade, rm):
    service.add_command(command)
