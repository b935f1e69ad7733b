"""The tasks of a room that runs on the lab, and a way onto their network.

The CoAP ports are on the overlay only, which no process of this machine is on. So we borrow a task's own network for as
long as it takes to open a socket (setns(2)): the socket stays there, we do not.
"""

import ctypes
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nanoservices.coap import Endpoint
from swarm.engine import Engine
from swarm.engine_containers import Container
from swarm.errors import LabError
from swarm.lab.plan import LabNode, Plan

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Task:
    """One that ran when it was looked for."""

    node: LabNode
    container: Container

    @property
    def runs(self) -> bool:
        return Path(f"/proc/{self.container.pid}/ns/net").exists()

    def file(self, path: str) -> str:
        """What a file holds that the task sees, as its secrets."""
        try:
            return Path(f"/proc/{self.container.pid}/root/{path.lstrip('/')}").read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise LabError(f"{self.container.service} on {self.node.name}: its {path} cannot be read: {error}") from None


def running(plan: Plan, word: str) -> list[Task]:
    """The tasks of that service, whatever its stack is called. Blocking; EngineError when an engine does not answer."""
    return [
        Task(node, container)
        for node in plan.nodes
        for container in Engine(node.url).containers()
        if container.service == word or container.service.endswith(f"_{word}")
    ]


def the(plan: Plan, word: str) -> Task:
    """The task of a service that has one. LabError when it does not run."""
    found = running(plan, word)
    if not found:
        raise LabError(f"no task of {word} runs on the lab; deploy the room first: nanoswarm stack deploy")
    return found[-1]


@asynccontextmanager
async def endpoint_beside(task: Task) -> AsyncIterator[Endpoint]:
    """A CoAP client on the task's network: its 127.0.0.1 is the task's own, and the overlay's addresses can be reached."""
    endpoint = Endpoint()
    with on_network_of(task):
        await endpoint.open("0.0.0.0", 0, {})
    try:
        yield endpoint
    finally:
        await endpoint.close()


@contextmanager
def on_network_of(task: Task) -> Iterator[None]:
    """This thread only. Sockets that are opened inside stay on the task's network."""
    try:
        home, there = (os.open(f"/proc/{who}/ns/net", os.O_RDONLY) for who in ("thread-self", task.container.pid))
    except OSError:
        raise LabError(f"the task of {task.container.service} on {task.node.name} has ended; try again") from None
    try:
        _enter(there)
        try:
            yield
        finally:
            _enter(home)
    finally:
        os.close(home)
        os.close(there)


def _enter(network: int) -> None:
    if _libc.setns(network, _CLONE_NEWNET) != 0:
        raise LabError(f"a task's network cannot be entered: {os.strerror(ctypes.get_errno())}; do this as root")
