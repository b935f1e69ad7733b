"""Brings the room up on a cluster: reads both, plans, makes the secrets, deploys, and watches until it runs.

A plan is made of what is read at once; before it is carried out all of it is read again, so that two admins do not undo
each other's work unseen.
"""

import hashlib
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm import (
    cluster_lock,
    docker_program,
    fragments,
    keeping,
    labels_plan,
    preflight,
    stack,
    stack_images,
    stack_plan,
    stack_watch,
    words,
)
from swarm.context import Context
from swarm.engine import ClusterNode, Engine
from swarm.engine_stack import LASTING, SECRET, Named, Service
from swarm.errors import DeployError, DockerError, EngineError, InputError
from swarm.images_lock import ImagesLock
from swarm.labels import Labels
from swarm.labels_plan import Change as NodeChange
from swarm.stack import NAME, Kit, Stack
from swarm.stack_plan import Change
from swarm.stack_watch import Progress

ADMIN_TOKEN = "admin-token"  # noqa: S105  # its name
LOOK_S = 0.25
TRIES = 3
_OUT_OF_SEQUENCE = "update out of sequence"


@dataclass(frozen=True)
class Plan:
    """What is there, what is to be, and what of it would change."""

    stack: Stack
    files: dict[str, str]
    nodes: Sequence[ClusterNode]
    services: Sequence[Service]
    named: Sequence[Named]
    changes: Sequence[Change]
    missing: Sequence[str]  # secrets, by their own names

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.missing


def load_kit() -> Kit:
    return Kit(words.discover(), fragments.discover(), fragments.every())


class Deployment:
    """Of one labels.yml to one cluster; with `only`, of that service, and the others are as they are."""

    def __init__(
        self, cluster: Context, labels: Labels, lock: ImagesLock, without: Sequence[str] = (), only: str | None = None
    ):
        self.engine = Engine(cluster.manager)
        self.kit = load_kit() if only is None else load_kit().only(only)
        self._only = only
        self._cluster, self._labels, self._lock, self._without = cluster, labels, lock, without

    def plan(self, labelling: Sequence[NodeChange] = ()) -> Plan:
        """InputError with everything that would keep it from running; nothing has been changed then.

        `labelling`: what the nodes will have been labelled before the plan is carried out.
        """
        nodes, services = labels_plan.labelled(self.engine.nodes(), labelling), self.engine.services(NAME)
        named = self.engine.configs_and_secrets()
        cluster_lock.refuse_if_exclusive(named)
        images = stack_images.references(self.kit, self._labels, self._lock, nodes)
        asked = sorted({name for word in images for name in self.kit.secrets_of(word)})
        known = {name: there for name in asked if (there := stack_plan.current_secret(name, named, services))}
        kept = stack_plan.kept_places(stack.place_texts(self.kit, self._labels, {}), named, services)
        wanted = stack.render(self.kit, self._labels, images, known, simulated=self._cluster.simulated, kept=kept)
        mine = [service for service in services if self._only in (None, service.name)]
        labels = self._labels if self._only is None else self._labels.only(self._only)
        wrong = preflight.problems(wanted, labels, nodes, mine, self._without)
        wrong = wrong or stack_images.problems(self._cluster, self._labels, self._lock, images)
        if wrong:
            raise InputError(wrong)
        missing = [name for name in asked if name not in known]
        files = stack.place_files(self.kit, self._labels, kept)
        return Plan(wanted, files, nodes, services, named, stack_plan.changes(wanted, mine), missing)

    def apply(self, shown: Plan, made: Callable[[str, str], None]) -> Plan:
        """Carry the plan out; `made` is told each secret that is made, by name, and its value. What was deployed.

        DeployError when somebody else changed the cluster in the meantime, so that it is not what was shown.
        """
        for name in shown.missing:
            value, labels = secrets.token_hex(24), {SECRET: name}
            if name in self.kit.lasting:  # there was such a cluster, perhaps: what it stored is to be read again
                value, labels = keeping.kept(name) or value, {**labels, LASTING: "what is stored needs it"}
                keeping.keep(name, value)
            self.engine.make_secret(secret_name(name, value), value.encode(), labels)
            made(name, value)
        for tried in range(1, TRIES + 1):
            plan = self.plan()
            if surprising := surprises(shown, plan):
                raise DeployError(f"somebody else has just changed {', '.join(surprising)}; look at it, then deploy again")
            if plan.is_empty:
                break
            try:
                _deploy(self.engine.url, plan)
                break
            except DockerError as error:
                if _OUT_OF_SEQUENCE not in str(error) or tried == TRIES:
                    raise
        return plan

    def progress(self, plan: Plan) -> list[Progress]:
        return stack_watch.look(plan.stack, self.engine.services(NAME), self.engine.tasks(NAME), self.engine.nodes())

    def watch(self, plan: Plan, within_s: float, show: Callable[[Sequence[Progress]], None]) -> None:
        """Until every service runs. DeployError says of each that does not what it is, and why."""
        until = time.monotonic() + within_s
        while True:
            found = self.progress(plan)
            show(found)
            if all(each.done for each in found):
                return
            settled = all(each.done or each.failed for each in found)
            if settled or time.monotonic() > until:
                raise DeployError(self._complaint(found, None if settled else within_s))
            time.sleep(LOOK_S)

    def tidy(self) -> list[str]:
        """Remove configs and secrets of ours that nothing uses or would roll back to; their names."""
        found = stack_plan.obsolete(self.engine.configs_and_secrets(), self.engine.services(NAME))
        return [each.name for each in found if _gone(self.engine, each)]

    def _complaint(self, found: Sequence[Progress], within_s: float | None) -> str:
        services = {service.name: service for service in self.engine.services(NAME)}
        lines = [] if within_s is None else [f"not all of the room runs after {within_s:g} s:"]
        for each in found:
            if each.done:
                continue
            lines.append(f"  {each}")
            if each.state == "rolled back":
                lines.append("    what ran before runs again")
            if each.word in services and (words := self.engine.last_words(services[each.word].id)):
                lines += [f"    it said: {line}" for line in words.splitlines()]
        return "\n".join(lines)


