"""A cluster to test with: its nodes, and services and tasks as a Swarm's engine tells of them."""

import copy
from typing import Any

from swarm.engine import ClusterNode
from swarm.engine_stack import Service, Task, service_of, task_of
from swarm.labels import Labels
from swarm.stack import Stack


def node(name: str, *words: str, **more: Any) -> ClusterNode:
    facts = {
        "id": f"id-{name}",
        "role": "worker",
        "state": "ready",
        "availability": "active",
        "address": "192.0.2.9",
        "arch": "x86_64",
        "engine": "20.10.24+dfsg1",
        "labels": dict.fromkeys(words, "true"),
    }
    return ClusterNode(name=name, **(facts | more))


def nodes_of(labels: Labels) -> list[ClusterNode]:
    """As `labels apply` leaves them."""
    return [node(name, labels=wanted.labels) for name, wanted in labels.nodes.items()]


def attrs_of(stack: Stack, word: str) -> dict[str, Any]:
    """What the engine says of a service that `docker stack deploy` made of the stack."""
    wanted = stack["services"][word]
    deploy = wanted["deploy"]
    is_global = deploy["mode"] == "global"
    container = {
        "Image": wanted["image"],
        "Env": [f"{name}={value}" for name, value in sorted(wanted["environment"].items())],
        "Configs": [{"ConfigName": stack["configs"][entry["source"]]["name"]} for entry in wanted.get("configs", [])],
        "Secrets": [{"SecretName": stack["secrets"][entry["source"]]["name"]} for entry in wanted.get("secrets", [])],
    }
    placement = {"Constraints": deploy["placement"]["constraints"]}
    return {
        "ID": f"id-{word}",
        "Version": {"Index": 10},
        "Spec": {
            "Name": f"room_{word}",
            "Labels": {"com.docker.stack.namespace": "room", **deploy["labels"]},
            "TaskTemplate": {"ContainerSpec": container, "Placement": placement, "Runtime": "container"},
            "Mode": {"Global": {}} if is_global else {"Replicated": {"Replicas": deploy["replicas"]}},
        },
    }


def service(stack: Stack, word: str, **more: Any) -> Service:
    return service_of(attrs_of(stack, word) | more, "room")


def services(stack: Stack) -> list[Service]:
    return [service(stack, word) for word in stack["services"]]


def task(of: Service, where: str, state: str = "running", *, why: str = "", wanted: str = "running", at: int = 0) -> Task:
    spec = {key: value for key, value in copy.deepcopy(of.spec["TaskTemplate"]).items() if key != "Runtime"}
    return task_of(
        {
            "ID": f"{of.name}-{where}-{at}",
            "ServiceID": of.id,
            "NodeID": f"id-{where}" if where else "",
            "DesiredState": wanted,
            "Status": {"State": state, "Err": why, "Timestamp": f"2026-01-01T00:00:{at:02}Z"},
            "Spec": spec,
        }
    )
