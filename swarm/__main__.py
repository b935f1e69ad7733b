"""The `nanoswarm` command. Exit codes: 0 done, 1 failed, 2 wrong input and nothing changed."""

import signal

_interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while the rest is loaded ends it, without a traceback

import errno
import io
import os
import sys
from typing import Any

import click

from swarm.commands.backup import backup
from swarm.commands.cluster import cluster
from swarm.commands.credential import credential
from swarm.commands.demo import demo
from swarm.commands.doctor import doctor
from swarm.commands.events import events
from swarm.commands.images import images_
from swarm.commands.lab import lab
from swarm.commands.labels import labels
from swarm.commands.meeting import meeting
from swarm.commands.node import node
from swarm.commands.participant import participant
from swarm.commands.service import service
from swarm.commands.stack import stack
from swarm.commands.status import status
from swarm.commands.terminate import terminate
from swarm.commands.token import token
from swarm.errors import InputError, SwarmError


class _Nanoswarm(click.Group):
    """Turns our errors into sentences and exit codes, once, for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a bar that this terminal cannot show is no reason to end
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo("\n".join(error.problems), err=True)
            sys.exit(error.exit_code)
        except SwarmError as error:
            click.echo(f"nanoswarm: {error}", err=True)
            sys.exit(error.exit_code)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # our reader has read enough: click ends quietly
            where = f": {error.filename}" if error.filename else ""
            click.echo(f"nanoswarm: {error.strerror or error}{where}; is the disk full, or not ours to write?", err=True)
            _forget_unwritten()
            sys.exit(SwarmError.exit_code)


def _forget_unwritten() -> None:
    """What the output does not take would be tried again, and complained of again, at the interpreter's end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.command(cls=_Nanoswarm, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nanoswarm", message="nanoswarm %(version)s")
def main() -> None:
    """Docker Swarm nanoservices for a smart meeting space on the local edge.

    \b
    nanoswarm demo             the whole room on this machine, no Docker, no hardware
    nanoswarm labels check     is labels.yml right?
    nanoswarm lab up           a real Swarm of several nodes on this machine
    nanoswarm status           what runs where, and what the place cannot do now
    nanoswarm doctor           what is wrong, where, and what to do about it
    """


main.add_command(backup)
main.add_command(cluster)
main.add_command(credential)
main.add_command(demo)
main.add_command(doctor)
main.add_command(events)
main.add_command(images_)
main.add_command(lab)
main.add_command(labels)
main.add_command(meeting)
main.add_command(node)
main.add_command(participant)
main.add_command(service)
main.add_command(stack)
main.add_command(status)
main.add_command(terminate)
main.add_command(token)
signal.signal(signal.SIGINT, _interrupt)

if __name__ == "__main__":
    main(prog_name="nanoswarm")
