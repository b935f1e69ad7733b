"""Makes the nodes of a cluster what labels.yml says they are."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from swarm import files, labels_cluster, labels_here, labels_plan, words
from swarm.context import Context
from swarm.engine import ClusterNode, Engine
from swarm.errors import EngineError, LabelsError
from swarm.labels_plan import Change
from swarm.labels_rules import Finding

TRIES = 10
OUT_OF_SEQUENCE = "update out of sequence"  # what an engine says when somebody else was quicker


@dataclass(frozen=True)
class Plan:
    changes: list[Change]
    warnings: list[str]


class Labelling:
    """Of one cluster, by one labels.yml. `without`: nodes that are left as they are."""

    def __init__(self, engine: Engine, cluster: Context, path: Path, without: Collection[str] = ()):
        self.engine = engine
        self._labels, self._path, self._without = labels_here.read(path, cluster), path, without
        self._words = list(words.discover())

    def plan(self) -> Plan:
        """LabelsError with everything that is wrong, each with its line; nothing has been changed then."""
        nodes = self.engine.nodes()
        if wrong := labels_cluster.problems(self._labels, nodes, self._without):
            raise LabelsError(self._located(wrong))
        odd = labels_cluster.warnings(self._labels, nodes, self._words, self._without)
        return Plan(self._changes(nodes), [*self._labels.warnings, *self._located(odd)])

    def apply(self, plan: Plan) -> None:
        """EngineError when it is not so afterwards."""
        for change in plan.changes:
            relabel(self.engine, change)
        if left := self._changes(self.engine.nodes()):
            raise EngineError(f"somebody else has just labelled too; left to do: {'; '.join(map(str, left))}; apply again")

    def _changes(self, nodes: list[ClusterNode]) -> list[Change]:
        return labels_plan.changes(self._labels, nodes, self._words, self._without)

    def _located(self, found: list[Finding]) -> list[str]:
        document = files.read(self._path)
        return [f"{document.at(trail)}: {says}" for trail, says in found]


def relabel(engine: Engine, change: Change) -> None:
    for tried in range(1, TRIES + 1):
        try:
            engine.relabel(change.node.id, change.put, change.drop)  # reads the node anew
            return
        except EngineError as error:
            if OUT_OF_SEQUENCE not in str(error) or tried == TRIES:
                raise
