"""Reads what a room is: of its manager what runs, of the nodes' engines how large images are, of the tasks how they are."""

import contextlib
import dataclasses

from swarm import asking_tasks, status, words
from swarm import stack as stacks
from swarm.context import Context
from swarm.engine import Engine
from swarm.engine_stack import Service
from swarm.errors import EngineError
from swarm.labels import Labels
from swarm.stack_watch import Row, rows
from swarm.status import Status

_MB = 1e6


def read(cluster: Context, labels: Labels | None) -> Status:
    """Blocking. EngineError when the manager does not answer; a node's engine that does not is left out."""
    manager = Engine(cluster.manager)
    nodes, services = manager.nodes(), manager.services(stacks.NAME)
    kit = words.discover()
    shown = [in_utc(row) for row in rows(services, manager.tasks(stacks.NAME), nodes)]
    up = {node.name for node in nodes if node.state == "ready"}
    engines = {name: Engine(url) for name, url in cluster.nodes.items() if name in up}
    told, _ = asking_tasks.ask(engines)
    runs = {(row.service, row.node) for row in shown if row.state == status.RUNNING}
    why_not = {(each.service, each.node): each.why_not for each in told if each.why_not and (each.service, each.node) in runs}
    zones = {node.name: node.labels["zone"] for node in nodes if "zone" in node.labels}
    lost = status.cannot(kit, status.meant(labels, nodes, kit), zones, shown, why_not)
    return Status(nodes, shown, status.images(services), sizes([manager, *engines.values()], services), why_not, lost)


def in_utc(row: Row) -> Row:
    """As ISO 8601 has a time."""
    return dataclasses.replace(row, since=row.since and f"{row.since.replace(' ', 'T')}+00:00")


def sizes(engines: list[Engine], services: list[Service]) -> dict[str, float]:
    """MB of each service's image, uncompressed, as the first engine that has it says."""
    found: dict[str, float] = {}
    for image in {service.image for service in services}:
        for engine in engines:
            with contextlib.suppress(EngineError):
                if there := engine.image(image):
                    found[image] = round(there.size / _MB, 1)
                    break
    return found
