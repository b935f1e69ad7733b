"""nanoswarm images bake."""

import click

from swarm import images_bake
from swarm.words import discover


@click.command()
def bake() -> None:
    """Print docker-bake.hcl, for `docker buildx bake`.

    It builds the same images. Without a seventh service of yours the file in the checkout is this.

    \b
    nanoswarm images bake > docker-bake.hcl && docker buildx bake
    """
    click.echo(images_bake.text(discover().values()), nl=False)
