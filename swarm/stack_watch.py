"""How far each service of a deployed stack is, and what keeps it. Pure: what the engine told in, sentences out."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from swarm.engine import ClusterNode
from swarm.engine_stack import Service, Task
from swarm.preflight import may_run
from swarm.stack import DIGEST, Stack

_ENDED = ("failed", "rejected", "complete")


@dataclass(frozen=True)
class Progress:
    """One service. `running` of `wanted` tasks run what was deployed, and are healthy."""

    word: str
    running: int
    wanted: int
    state: str  # running, starting, waiting, updating, rolling back, rolled back, stopped, missing
    why: str = ""

    @property
    def done(self) -> bool:
        return self.state == "running"

    @property
    def failed(self) -> bool:
        """It will not become what was deployed."""
        return self.state in ("rolled back", "stopped")

    def __str__(self) -> str:
        return f"{self.word}: {self.state}, {self.running} of {self.wanted}" + (f" ({self.why})" if self.why else "")


def look(stack: Stack, services: Sequence[Service], tasks: Sequence[Task], nodes: Sequence[ClusterNode]) -> list[Progress]:
    there = {service.name: service for service in services}
    return [
        _progress(wanted["deploy"]["labels"][DIGEST], there[word], tasks, nodes)
        if word in there
        else Progress(word, 0, 1, "missing")
        for word, wanted in stack["services"].items()
    ]


def _progress(digest: str, service: Service, tasks: Sequence[Task], nodes: Sequence[ClusterNode]) -> Progress:
    own = [task for task in tasks if task.service == service.id]
    mine = [task for task in own if task.is_of(service) and task.wanted == "running"]
    running = sum(task.state == "running" for task in mine)
    wanted = service.replicas
    if wanted is None:
        wanted = sum(node.ready and may_run(service.constraints, node) for node in nodes)
    state = _state(digest, service, mine, running >= wanted)
    is_well = state in ("running", "updating") and not any(_is_newer(task, mine) for task in own)
    return Progress(service.name, running, wanted, state, "" if is_well else _last_trouble(own, nodes))


def _state(digest: str, service: Service, mine: Sequence[Task], is_full: bool) -> str:
    if service.labels.get(DIGEST) != digest:
        return "rolled back" if is_full and service.update != "rollback_started" else "rolling back"
    if service.update in ("rollback_started", "rollback_paused") and not is_full:  # back to what is wanted, from what was not
        return "updating"
    if service.update == "paused":
        return "stopped"
    if service.update == "updating":
        return "updating"
    if is_full:
        return "running"
    return "waiting" if mine and all(task.state == "pending" for task in mine) else "starting"


def _last_trouble(own: Sequence[Task], nodes: Sequence[ClusterNode]) -> str:
    names = {node.id: node.name for node in nodes}
    told = sorted((task for task in own if task.why or task.state in _ENDED), key=lambda task: task.at)
    if not told:
        return ""
    last = told[-1]
    where = f"on {names[last.node]}: " if last.node in names else ""
    return where + (last.why or last.state)


def _is_newer(task: Task, mine: Sequence[Task]) -> bool:
    return task.state in _ENDED and all(task.at > other.at for other in mine)


@dataclass(frozen=True)
class Row:
    """A task, for people."""

    service: str
    node: str
    state: str
    since: str
    why: str

    def plain(self) -> dict[str, str]:
        return dataclasses.asdict(self)


def rows(services: Sequence[Service], tasks: Sequence[Task], nodes: Sequence[ClusterNode]) -> list[Row]:
    """The tasks that are to run, by service and node; each with what went wrong last in its place.

    Also those that a node which is down had, of services that run on every node: Swarm no longer wants them anywhere.
    """
    names = {service.id: service.name for service in services}
    hosts = {node.id: node.name for node in nodes}
    why: dict[tuple[str, str | int], str] = {}
    found = []
    for task in sorted((task for task in tasks if task.service in names), key=lambda task: task.at):
        place = (task.service, task.slot or task.node)
        if task.why:
            why[place] = task.why
        if task.wanted in ("running", "ready"):
            since = task.at[:19].replace("T", " ")
            found.append((place, Row(names[task.service], hosts.get(task.node, "-"), task.state, since, "")))
    told = [dataclasses.replace(row, why=why.get(place, "")) for place, row in found]
    away = [
        Row(service.name, node.name, node.state, "", f"{node.name} is {node.state}")
        for node in nodes
        for service in services
        if node.state != "ready" and service.is_global and may_run(service.constraints, node)
    ]
    gone = {(row.service, row.node) for row in away}
    there = [row for row in told if (row.service, row.node) not in gone]
    return sorted([*there, *away], key=lambda row: (row.service, row.node))
