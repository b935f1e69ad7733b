"""What a Swarm tells of a stack: its services, their tasks, and the configs and secrets they use."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "com.docker.stack.namespace"  # the label by which docker knows what is of a stack
SECRET = "nanoswarm.secret"  # noqa: S105  # the label of a secret that the kit made, and which one it is
LASTING = "nanoswarm.lasting"  # the label of one that stays as long as what is stored, which cannot be read without it
ENDED = ("complete", "failed", "shutdown", "rejected", "orphaned", "remove")

Spec = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A service as its Swarm runs it, in the words of a stack."""

    id: str
    name: str  # without its stack
    version: int  # grows with every change, also with one that changes nothing
    spec: Spec  # as the engine's API has it
    before: Spec | None  # what `docker service rollback` goes back to
    update: str  # updating, completed, paused, rollback_started, rollback_completed ...; empty when never updated
    update_says: str

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.spec.get("Labels") or {})

    @property
    def image(self) -> str:
        return str(_container(self.spec).get("Image", ""))

    @property
    def environment(self) -> dict[str, str]:
        return dict(entry.partition("=")[::2] for entry in _container(self.spec).get("Env") or ())

    @property
    def constraints(self) -> list[str]:
        """Without spaces, as they may be written either way."""
        placement = self.spec.get("TaskTemplate", {}).get("Placement") or {}
        return [constraint.replace(" ", "") for constraint in placement.get("Constraints") or ()]

    @property
    def replicas(self) -> int | None:
        """How many tasks; None for one on each node."""
        return (self.spec.get("Mode", {}).get("Replicated") or {}).get("Replicas")

    @property
    def is_global(self) -> bool:
        return "Global" in self.spec.get("Mode", {})

    @property
    def sources(self) -> set[str]:
        """The names of the configs and secrets it uses."""
        return _sources(self.spec)

    @property
    def held(self) -> set[str]:
        """Those, and the ones that it would use again after a rollback."""
        return self.sources | (_sources(self.before) if self.before else set())


@dataclass(frozen=True)
class Task:
    """One task: what Swarm wants of it, and how far it is."""

    id: str
    service: str  # the service's id
    node: str  # the node's id; empty while none is chosen
    slot: int
    wanted: str  # running, shutdown, remove ...
    state: str  # new, pending, assigned, preparing, starting, running, complete, failed, rejected ...
    why: str  # what went wrong
    at: str  # when it came to this state, in a form that sorts
    spec: Spec  # of the service when it was made
    addresses: tuple[str, ...] = ()  # on the networks it is on

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def is_of(self, service: Service) -> bool:
        """It runs what the service is now. Swarm keeps a task whose placement alone has changed."""
        return _what_runs(self.spec) == _what_runs(service.spec.get("TaskTemplate", {}))


@dataclass(frozen=True)
class Named:
    """A config or a secret of ours."""

    id: str
    name: str
    kind: str  # config or secret
    labels: Mapping[str, str]
    created: str
    data: str = ""  # what a config holds; of a secret nobody is told


def service_of(attrs: dict[str, Any], stack: str) -> Service:
    update = attrs.get("UpdateStatus") or {}
    return Service(
        id=attrs["ID"],
        name=attrs["Spec"]["Name"].removeprefix(f"{stack}_"),
        version=attrs["Version"]["Index"],
        spec=attrs["Spec"],
        before=attrs.get("PreviousSpec"),
        update=update.get("State", ""),
        update_says=update.get("Message", ""),
    )


def task_of(attrs: dict[str, Any]) -> Task:
    status = attrs["Status"]
    return Task(
        id=attrs["ID"],
        service=attrs["ServiceID"],
        node=attrs.get("NodeID", ""),
        slot=attrs.get("Slot", 0),
        wanted=attrs["DesiredState"],
        state=status["State"],
        why=status.get("Err", ""),
        at=status["Timestamp"],
        spec=attrs["Spec"],
        addresses=tuple(
            address.partition("/")[0]
            for attached in attrs.get("NetworksAttachments") or ()
            for address in attached.get("Addresses") or ()
        ),
    )


def named_of(attrs: dict[str, Any], kind: str) -> Named:
    spec = attrs["Spec"]
    data = base64.b64decode(spec.get("Data") or "").decode(errors="replace")
    return Named(attrs["ID"], spec["Name"], kind, dict(spec.get("Labels") or {}), attrs["CreatedAt"], data)


def _container(spec: Spec) -> Spec:
    found = spec.get("TaskTemplate", {}).get("ContainerSpec")
    return found if isinstance(found, dict) else {}


def _sources(spec: Spec) -> set[str]:
    container = _container(spec)
    configs = {entry["ConfigName"] for entry in container.get("Configs") or ()}
    return configs | {entry["SecretName"] for entry in container.get("Secrets") or ()}


def _what_runs(template: Spec) -> Spec:
    """A task's own does not say its kind of runtime, which a service's does."""
    return {key: value for key, value in template.items() if key not in ("Placement", "Runtime")}