def surprises(shown: Plan, now: Plan) -> list[str]:
    """Services that are not yet as wanted, and no longer as they were when the plan was shown."""
    before, there = ({service.name: service.spec for service in plan.services} for plan in (shown, now))
    return [change.word for change in now.changes if there.get(change.word) != before.get(change.word)]


def secret_name(name: str, value: str) -> str:
    """A new value has a new name, as Swarm's secrets cannot be changed. Of a long random one a digest tells nothing."""
    return f"{name}-{hashlib.sha256(value.encode()).hexdigest()[:12]}"


def command(folder: str, plan: Plan) -> list[str]:
    """What docker is asked to do."""
    prune = ["--prune"] if any(change.verb == "remove" for change in plan.changes) else []
    return ["stack", "deploy", "--resolve-image", "never", *prune, "--compose-file", f"{folder}/{NAME}.yml", NAME]


def shown(url: str, plan: Plan) -> list[str]:
    """The commands that a plan stands for, for people. Values go through stdin, so that nobody sees them."""
    if plan.is_empty:
        return ["# nothing to do"]
    create = docker_program.shown(url, "secret", "create", "NAME", "-").rpartition(" NAME ")[0]
    made = [f"openssl rand -hex 24 | {create} {name} -" for name in plan.missing]
    return [*made, "nanoswarm stack show --output .", docker_program.shown(url, *command(".", plan))]


def _deploy(url: str, plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), plan.stack, plan.files)
        docker_program.run(url, *command(folder, plan))


def write(folder: Path, rendered: Stack, files: dict[str, str]) -> None:
    """The stack and what it is made of, so that docker alone can deploy it."""
    for name, text in {f"{NAME}.yml": stack.text(rendered), **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def left(engine: Engine) -> list[Named]:
    """The configs and secrets of the room, whoever uses them, but for those that stay with what is stored."""
    return [each for each in engine.configs_and_secrets() if stack_plan.is_passing(each)]


def remove(engine: Engine, within_s: float) -> None:
    """The whole stack, its configs, secrets and network; not its volumes, nor their key. DeployError when it takes too long."""
    docker_program.run(engine.url, "stack", "rm", NAME)
    until = time.monotonic() + within_s
    while not all(task.has_ended for task in engine.tasks(NAME)):
        if time.monotonic() > until:
            raise DeployError(f"some tasks of the room still run after {within_s:g} s: nanoswarm stack ps")
        time.sleep(LOOK_S)
    for each in left(engine):
        engine.remove(each)


def _gone(engine: Engine, named: Named) -> bool:
    try:
        engine.remove(named)
    except EngineError:  # somebody uses it since
        return False
    return True
