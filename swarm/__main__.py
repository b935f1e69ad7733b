"""The `nanoswarm` command. Exit codes: 0 done, 1 failed, 2 wrong input and nothing changed."""

import sys
from typing import Any

import click

from swarm.commands.demo import demo
from swarm.commands.labels import labels
from swarm.errors import InputError, SwarmError


class _Nanoswarm(click.Group):
    """Turns our errors into sentences and exit codes, once, for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo("\n".join(error.problems), err=True)
            sys.exit(error.exit_code)
        except SwarmError as error:
            click.echo(f"nanoswarm: {error}", err=True)
            sys.exit(error.exit_code)


@click.command(cls=_Nanoswarm, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nanoswarm", message="nanoswarm %(version)s")
def main() -> None:
    """Docker Swarm nanoservices for a smart meeting space on the local edge.

    \b
    nanoswarm demo             the whole room on this machine, no Docker, no hardware
    nanoswarm labels check     is labels.yml right?
    """


main.add_command(demo)
main.add_command(labels)

if __name__ == "__main__":
    main(prog_name="nanoswarm")
