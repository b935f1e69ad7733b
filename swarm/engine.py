"""The door to docker-py: one Docker engine, by its URL, in the kit's words and with the kit's errors."""

import contextlib
import functools
import http.client
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import docker
import docker.context
import docker.errors
import requests

from swarm import engine_registry, engine_trial
from swarm.engine_cluster import ClusterNode as ClusterNode
from swarm.engine_cluster import Facts, facts_of, node_of
from swarm.engine_containers import Container, container_of
from swarm.engine_images import Image, Layer, history_of, image_of
from swarm.engine_registry import Kept
from swarm.engine_stack import NAMESPACE, Named, Service, Task, named_of, service_of, task_of
from swarm.engine_trial import Trial, Tried
from swarm.errors import EngineError, InputError
from swarm.ssh import Tunnel

TIMEOUT_S = 60
STILL_THERE = ("assigned", "accepted", "preparing", "ready", "starting", "running")  # states of a task


class Engine:
    """A Docker engine, reached when it is first asked. Every method raises EngineError, which names it and what it said."""

    def __init__(self, url: str):
        self.url = url
        self._tunnel: Tunnel | None = None

    @functools.cached_property
    def _client(self) -> Any:
        if self.url.startswith("ssh://"):
            self._tunnel = Tunnel(self.url)
        url = self.url if self._tunnel is None else self._tunnel.url
        client = docker.DockerClient(base_url=url, timeout=TIMEOUT_S, version="auto")  # new engines refuse old versions
        weakref.finalize(self, client.close)
        return client

    def ping(self) -> None:
        with self._errors():
            self._client.ping()

    def version(self) -> str:
        with self._errors():
            return str(self._client.version()["Version"])

    def facts(self) -> Facts:
        with self._errors():
            return facts_of(self._client.info())

    # --- images ---------------------------------------------------------------------------------------------------

    def arch(self) -> str:
        """What it runs on, in the words of images: amd64, arm64, arm."""
        with self._errors():
            return str(self._client.version()["Arch"])

    def image(self, reference: str) -> Image | None:
        """The image of that name, id or digest, if the engine has it."""
        with self._errors():
            try:
                return image_of(self._client.images.get(reference).attrs)
            except docker.errors.ImageNotFound:
                return None

    def history(self, image_id: str) -> list[Layer]:
        """How the image was made, the oldest first."""
        with self._errors():
            return history_of(self._client.api.history(image_id))

    def remove_image(self, image_id: str) -> None:
        """None when it is gone already, or a container still needs it."""
        with self._errors(), contextlib.suppress(docker.errors.ImageNotFound):
            try:
                self._client.api.remove_image(image_id)
            except docker.errors.APIError as error:
                if error.status_code != http.client.CONFLICT:
                    raise

    def writable(self) -> dict[str, int]:
        """Bytes in the writable layers of the containers that run now, by image."""
        with self._errors():
            return engine_trial.all_written(self._client)

    def try_out(self, trial: Trial) -> Tried:
        """Run it for a moment, and remove it."""
        with self._errors():
            return engine_trial.run(self._client, trial)

    def has_volume(self, name: str) -> bool:
        with self._errors():
            try:
                self._client.volumes.get(name)
            except docker.errors.NotFound:
                return False
            return True

    def containers(self) -> list[Container]:
        """Those that run on this engine now."""
        with self._errors():
            return [container_of(found.attrs) for found in self._client.containers.list(ignore_removed=True)]

    def run_inside(self, container_id: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a program inside a container that runs: its exit code, and what it printed."""
        with self._errors():
            ended = self._client.containers.get(container_id).exec_run(list(command))
            return int(ended.exit_code), ended.output.decode(errors="replace")

    def pull(self, reference: str) -> None:
        with self._errors():
            self._client.images.pull(reference)

    def keep(self, kept: Kept) -> None:
        """Run that container, now and after each reboot."""
        with self._errors():
            engine_registry.run(self._client, kept)

    def kept(self, name: str) -> str | None:
        """At which host:port of the machine the container of that name is reached; None when there is none."""
        with self._errors():
            try:
                return engine_registry.published(self._client.containers.get(name).attrs)
            except docker.errors.NotFound:
                return None

    def discard(self, name: str, volume: str | None = None) -> None:
        """End and remove the container of that name, and the volume; none when they are gone already."""
        with self._errors(), contextlib.suppress(docker.errors.NotFound):
            self._client.containers.get(name).remove(force=True)
        if volume is not None:
            with self._errors(), contextlib.suppress(docker.errors.NotFound):
                self._client.volumes.get(volume).remove()

    # --- the Swarm ------------------------------------------------------------------------------------------------

    def swarm_init(self, address: str | None) -> str:
        """Begin a Swarm at `address`, or where the engine thinks best; the token that workers join with."""
        with self._errors():
            self._client.swarm.init(advertise_addr=address, listen_addr=f"{address or '0.0.0.0'}:2377")
        return self.worker_token()

    def worker_token(self) -> str:
        """What workers join with. It goes to nobody but them: into no argument, log or message."""
        with self._errors():
            self._client.swarm.reload()
            return str(self._client.swarm.attrs["JoinTokens"]["Worker"])

    def swarm_join(self, managers: Sequence[str], token: str, address: str | None) -> None:
        with self._errors():
            self._client.swarm.join(
                remote_addrs=list(managers),
                join_token=token,
                advertise_addr=address,
                listen_addr=f"{address or '0.0.0.0'}:2377",
            )

    def swarm_leave(self, *, force: bool) -> None:
        """`force`: also the last manager, with whom the Swarm ends."""
        with self._errors():
            self._client.swarm.leave(force=force)

    def nodes(self) -> list[ClusterNode]:
        """Every node of the Swarm, by name."""
        with self._errors():
            return sorted((node_of(node.attrs) for node in self._client.nodes.list()), key=lambda node: node.name)

    def label_node(self, name: str, labels: Mapping[str, str]) -> None:
        """Make these the labels of the node, and no others."""
        with self._errors():
            found = [node for node in self._client.nodes.list() if node.attrs["Description"]["Hostname"] == name]
            if len(found) != 1:  # filters would match the beginnings of names
                raise EngineError(f"{self.url}: {len(found) or 'no'} nodes are called {name}")
            spec = found[0].attrs["Spec"]  # what is not given back is dropped
            found[0].update({**spec, "Labels": dict(labels)})

    def relabel(self, node_id: str, put: Mapping[str, str], drop: Collection[str]) -> None:
        """Change these labels of the node as it is now, and no others."""
        with self._errors():
            node = self._client.nodes.get(node_id)
            labels = {name: value for name, value in (node.attrs["Spec"].get("Labels") or {}).items() if name not in drop}
            node.update({**node.attrs["Spec"], "Labels": {**labels, **put}})

    def drain(self, node_id: str) -> None:
        """Let no task stay there."""
        with self._errors():
            node = self._client.nodes.get(node_id)
            node.update({**node.attrs["Spec"], "Availability": "drain"})

    def tasks_on(self, node_id: str) -> list[str]:
        """The services, by id, whose tasks have not yet stopped there."""
        with self._errors():
            told = self._client.api.tasks(filters={"node": node_id})
            return [
                str(task["ServiceID"]) for task in told if task["NodeID"] == node_id and task["Status"]["State"] in STILL_THERE
            ]

    def remove_node(self, node_id: str) -> None:
        """Forget the node, whether it has left or is only out of reach; none when it is gone already."""
        with self._errors(), contextlib.suppress(docker.errors.NotFound):
            self._client.api.remove_node(node_id, force=True)

    # --- stacks ---------------------------------------------------------------------------------------------------

    def services(self, stack: str) -> list[Service]:
        """Those of a stack, by name."""
        with self._errors():
            told = self._client.api.services(filters={"label": f"{NAMESPACE}={stack}"})
            return sorted((service_of(attrs, stack) for attrs in told), key=lambda service: service.name)

    def tasks(self, stack: str) -> list[Task]:
        """Those of a stack, also the last ones that ended."""
        with self._errors():
            return [task_of(attrs) for attrs in self._client.api.tasks(filters={"label": f"{NAMESPACE}={stack}"})]

    def last_words(self, service_id: str, lines: int = 3) -> str:
        """What the service's tasks said last; empty when that cannot be had."""
        with contextlib.suppress(EngineError), self._errors():
            told = self._client.api.service_logs(service_id, stdout=True, stderr=True, tail=lines)
            return b"".join(told).decode(errors="replace").strip()
        return ""

    def configs_and_secrets(self) -> list[Named]:
        """All of the cluster, never with what a secret holds: nobody is told that."""
        with self._errors():
            kinds = {"config": self._client.api.configs(), "secret": self._client.api.secrets()}
            return [named_of(attrs, kind) for kind, told in kinds.items() for attrs in told]

    def make_secret(self, name: str, value: bytes, labels: Mapping[str, str]) -> None:
        with self._errors():
            self._client.api.create_secret(name, value, dict(labels))

    def remove(self, named: Named) -> None:
        """EngineError when a service still uses it; none when it is gone already."""
        with self._errors(), contextlib.suppress(docker.errors.NotFound):
            (self._client.api.remove_config if named.kind == "config" else self._client.api.remove_secret)(named.id)

    @contextlib.contextmanager
    def asked(self) -> Iterator[Any]:
        """docker-py's client, for the modules engine_*.py that need more of it than a call or two."""
        with self._errors():
            yield self._client

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except docker.errors.APIError as error:
            newer = "; take a newer kit: git pull && make venv" if "is too old" in str(error) else ""
            raise EngineError(f"{self.url}: {error.explanation or error}{newer}", error.status_code) from None
        except (docker.errors.DockerException, requests.RequestException) as error:
            said = self._tunnel.complaint() if self._tunnel is not None else ""
            why, what = _why(_innermost(error))
            raise EngineError(f"{self.url}: does not answer ({why}); {said or what}") from None


def context_url(name: str) -> str:
    """Where the Docker context of that name points. InputError when there is none."""
    found = docker.context.ContextAPI.get_context(name)
    if found is None or not found.Host:
        raise InputError([f"context:{name}: there is no such Docker context; see them with: docker context ls"])
    return str(found.Host)


def _why(error: BaseException) -> tuple[str, str]:
    """Why an engine does not answer, and what to do."""
    why = getattr(error, "strerror", None) or " ".join(str(error).split())
    if isinstance(error, PermissionError):
        return why, "let your user speak to it: sudo usermod -aG docker $USER, and log in again"
    if isinstance(error, FileNotFoundError):
        return (
            "there is no such socket",
            "install an engine (Debian: apt-get install docker.io), or start it: systemctl start docker",
        )
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there", "start the engine: systemctl start docker"
    if "API versions below" in why:
        return "it is older than Docker 20.10", "install a newer one there (Debian 12 has one)"
    if isinstance(error, http.client.HTTPException | ValueError | LookupError):
        return f"no Docker engine speaks like that: {why[:80]}", "name the engine's own socket"
    return why, "does the engine run?"


def _innermost(error: BaseException) -> BaseException:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return error
