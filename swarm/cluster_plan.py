"""Who may join a cluster, and who may leave it. Pure."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarm.engine import ClusterNode
from swarm.engine_cluster import Facts
from swarm.errors import InputError
from swarm.labels import Labels

OLDEST = (20, 10)


@dataclass(frozen=True)
class Candidate:
    """An engine that is asked to join, and what it says of itself."""

    url: str
    facts: Facts

    @property
    def name(self) -> str:
        return self.facts.name

    def __str__(self) -> str:
        return f"{self.name} ({self.facts.arch}, engine {self.facts.version}, {self.url})"

    def member(self, nodes: Sequence[ClusterNode]) -> ClusterNode | None:
        """The node that it is already."""
        return next((node for node in nodes if node.id == self.facts.node_id and self.facts.swarm == "active"), None)


def unfit(arch: str, engine: str) -> list[str]:
    """Why a machine with that engine cannot be a node at all."""
    found = []
    if arch.startswith("armv6"):
        found.append("is ARMv6, on which Swarm has no networks; use a Pi 2 or newer, or a Zero 2")
    version = tuple(int(part) for part in re.findall(r"\d+", engine)[:2])
    if version and version < OLDEST:  # an engine built by hand may call itself anything
        found.append(f"its engine is {engine}, older than 20.10; upgrade it (Debian 12 has one)")
    return found


def _unfit(candidate: Candidate) -> list[str]:
    facts = candidate.facts
    found = unfit(facts.arch, facts.version)
    if facts.live_restore:
        setting = 'is set to "live-restore", which Swarm does not take; remove that from /etc/docker/daemon.json there'
        found.append(f"its engine {setting}")
    return [f"{candidate.name} ({candidate.url}): {why}" for why in found]


def joining_problems(candidates: Sequence[Candidate], nodes: Sequence[ClusterNode]) -> list[str]:
    """Everything that keeps one of them from joining."""
    found: list[str] = []
    for index, candidate in enumerate(candidates):
        found += _unfit(candidate)
        if candidate.member(nodes) is not None:
            continue
        found += _elsewhere(candidate)
        if any(earlier.name == candidate.name for earlier in candidates[:index]):
            found.append(f"{candidate.name}: two of those who shall join are called so; {_RENAME}")
        if there := next((node for node in nodes if node.name == candidate.name), None):
            if there.state == "ready":
                found.append(f"{candidate.name} ({candidate.url}): another node of the cluster is called so; {_RENAME}")
            else:
                remove = f"nanoswarm cluster leave {there.name}"
                found.append(
                    f"{candidate.name}: a node called so is in the cluster, and is {there.state}; if it is the same: {remove}"
                )
    return found


_RENAME = "give it a name of its own: sudo hostnamectl set-hostname NAME"


def _elsewhere(candidate: Candidate) -> list[str]:
    if candidate.facts.swarm == "inactive":
        return []
    leave = f"docker --host {candidate.url} swarm leave"
    return [f"{candidate.name} ({candidate.url}): is in another Swarm ({candidate.facts.swarm}); let it leave first: {leave}"]


def beginning_problems(candidate: Candidate, advertise: str | None) -> list[str]:
    """Why no cluster can begin there. One that manages a Swarm already is taken as it is."""
    facts = candidate.facts
    found = _unfit(candidate)
    if facts.swarm == "active" and facts.controls:
        if advertise not in (None, facts.address):
            found.append(
                f"{facts.name}: its Swarm is at {facts.address} already, and cannot move to {advertise}; leave out --advertise"
            )
    else:
        found += _elsewhere(candidate)
    return found


def leaving(name: str, nodes: Sequence[ClusterNode]) -> ClusterNode:
    """The node of that name or id. InputError when there is none, when there are two, or when it may not leave."""
    found = [node for node in nodes if name in (node.name, node.id)] or [
        node for node in nodes if len(name) >= 12 and node.id.startswith(name)
    ]
    if not found:
        near = difflib.get_close_matches(name, [node.name for node in nodes], n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(node.name for node in nodes)}"
        raise InputError([f"{name}: the cluster has no such node; {hint}"])
    if len(found) > 1:
        ids = ", ".join(f"{node.id[:12]} is {node.state}" for node in found)
        raise InputError([f"{name}: {len(found)} nodes are called so ({ids}); give the id of the one that shall leave"])
    others = [node.name for node in nodes if node.id != found[0].id]
    if found[0].role == "manager" and others:
        raise InputError([f"{name}: manages the cluster, and leaves it last; let the others leave first: {', '.join(others)}"])
    return found[0]


def losses(node: ClusterNode, nodes: Sequence[ClusterNode], words: Mapping[str, bool], labels: Labels | None) -> list[str]:
    """What the room will miss without the node. `words`: each word, and whether it is the only one of its kind."""
    alone = [word for word in words if _runs(node, word) and not any(_runs(other, word) for other in nodes if other != node)]
    data = [word for word in words if words[word] and _runs(node, word)]
    found = [f"{word} runs nowhere else: move it in labels.yml" for word in alone]
    found += [f"what {' and '.join(data)} stored stays on {node.name}, in its volumes"] if data else []
    if labels is not None and node.name in labels.nodes:
        found.append(f"labels.yml still names {node.name}: take it out there, or let it join again")
    return found


def _runs(node: ClusterNode, word: str) -> bool:
    return node.labels.get(word) == "true"
