"""What commands on a cluster share: its manager, and a line that moves while something takes long."""

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from swarm import context
from swarm.engine import Engine
from swarm.errors import InputError


def its_manager() -> Engine:
    """The engine of this folder's cluster. InputError when it manages none."""
    engine = Engine(context.load().manager)
    if not engine.facts().controls:
        raise InputError([f"{engine.url}: manages no Swarm; begin one with: nanoswarm cluster init"])
    return engine


@contextlib.contextmanager
def at_work(text: str) -> Iterator[None]:
    with Console(stderr=True).status(escape(text)):
        yield
