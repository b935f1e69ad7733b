"""nanoswarm lab stop, start, reboot: what happens to a room when something is gone, and when it is back."""

import click

from swarm.commands.managing import at_work
from swarm.lab import power

_parts = click.argument("names", metavar="PART...", nargs=-1, required=True)


@click.command()
@_parts
def stop(names: tuple[str, ...]) -> None:
    """Take PART away: a node, the registry, the internet.

    A node goes as if its plug were pulled; what is sent to `internet` is lost.

    \b
    nanoswarm lab stop pi-lobby
    nanoswarm lab stop registry internet
    """
    power.stop(names)
    click.echo(f"Away: {', '.join(names)}. To bring it back: nanoswarm lab start {' '.join(names)}")


@click.command()
@_parts
def start(names: tuple[str, ...]) -> None:
    """Bring PART back: a node, the registry, the internet.

    A node boots with what was on its disk, and is waited for until its Swarm finds it ready.

    \b
    nanoswarm lab start pi-lobby
    nanoswarm lab start registry internet
    """
    with at_work(f"starting {', '.join(names)}"):
        power.start(names)
    click.echo(f"Back: {', '.join(names)}.")


@click.command()
@_parts
def reboot(names: tuple[str, ...]) -> None:
    """Take PART away and bring it back.

    \b
    nanoswarm lab reboot server-1
    """
    with at_work(f"rebooting {', '.join(names)}"):
        power.stop(names)
        power.start(names)
    click.echo(f"Back: {', '.join(names)}.")
