"""From the room's stack to the benchmark's: the same with probers, the same with the floor in place of each service. Pure."""

import copy
from collections.abc import Mapping
from typing import Any

from bench.swarm.asking import PUBLISHED
from bench.swarm.prober import PORT
from swarm.demo.environment import paced as paced_settings
from swarm.demo.pace import Pace
from swarm.stack import Stack

NAME = "bench"  # the stack; it is none of a room's
PROBER = "prober"
ECHO_ALIVE = ("/echo", "--health")


def with_probers(stack: Stack, image: str, script: str, only: str | None = None) -> Stack:
    """One on each node, or only on that one. `script` is the name of a config with the prober's program."""
    where = {} if only is None else {"placement": {"constraints": [f"node.hostname == {only}"]}}
    prober = {
        "image": image,
        "entrypoint": ["python3", "/prober.py"],
        "networks": list(stack["networks"]),
        "configs": [{"source": PROBER, "target": "/prober.py", "mode": 0o444}],
        "ports": [{"target": PORT, "published": PUBLISHED, "mode": "host"}],
        "read_only": True,
        "init": True,
        "stop_grace_period": "1s",
        "deploy": {"mode": "global", "endpoint_mode": "dnsrr", **where},
    }
    configs = {**stack.get("configs", {}), PROBER: {"external": True, "name": script}}
    return {**stack, "services": {**stack["services"], PROBER: prober}, "configs": configs}


def floor(stack: Stack, image: str) -> Stack:
    """The same, and nothing that serves: every service is an echo, with its own settings, limits, mounts and health check."""
    found = copy.deepcopy(stack)
    for service in found["services"].values():
        service["image"] = image
        if "healthcheck" in service:
            service["healthcheck"]["test"] = ["CMD", *ECHO_ALIVE]
    return found


def paced(stack: Stack, pace: Pace, world: str) -> Stack:
    """Services that go as fast as the world does, whose devices are at `world`."""
    found = copy.deepcopy(stack)
    for word, service in found["services"].items():
        environment = service.setdefault("environment", {})
        environment |= paced_settings(word, pace)
        if "NANO_WORLD" in environment:
            environment["NANO_WORLD"] = world
    return found


def alone(spec: Mapping[str, Any], node: str) -> dict[str, Any]:
    """A service's spec, of the engine's API, for one task on that node."""
    found = copy.deepcopy(dict(spec))
    placement = found["TaskTemplate"].setdefault("Placement", {})
    placement["Constraints"] = [*(placement.get("Constraints") or ()), f"node.hostname=={node}"]
    return found


def floor_spec(spec: Mapping[str, Any], image: str) -> dict[str, Any]:
    """As `floor`, for a spec of the engine's API."""
    found = copy.deepcopy(dict(spec))
    container = found["TaskTemplate"]["ContainerSpec"]
    container["Image"] = image
    if container.get("Healthcheck"):
        container["Healthcheck"]["Test"] = ["CMD", *ECHO_ALIVE]
    return found


def tasks(stack: Stack, running: Mapping[str, int]) -> int:
    """How many tasks of the services there will be. `running`: on how many nodes each word runs."""
    return sum(running[word] for word in stack["services"] if word != PROBER)
