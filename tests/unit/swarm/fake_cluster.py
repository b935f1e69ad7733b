"""Engines that form a Swarm and remember. tests/lab/test_cluster.py and test_labels.py play the same sentences to real ones."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from swarm.engine import ClusterNode
from swarm.engine_cluster import Facts
from swarm.errors import EngineError

TOKEN = "SWMTKN-1-a-secret-that-nobody-may-see"


def facts(name: str, **other: object) -> Facts:
    plain = Facts(name, "x86_64", "20.10.24", True, False, "inactive", "", "", False, (), ())
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


def node(name: str, **other: object) -> ClusterNode:
    plain = ClusterNode(f"id-of-{name}", name, "worker", "ready", "active", "192.0.2.9", "x86_64", "20.10.24", {})
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


@dataclass
class FakeEngine:
    """`told` holds what it was told, in order."""

    url: str
    cluster: "FakeCluster"
    says: Facts
    told: list[str] = field(default_factory=list)
    out_of_sequence: int = 0  # how many of the next updates come too late
    broken: str = ""

    def facts(self) -> Facts:
        if not self.url.startswith("unix:///there"):
            raise EngineError(f"{self.url}: does not answer; does the engine run?")
        return self.says

    def nodes(self) -> list[ClusterNode]:
        return sorted(self.cluster.nodes.values(), key=lambda each: each.name)

    def worker_token(self) -> str:
        return TOKEN

    def swarm_init(self, address: str | None) -> str:
        self.told.append(f"init {address}")
        self._enter("manager", address or "192.0.2.1")
        return TOKEN

    def swarm_join(self, managers: Sequence[str], token: str, address: str | None) -> None:
        self.told.append(f"join {list(managers)} {address}")
        if self.broken:
            raise EngineError(f"{self.url}: {self.broken.format(token=token)}")
        assert token == TOKEN
        self._enter("worker", address or f"192.0.2.{20 + len(self.cluster.nodes)}")

    def swarm_leave(self, *, force: bool) -> None:
        self.told.append("leave --force" if force else "leave")
        self.says = facts(self.says.name)

    def relabel(self, node_id: str, put: Mapping[str, str], drop: Collection[str]) -> None:
        if self.out_of_sequence:
            self.out_of_sequence -= 1
            self.cluster.meanwhile()
            raise EngineError("rpc error: code = Unknown desc = update out of sequence")
        there = self.cluster.nodes[node_id]
        labels = {name: value for name, value in there.labels.items() if name not in drop} | dict(put)
        self.cluster.nodes[node_id] = dataclasses.replace(there, labels=labels)
        self.told.append(f"relabel {there.name}")

    def drain(self, node_id: str) -> None:
        self.told.append(f"drain {self.cluster.nodes[node_id].name}")

    def tasks_on(self, node_id: str) -> list[str]:
        return self.cluster.tasks.get(node_id, [])

    def remove_node(self, node_id: str) -> None:
        self.told.append(f"remove {self.cluster.nodes.pop(node_id).name}")

    def _enter(self, role: str, address: str) -> None:
        made = node(self.says.name, role=role, address=address)
        self.cluster.nodes[made.id] = made
        controls, managers = role == "manager", ("192.0.2.1:2377",)
        self.says = dataclasses.replace(
            self.says, swarm="active", node_id=made.id, address=address, controls=controls, managers=managers
        )


@dataclass
class FakeCluster:
    """Machines by their name, each with an engine at unix:///there/NAME."""

    engines: dict[str, FakeEngine] = field(default_factory=dict)
    nodes: dict[str, ClusterNode] = field(default_factory=dict)
    tasks: dict[str, list[str]] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)  # what somebody else labels a node while we are at it

    def machine(self, name: str, **other: object) -> FakeEngine:
        url = f"unix:///there/{name}"
        self.engines[url] = FakeEngine(url, self, facts(name, **other))
        return self.engines[url]

    def engine(self, url: str) -> FakeEngine:
        return self.engines.get(url) or FakeEngine(url, self, facts("nobody"))

    def label(self, name: str, labels: Mapping[str, str]) -> None:
        found = self.nodes[f"id-of-{name}"]
        self.nodes[found.id] = dataclasses.replace(found, labels=dict(labels))

    def labels(self, name: str) -> dict[str, str]:
        return self.nodes[f"id-of-{name}"].labels

    def meanwhile(self) -> None:
        for name, label in self.foreign.items():
            self.label(name, {**self.labels(name), label: "theirs"})
