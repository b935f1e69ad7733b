"""Where a service of the cluster is, and what is its own: its nodes, their engines, its volumes, its image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from swarm.context import Context
from swarm.engine import ClusterNode, Engine
from swarm.engine_stack import Service, Task
from swarm.errors import BackupError, InputError
from swarm.preflight import may_run
from swarm.stack import NAME


@dataclass(frozen=True)
class Mount:
    """A volume of the service, and where it sees it."""

    volume: str
    target: str


@dataclass(frozen=True)
class Place:
    """A service as it runs. `nodes`: those that hold its volumes, if it has any, and can be reached."""

    service: Service
    mounts: tuple[Mount, ...]
    nodes: tuple[ClusterNode, ...]

    @property
    def user(self) -> str:
        return str(container(self.service).get("User") or "0:0")

    @property
    def owner(self) -> tuple[int, int]:
        user, _, group = self.user.partition(":")
        return int(user), int(group or user)


def container(service: Service) -> dict[str, Any]:
    found = service.spec.get("TaskTemplate", {}).get("ContainerSpec")
    return found if isinstance(found, dict) else {}


def secrets(service: Service, name: str) -> set[str]:
    """What Swarm calls the secrets that the service sees by that name."""
    told = container(service).get("Secrets") or ()
    return {str(each["SecretName"]) for each in told if (each.get("File") or {}).get("Name") == name}


def mounts(service: Service) -> tuple[Mount, ...]:
    told = container(service).get("Mounts") or ()
    return tuple(Mount(str(each["Source"]), str(each["Target"])) for each in told if each.get("Type") == "volume")


class Cluster:
    """What is asked of a cluster again and again, read once."""

    def __init__(self, context: Context):
        self.context = context
        self.manager = Engine(context.manager)
        self.nodes = {node.name: node for node in self.manager.nodes()}
        self.services = {service.name: service for service in self.manager.services(NAME)}
        self.tasks: Sequence[Task] = self.manager.tasks(NAME)
        self._engines: dict[str, Engine] = {}

    def engine(self, node: str) -> Engine:
        """InputError when we know no way to that node's engine."""
        if node not in self._engines:
            url = self.context.nodes.get(node)
            if url is None and self.manager.facts().name == node:
                url = self.context.manager
            if url is None:
                raise InputError([f"{node}: no way to its engine is known here, and data is on it; do it where it joined"])
            self._engines[node] = Engine(url)
        return self._engines[node]

    def reaches(self, node: str) -> bool:
        return node in self.context.nodes or self.manager.facts().name == node

    def engines(self) -> Iterator[Engine]:
        """Of every node that we know a way to, the manager's first."""
        yield self.manager
        for name in self.nodes:
            if self.context.nodes.get(name) not in (None, self.context.manager):
                yield self.engine(name)

    def place(self, word: str) -> Place:
        """InputError when no such service runs; BackupError when the nodes that hold its volumes cannot be told."""
        if word not in self.services:
            there = ", ".join(self.services) or "none"
            raise InputError([f"no service {word} is on this cluster; there are: {there}"])
        service = self.services[word]
        held = mounts(service)
        return Place(service, held, tuple(self._holding(service)) if held else ())

    def _holding(self, service: Service) -> list[ClusterNode]:
        by_id = {node.id: node for node in self.nodes.values()}
        if service.is_global:
            names = {node.id for node in self.nodes.values() if may_run(service.constraints, node)}
        else:
            own = sorted(
                (task for task in self.tasks if task.service == service.id and task.node in by_id), key=lambda task: task.at
            )
            live = [task for task in own if task.state == "running"]
            names = {task.node for task in (live or own)[-1:]}
        if not names:
            raise BackupError(f"{service.name}: has run nowhere yet, so nobody knows where its data is; nanoswarm stack ps")
        found = [by_id[name] for name in sorted(names)]
        if down := [node.name for node in found if node.state != "ready"]:
            raise BackupError(f"{service.name}: its data is on {', '.join(down)}, which is down; start it, then try again")
        return found

    def having(self, image: str) -> Engine:
        """An engine that has the image. BackupError when none of ours does."""
        for engine in self.engines():
            if engine.image(image) is not None:
                return engine
        raise BackupError(f"no engine of this cluster has the image {image}; nanoswarm images push")
