"""One nanoservice less: nothing ends before a copy of it has been proven, and the others keep their tasks.

The backup comes first, then labels.yml, then the cluster: what was begun and did not end, the same command finishes.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm import deploying, docker_program, labels_apply, labels_edit, labels_rules, services_labels, stack_plan
from swarm.context import Context
from swarm.engine import Engine
from swarm.engine_stack import Service
from swarm.errors import DeployError, EngineError
from swarm.labels_plan import Change
from swarm.services_labels import LabelsText
from swarm.stack import NAME

LOOK_S = 0.1


@dataclass(frozen=True)
class Plan:
    """`nodes`: that labels.yml has it on; `service`: what runs of it; `volumes`: what it stored in stays."""

    word: str
    nodes: Sequence[str]
    text: str
    service: Service | None
    labelling: Sequence[Change]
    volumes: Sequence[str]
    warnings: Sequence[str]

    @property
    def is_empty(self) -> bool:
        return not self.nodes and self.service is None and not self.labelling

    @property
    def lines(self) -> list[str]:
        return [
            *(f"labels.yml: {name} runs {self.word} no more" for name in self.nodes),
            *([f"remove {self.word}"] if self.service is not None else []),
            *map(str, self.labelling),
        ]

    def commands(self, url: str) -> list[str]:
        """The same by hand, but for the backup."""
        if self.is_empty:
            return ["# nothing to do"]
        removal = [] if self.service is None else [docker_program.shown(url, "service", "rm", f"{NAME}_{self.word}")]
        return [
            *(f"# labels.yml: take {self.word} out of the `run` of {name}" for name in self.nodes),
            *removal,
            *(docker_program.shown(url, *change.command) for change in self.labelling),
        ]

    def plain(self) -> dict[str, Any]:
        return {"service": self.word, "changes": self.lines, "volumes": list(self.volumes), "warnings": list(self.warnings)}


class Removing:
    """Of one service from one cluster."""

    def __init__(self, cluster: Context, path: Path, name: str):
        self.engine = Engine(cluster.manager)
        self._kit = deploying.load_kit()
        self._word = services_labels.known(name, self._kit.words)
        self._file = LabelsText(path, cluster)

    def plan(self) -> Plan:
        """InputError when labels.yml cannot be edited so; nothing has been changed then."""
        name, labels = self._word.name, self._file.labels
        nodes = labels.running(name)
        text = labels_edit.without_word(self._file.before, list(labels.nodes), name)
        left = self._file.understood(text)
        service = next((each for each in self.engine.services(NAME) if each.name == name), None)
        labelling = services_labels.labelling(name, left.running(name), labels.nodes, self.engine.nodes())
        volumes = [f"{NAME}_{volume}" for volume in self._kit.fragments[name].get("volumes", {})]
        callers = labels_rules.lacking(left, self._kit.words).get(name, [])
        warnings = [f"{', '.join(callers)} will ask {name} in vain"] if callers else []
        return Plan(name, nodes, text, service, labelling, volumes, warnings)

    def apply(self, plan: Plan, within_s: float) -> None:
        """DeployError when its tasks do not stop in time; do it again then."""
        if plan.text != self._file.before:
            labels_edit.write(self._file.path, plan.text, self._file.before)
        if plan.service is not None:
            docker_program.run(self.engine.url, "service", "rm", plan.service.id)
            self._until_stopped(plan.service, within_s)
        for change in plan.labelling:
            labels_apply.relabel(self.engine, change)
        for each in stack_plan.obsolete(self.engine.configs_and_secrets(), self.engine.services(NAME)):
            if each.kind == "config":  # its secrets stay: with them it can be what it was
                with contextlib.suppress(EngineError):
                    self.engine.remove(each)

    def _until_stopped(self, service: Service, within_s: float) -> None:
        until = time.monotonic() + within_s
        while not all(task.has_ended for task in self.engine.tasks(NAME) if task.service == service.id):
            if time.monotonic() > until:
                raise DeployError(f"some tasks of {service.name} still run after {within_s:g} s: nanoswarm stack ps")
            time.sleep(LOOK_S)
