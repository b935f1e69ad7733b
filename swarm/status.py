"""What a room is at this moment: its nodes, its services' tasks, and what the place cannot do now. Pure.

What cannot be done follows from what each service.yml says (`x-nano: calls:` and `without:`, what the place is without it),
from where it is meant to run and from where it does; no service is known by name here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarm.engine import ClusterNode
from swarm.engine_stack import Service
from swarm.labels import Labels
from swarm.stack_watch import Row
from swarm.words import Word

RUNNING = "running"


@dataclass(frozen=True)
class Status:
    """`why_not`: of tasks that run and are not ready, by (service, node); `sizes`: of images, in MB, by reference."""

    nodes: Sequence[ClusterNode]
    rows: Sequence[Row]
    images: Mapping[str, str]  # by service
    sizes: Mapping[str, float]
    why_not: Mapping[tuple[str, str], str]
    cannot: Sequence[str]

    def plain(self) -> dict[str, Any]:
        return {
            "nodes": [_node(node) for node in self.nodes],
            "services": [self._service(row) for row in self.rows],
            "cannot": list(self.cannot),
        }

    def _service(self, row: Row) -> dict[str, Any]:
        image = self.images.get(row.service, "")
        return {
            "name": row.service, "node": row.node, "state": row.state, "image": image, "image_mb": self.sizes.get(image),
            "since": row.since or None, "ready": None if row.state != RUNNING else (row.service, row.node) not in self.why_not,
            "why": self.why_not.get((row.service, row.node)) or row.why,
        }  # fmt: skip


def _node(node: ClusterNode) -> dict[str, Any]:
    state = {"drain": "drained", "pause": "paused"}.get(node.availability, node.state) if node.state == "ready" else node.state
    return {"name": node.name, "zone": node.labels.get("zone"), "state": state, "labels": node.labels}


def images(services: Sequence[Service]) -> dict[str, str]:
    return {service.name: service.image for service in services}


def meant(labels: Labels | None, nodes: Sequence[ClusterNode], words: Mapping[str, Word]) -> dict[str, list[str]]:
    """Where each service is to run: by labels.yml, or without one by what the nodes are labelled."""
    if labels is not None:
        return {word: labels.running(word) for word in words}
    return {word: [node.name for node in nodes if node.labels.get(word) == "true"] for word in words}


def cannot(
    words: Mapping[str, Word],
    where: Mapping[str, Sequence[str]],
    zones: Mapping[str, str],
    rows: Sequence[Row],
    why_not: Mapping[tuple[str, str], str],
) -> list[str]:
    """What the place cannot do now, a sentence for each reason. `where`: each service is to run; `zones`: by node."""
    well = {(row.service, row.node) for row in rows if row.state == RUNNING} - why_not.keys()
    return [sentence for word in words.values() for sentence in _lost(word, words, where, zones, rows, why_not, well)]


def _lost(
    word: Word,
    words: Mapping[str, Word],
    where: Mapping[str, Sequence[str]],
    zones: Mapping[str, str],
    rows: Sequence[Row],
    why_not: Mapping[tuple[str, str], str],
    well: set[tuple[str, str]],
) -> Iterator[str]:
    without = word.without or f"{word.name} is missing"
    callers = [name for name, other in words.items() if word.name in other.calls and any(at[0] == name for at in well)]
    asked = f"; {', '.join(callers)} ask{'s' * (len(callers) == 1)} it in vain" if callers else ""
    nodes = where.get(word.name, ())
    if not nodes:
        if word.without or callers:
            yield f"{without}: no node runs {word.name}{asked}"
        return
    missing = [node for node in nodes if (word.name, node) not in well]
    if len(missing) == len(nodes):
        yield f"{without}: {_whys(word.name, missing, rows, why_not)}{asked}"
        return
    for node in missing:
        place = f"in zone {zones[node]} " if node in zones else ""
        yield f"{place}{without}: {_whys(word.name, [node], rows, why_not)}"


def _whys(word: str, nodes: Sequence[str], rows: Sequence[Row], why_not: Mapping[tuple[str, str], str]) -> str:
    there = {row.node: row for row in rows if row.service == word}
    waiting = next((row for row in rows if row.service == word and row.node == "-"), None)
    return "; ".join(_why(word, node, there.get(node, waiting), why_not.get((word, node), "")) for node in nodes)


def _why(word: str, node: str, row: Row | None, not_ready: str) -> str:
    if row is None:
        return f"{word} does not run on {node}"
    if not_ready:
        return f"{word} on {node} is not ready ({not_ready})"
    return f"{word} on {node} is {row.state}" + (f" ({row.why})" if row.why else "")
