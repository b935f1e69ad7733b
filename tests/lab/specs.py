"""All that a cluster is told, to be compared before and after."""

import json
from typing import Any

from swarm import docker_program
from tests.lab.conftest import Lab

_LS = {"node": (), "service": (), "config": (), "secret": (), "network": ("--filter", "driver=overlay")}


def specs(lab: Lab) -> dict[str, dict[str, Any]]:
    """By kind and id: what somebody wants of it. Of services also their version, which a change to the same would raise."""
    manager = lab.context.manager
    found: dict[str, dict[str, Any]] = {}
    for kind, only in _LS.items():
        ids = docker_program.run(manager, kind, "ls", "--quiet", *only).split()
        told = json.loads(docker_program.run(manager, kind, "inspect", *ids)) if ids else []
        found[kind] = {each.get("ID") or each["Id"]: _wanted(kind, each) for each in told}
    return found


def _wanted(kind: str, told: dict[str, Any]) -> Any:
    if kind == "network":
        return {key: told[key] for key in ("Name", "Driver", "Options", "Labels", "Attachable")}
    return (told["Version"]["Index"], told["Spec"]) if kind == "service" else told["Spec"]
