"""An engine of the cluster, with what only a benchmark asks of it: services by their bare specs, and what happens when.

Everything is timed by this process's own clock, from the request to what follows from it: nodes need no equal clocks, and
the docker program's own start and waiting are left out.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nanoservices import clock
from swarm import docker_program
from swarm.engine import Engine
from swarm.engine_containers import SERVICE
from swarm.engine_stack import NAMESPACE
from swarm.errors import EngineError

LOOK_S = 0.05
TASK = "com.docker.swarm.task.id"


@dataclass(frozen=True)
class Event:
    """What a task's container on a node did, or was told: start, kill, die or destroy, as heard here `at`."""

    at: float
    node: str
    action: str
    service: str
    task: str


class Workshop(Engine):
    def spec(self, service: str) -> dict[str, Any]:
        """A service's, by its name, as the engine's API has it."""
        with self._errors():
            return dict(self._client.api.inspect_service(service)["Spec"])

    def create(self, spec: Mapping[str, Any]) -> str:
        """The id of the service."""
        with self._errors():
            told = self._client.api.create_service(
                spec["TaskTemplate"],
                name=spec["Name"],
                labels=spec["Labels"],
                mode=spec["Mode"],
                update_config=spec.get("UpdateConfig"),
                rollback_config=spec.get("RollbackConfig"),
                endpoint_spec=spec.get("EndpointSpec"),
            )
            return str(told["ID"])

    def remove_service(self, service: str) -> None:
        with self._errors():
            self._client.api.remove_service(service)

    def remove_stack(self, name: str, within_s: float = 60.0) -> float:
        """Seconds until its tasks and its networks were gone. None of that name is no problem."""
        began = clock.monotonic()
        docker_program.run(self.url, "stack", "rm", name)
        while self._networks_of(name) or any(not task.has_ended for task in self.tasks(name)):
            if clock.monotonic() > began + within_s:
                lost = ", ".join(node.name for node in self.nodes() if node.state != "ready")
                raise EngineError(f"the stack {name} is not gone after {within_s:g} s" + (f": {lost} is lost" if lost else ""))
            time.sleep(LOOK_S)
        return clock.monotonic() - began

    def _networks_of(self, stack: str) -> list[str]:
        with self._errors():
            return [str(network["Name"]) for network in self._client.api.networks(filters={"label": f"{NAMESPACE}={stack}"})]

    def address(self, task: str) -> str:
        """A task's, on its one overlay network."""
        with self._errors():
            networks = self._client.api.inspect_task(task).get("NetworksAttachments") or ()
        addresses = [address for network in networks for address in network.get("Addresses") or ()]
        if not addresses:
            raise EngineError(f"{self.url}: the task {task} has no address on an overlay network")
        return str(addresses[0]).partition("/")[0]

    def task_of(self, container: str) -> str:
        """Which task's a container of this engine is."""
        with self._errors():
            return str(self._client.containers.get(container).labels[TASK])

    def make_config(self, name: str, data: bytes) -> None:
        with self._errors():
            self._client.api.create_config(name, data)

    def discard_volumes(self, prefix: str, within_s: float = 20.0) -> None:
        """Those of this node. A task that has ended holds its own for another moment; EngineError when one is held for longer:
        whoever finds it has other secrets than it was written with."""
        until = clock.monotonic() + within_s
        while left := self._volumes(prefix):
            if clock.monotonic() > until:
                raise EngineError(f"{self.url}: still used after {within_s:g} s: {', '.join(volume.name for volume in left)}")
            for volume in left:
                with contextlib.suppress(Exception):
                    volume.remove()
            time.sleep(LOOK_S)

    def _volumes(self, prefix: str) -> list[Any]:
        with self._errors():
            return [volume for volume in self._client.volumes.list() if volume.name.startswith(prefix)]

    def follow(self, node: str, heard: Callable[[Event], None]) -> Callable[[], None]:
        """Tell of each event from now on, in a thread of its own; what is returned ends it."""
        with self._errors():
            stream = self._client.events(
                decode=True, filters={"type": "container", "event": ["start", "kill", "die", "destroy"]}
            )

        def listen() -> None:
            with contextlib.suppress(Exception):  # it ends when it is closed, in ways of its own
                for told in stream:
                    about = told["Actor"]["Attributes"]
                    if SERVICE in about:
                        heard(Event(clock.monotonic(), node, told["Action"], about[SERVICE], about.get(TASK, "")))

        threading.Thread(target=listen, name=f"events of {node}", daemon=True).start()
        return lambda: stream.close()


class Events:
    """What happens to the tasks of all nodes, in the order in which it is heard."""

    def __init__(self, engines: Mapping[str, Workshop]):
        self._heard: queue.Queue[Event] = queue.Queue()
        self._ends = [engine.follow(node, self._heard.put) for node, engine in engines.items()]

    def forget(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._heard.get_nowait()

    def until(self, end: float) -> Iterator[Event]:
        """Each as it comes, until `end` on our clock."""
        while (left := end - clock.monotonic()) > 0:
            try:
                yield self._heard.get(timeout=left)
            except queue.Empty:
                return

    def first(self, action: str, service: str, within_s: float) -> Event:
        """EngineError when it does not happen."""
        for event in self.until(clock.monotonic() + within_s):
            if event.action == action and event.service == service:
                return event
        raise EngineError(f"no container of {service} has come to {action} within {within_s:g} s")

    def close(self) -> None:
        for end in self._ends:
            with contextlib.suppress(Exception):
                end()
