"""The `nanoswarm` command. Exit codes: 0 done, 1 failed, 2 wrong input and nothing changed."""

import signal

_interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while the rest is loaded ends it, without a traceback

import importlib
import io
import os
import sys
from typing import Any

import click

from swarm.errors import InputError, SwarmError

# Each is a module of swarm/commands, loaded when it is asked for: all of them take longer than most have to do.
_NOUNS = (
    "backup",
    "bench",
    "cluster",
    "credential",
    "demo",
    "doctor",
    "events",
    "images",
    "lab",
    "labels",
    "meeting",
    "node",
    "participant",
    "service",
    "stack",
    "status",
    "terminate",
    "token",
)


class _Nanoswarm(click.Group):
    """Turns our errors into sentences and exit codes, once, for every command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _NOUNS:
            return None
        module = importlib.import_module(f"swarm.commands.{cmd_name}")
        command = getattr(module, f"{cmd_name}_" if hasattr(module, f"{cmd_name}_") else cmd_name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _NOUNS:
            import difflib  # only who mistypes waits for it

            near = difflib.get_close_matches(args[0], _NOUNS, n=1)
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

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

    def main(self, *args: Any, **more: Any) -> Any:
        """Help, too, may be more than the disk takes. (Where a reader has read enough click ends quietly.)"""
        try:
            return super().main(*args, **more)
        except OSError as error:
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
    nanoswarm demo --help      what a command does, with examples; so for each
    nanoswarm demo             the whole room on this machine, no Docker, no hardware
    nanoswarm labels check     is labels.yml right?
    nanoswarm lab up           a real Swarm of several nodes on this machine
    nanoswarm status           what runs where, and what the place cannot do now
    nanoswarm doctor           what is wrong, where, and what to do about it
    """


signal.signal(signal.SIGINT, _interrupt)

if __name__ == "__main__":
    main(prog_name="nanoswarm")
