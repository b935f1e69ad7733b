"""What a Docker engine tells of the containers it runs."""

from dataclasses import dataclass
from typing import Any

SERVICE = "com.docker.swarm.service.name"


@dataclass(frozen=True)
class Container:
    """One that runs. `pid` is its first process, as the engine's host numbers it; `ports` are the host's, by its own."""

    id: str
    service: str  # as Swarm names it, with its stack: room_presence; empty for one that is no task
    pid: int
    environment: dict[str, str]
    ports: dict[str, int]  # "8080/tcp": 8081


def container_of(attrs: dict[str, Any]) -> Container:
    published = attrs["NetworkSettings"].get("Ports") or {}
    return Container(
        id=attrs["Id"],
        service=(attrs["Config"].get("Labels") or {}).get(SERVICE, ""),
        pid=attrs["State"]["Pid"],
        environment=dict(entry.partition("=")[::2] for entry in attrs["Config"].get("Env") or ()),
        ports={port: int(hosts[0]["HostPort"]) for port, hosts in published.items() if hosts},
    )
