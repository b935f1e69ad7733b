"""Plan, show, confirm: the question before something is changed."""

import sys

import click

from swarm.errors import InputError


def confirm(yes: bool, question: str) -> None:
    """Go on when it is answered with yes. InputError, and nothing has been changed, when it is not, or nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(["there is no terminal to ask on, and nothing was changed; to go on without asking: --yes"])
    if not click.confirm(question):
        raise InputError(["nothing was changed"])
