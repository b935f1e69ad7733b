"""One nanoservice more: its word in labels.yml, its label on the nodes, its part of the stack; the others keep their tasks.

Each step is the same done twice, and labels.yml comes first: what was begun and did not end, the same command finishes.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm import deploying, docker_program, labels_apply, labels_edit, services_labels, services_place, stack
from swarm.context import Context
from swarm.deploying import Deployment
from swarm.engine import Engine
from swarm.errors import EngineError
from swarm.images_lock import ImagesLock
from swarm.labels_plan import Change
from swarm.services_labels import LabelsText


@dataclass(frozen=True)
class Plan:
    """`nodes`: where it will run; `text`: of labels.yml then; `labelling`, `deploy`: what that changes of the cluster."""

    word: str
    nodes: Sequence[str]
    added: Sequence[str]
    text: str
    labelling: Sequence[Change]
    deploy: deploying.Plan

    @property
    def is_empty(self) -> bool:
        return not self.added and not self.labelling and self.deploy.is_empty

    @property
    def lines(self) -> list[str]:
        return [
            *(f"labels.yml: {name} runs {self.word}" for name in self.added),
            *map(str, self.labelling),
            *map(str, self.deploy.changes),
            *(f"make the secret {name}" for name in self.deploy.missing),
        ]

    def commands(self, url: str) -> list[str]:
        """The same by hand."""
        if self.is_empty:
            return ["# nothing to do"]
        return [
            *(f"# labels.yml: add {self.word} to the `run` of {name}" for name in self.added),
            *(docker_program.shown(url, *change.command) for change in self.labelling),
            *([] if self.deploy.is_empty else deploying.shown(url, self.deploy)),
        ]

    def plain(self) -> dict[str, Any]:
        return {"service": self.word, "nodes": list(self.nodes), "changes": self.lines}


class Adding:
    """Of one service to one cluster. `nodes`: where the admin wants it; none for where labels.yml leaves no choice."""

    def __init__(self, cluster: Context, path: Path, lock: ImagesLock, name: str, nodes: Sequence[str] = ()):
        self.engine = Engine(cluster.manager)
        self._cluster, self._lock, self._wanted = cluster, lock, nodes
        self._kit = deploying.load_kit()
        self._word = services_labels.known(name, self._kit.words)
        self._file = LabelsText(path, cluster)

    def plan(self) -> Plan:
        """InputError with everything that would keep it from running; nothing has been changed then."""
        name, labels = self._word.name, self._file.labels
        nodes = services_place.chosen(self._word, labels, self._wanted, self._holding())
        text = labels_edit.with_word(self._file.before, nodes, name)
        labelled = self._file.understood(text)
        running = labelled.running(name)
        labelling = services_labels.labelling(name, running, labels.nodes, self.engine.nodes())
        self.deployment = Deployment(self._cluster, labelled, self._lock, only=name)
        added = [node for node in running if node not in labels.running(name)]
        return Plan(name, running, added, text, labelling, self.deployment.plan(labelling))

    def apply(self, plan: Plan, made: Callable[[str, str], None]) -> deploying.Plan:
        """What was deployed, to be watched."""
        if plan.text != self._file.before:
            labels_edit.write(self._file.path, plan.text, self._file.before)
        for change in plan.labelling:
            labels_apply.relabel(self.engine, change)
        return self.deployment.apply(plan.deploy, made)

    def _holding(self) -> set[str]:
        """The nodes that have a volume of it, of those that we can ask."""
        volumes = [f"{stack.NAME}_{name}" for name in self._kit.fragments[self._word.name].get("volumes", {})]
        if not volumes or self._wanted:
            return set()
        found = set()
        for name, url in self._cluster.nodes.items():
            with contextlib.suppress(EngineError):
                if any(Engine(url).has_volume(volume) for volume in volumes):
                    found.add(name)
        return found
