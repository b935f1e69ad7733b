"""When the name of a service resolves, asked as its neighbours ask: of the engine's own DNS, from a task's network."""

import json
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import docker

from swarm import docker_program
from swarm.engine import Engine
from swarm.errors import DockerError
from swarm.lab.plan import Plan
from swarm.lab.tasks import Task, on_network_of
from tests.lab import tiny

NETWORK = "try-names"
_DNS = ("127.0.0.11", 53)
_S = 1_000_000_000
PATIENCE_S = 30.0


def resolves(beside: Task, name: str) -> str | None:
    """RFC 1035: one question for an address, and what the last answer to it is."""
    number = secrets.token_bytes(2)
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0\0\1\0\1"
    with on_network_of(beside), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.3)
        asking.sendto(number + b"\1\0\0\1\0\0\0\0\0\0" + question, _DNS)
        try:
            answer = asking.recv(512)
        except TimeoutError:  # who does not know it asks the world, which may be away
            return None
    return socket.inet_ntoa(answer[-4:]) if answer[:2] == number and answer[6:8] != b"\0\0" else None


INTERVAL_S = 2
CHECKED = {"Interval": INTERVAL_S * _S}
STARTING = {**CHECKED, "StartPeriod": 30 * _S, "StartInterval": _S // 5}


@dataclass
class Named:
    """A service, from its creation on, in seconds. `early`: its name was there while it had not passed a check."""

    resolved_s: float
    early: bool


class Naming:
    """On one node of a lab, which needs no image but the tiny one."""

    def __init__(self, url: str, beside: Task):
        self._url, self._beside = url, beside

    def timed(self, name: str, check: Mapping[str, object] | None) -> Named:
        """Create it with that health check, as the engine's API has it, and wait until its name is there."""
        began, early = time.monotonic(), False
        _create(self._url, name, check)
        while not resolves(self._beside, name):
            assert time.monotonic() - began < PATIENCE_S, f"{name} does not resolve"
            time.sleep(0.02)
        resolved_s = time.monotonic() - began
        if check is not None:
            early = _health(self._url, name) != "healthy"
        return Named(resolved_s, early)


def look(names: Naming, *, heeds_start_interval: bool) -> None:
    """What stack.yml's health checks are set by, on every engine."""
    unchecked, checked = names.timed("try-unchecked", None), names.timed("try-checked", CHECKED)
    starting = names.timed("try-starting", STARTING)
    assert not checked.early and not starting.early
    assert unchecked.resolved_s < checked.resolved_s > INTERVAL_S
    assert (starting.resolved_s < INTERVAL_S) is heeds_start_interval


@contextmanager
def naming(plan: Plan) -> Iterator[Naming]:
    """On the manager of a lab."""
    url = plan.manager.url
    tiny.load(url)
    docker_program.run(url, "network", "create", "--driver", "overlay", NETWORK)
    try:
        _create(url, "try-asking", None)
        until = time.monotonic() + PATIENCE_S
        while not (found := [each for each in Engine(url).containers() if each.service == "try-asking"]):
            assert time.monotonic() < until
            time.sleep(0.05)
        yield Naming(url, Task(plan.manager, found[0]))
    finally:
        _remove(url)


def _remove(url: str) -> None:
    """A network can be removed once nobody is on it."""
    services = docker_program.run(url, "service", "ls", "--format", "{{.Name}}").split()
    docker_program.run(url, "service", "rm", *(name for name in services if name.startswith("try-")))
    until = time.monotonic() + PATIENCE_S
    while any(each.service.startswith("try-") for each in Engine(url).containers()):
        assert time.monotonic() < until
        time.sleep(0.1)
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            docker_program.run(url, "network", "rm", NETWORK)
            break
        except DockerError:
            assert time.monotonic() < until
            time.sleep(0.2)
    docker_program.run(url, "rmi", "--force", tiny.NAME)


def _create(url: str, name: str, check: Mapping[str, object] | None) -> None:
    """By the API: what `docker service create` and stack files cannot say on every engine is said too."""
    client = docker.DockerClient(base_url=url, version="auto")
    try:
        container: dict[str, object] = {"Image": tiny.NAME, "Init": True, "Command": tiny.COMMAND, "StopGracePeriod": _S}
        container |= {} if check is None else {"Healthcheck": {"Test": ["CMD", *tiny.CHECK], "Timeout": 3 * _S, **check}}
        task = {
            "ContainerSpec": container,
            "Networks": [{"Target": NETWORK}],
            "Placement": {"Constraints": ["node.role==manager"]},  # which has the image
        }
        client.api.create_service(task, name=name, endpoint_spec={"Mode": "dnsrr"})
    finally:
        client.close()


def _health(url: str, name: str) -> str:
    (container,) = [each for each in Engine(url).containers() if each.service == name]
    told = json.loads(docker_program.run(url, "inspect", container.id))[0]
    return str(told["State"]["Health"]["Status"])
