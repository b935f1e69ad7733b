"""Looks at all of a room: its nodes, labels, images, secrets, services and names; and repairs what a command can repair.

Tasks are asked from inside, by their node's engine (asking_tasks.py). A node whose engine we do not know is left out, and
that is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from swarm import asking_tasks, cluster, docker_program, doctor_findings, images_lock, labels_apply, labels_here, labels_plan
from swarm import stack as stacks
from swarm.context import Context
from swarm.deploying import Deployment
from swarm.doctor_findings import LABELS, NAMES, Finding
from swarm.engine import ClusterNode, Engine
from swarm.engine_cluster import Facts
from swarm.errors import InputError, LabelsError, SwarmError
from swarm.labels import Labels
from swarm.labels_plan import Change
from swarm.stack_watch import rows
from swarm.words import discover

At = Callable[[str], None]


@dataclass
class Examined:
    """`left_out`: what could not be looked at."""

    findings: list[Finding] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    labelling: list[Change] = field(default_factory=list)

    @property
    def fixable(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.fix]


class Doctor:
    """For one cluster and one labels.yml. Nothing is changed but by `fix`."""

    def __init__(self, there: Context, path: Path, lock: Path):
        self.manager = Engine(there.manager)
        self._cluster, self._path, self._lock = there, path, lock

    def examine(self, at: At) -> Examined:
        """EngineError when not even the manager answers."""
        found, members = Examined(), self.manager.nodes()
        at("the nodes")
        up = {node.name for node in members if node.state == "ready"}
        engines = {name: Engine(url) for name, url in self._cluster.nodes.items() if name in up}
        found.left_out += [f"{name}: its engine is not known here" for name in sorted(up - engines.keys())]
        answers = cluster.facts(engines)
        facts = {name: each for name, each in answers.items() if isinstance(each, Facts)}
        silent = {name: str(each) for name, each in answers.items() if not isinstance(each, Facts)}
        found.findings += doctor_findings.nodes(members, silent)
        at("the services and their names")
        self._services(found, members, {name: engines[name] for name in facts}, facts)
        at("labels, images and secrets")
        self._configuration(found, members)
        return found

    def fix(self, found: Examined) -> None:
        """What `fix` of the findings says: labels made true, and services whose names are stale given new tasks."""
        for change in found.labelling:
            labels_apply.relabel(self.manager, change)
        stale = {finding.fix.removeprefix("renew ") for finding in found.findings if finding.kind == NAMES and finding.fix}
        for name in sorted(stale):
            docker_program.run(self.manager.url, *renewal(name))

    def _services(
        self, found: Examined, members: Sequence[ClusterNode], engines: dict[str, Engine], facts: dict[str, Facts]
    ) -> None:
        services = self.manager.services(stacks.NAME)
        told, _ = asking_tasks.ask(engines, [service.name for service in services])
        tasks = self.manager.tasks(stacks.NAME)
        found.findings += doctor_findings.machines(facts, told)
        found.findings += doctor_findings.tasks(rows(services, tasks, members), told)
        found.findings += doctor_findings.names(told, services, tasks)

    def _configuration(self, found: Examined, members: Sequence[ClusterNode]) -> None:
        try:
            labels = labels_here.read(self._path, self._cluster)
        except LabelsError as error:
            found.findings += [
                Finding(LABELS, "labels.yml", problem, "mend it: nanoswarm labels check") for problem in error.problems
            ]
            return
        found.labelling = labels_plan.changes(labels, members, list(discover()))
        found.findings += doctor_findings.labels(found.labelling)
        found.findings += self._deployment(labels, members)

    def _deployment(self, labels: Labels, members: Sequence[ClusterNode]) -> list[Finding]:
        down = [node.name for node in members if not node.ready and labels.nodes.get(node.name)]
        try:
            deployment = Deployment(self._cluster, labels, images_lock.load(self._lock), down)
            plan = deployment.plan()
        except SwarmError as error:
            problems = error.problems if isinstance(error, InputError) else [str(error)]
            known = [problem for problem in problems if "nanoswarm labels apply" not in problem]  # said above
            return list(doctor_findings.deploy(known, [], [], set()))
        return list(doctor_findings.deploy([], plan.changes, plan.missing, deployment.kit.lasting))


def renewal(name: str) -> tuple[str, ...]:
    """New tasks of a service, which tell their addresses anew."""
    return ("service", "update", "--force", "--quiet", "--detach=false", f"{stacks.NAME}_{name}")
