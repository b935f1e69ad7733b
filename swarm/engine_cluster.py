"""What a Docker engine tells of itself, and of the Swarm that it is in."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ClusterNode:
    """A node, as its Swarm knows it."""

    id: str
    name: str
    role: str  # manager or worker
    state: str  # ready, down, unknown, disconnected
    availability: str
    address: str
    arch: str
    engine: str  # its version
    labels: dict[str, str]

    @property
    def image_arch(self) -> str:
        """In the words of images: amd64, arm64, arm."""
        return {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armhf": "arm"}.get(self.arch, self.arch)

    @property
    def ready(self) -> bool:
        return self.state == "ready" and self.availability == "active"


@dataclass(frozen=True)
class Facts:
    """One engine, as it says itself. `arch` as its kernel has it: x86_64, aarch64, armv7l, armv6l."""

    name: str  # its host's
    arch: str
    version: str
    limits_memory: bool  # the kernel counts a container's memory; Raspberry Pi OS does not unless told
    live_restore: bool
    swarm: str  # inactive, pending, active, error, locked
    node_id: str
    address: str  # where its Swarm finds it
    controls: bool  # it is a manager
    managers: tuple[str, ...]  # host:port of each manager it knows
    insecure: tuple[str, ...]  # registries it speaks plain HTTP to: host:port, or networks such as 127.0.0.0/8


def facts_of(told: dict[str, Any]) -> Facts:
    swarm = told.get("Swarm") or {}
    registries = told.get("RegistryConfig") or {}
    indexes = registries.get("IndexConfigs") or {}
    return Facts(
        name=str(told.get("Name", "")),
        arch=str(told.get("Architecture", "")),
        version=str(told.get("ServerVersion", "")),
        limits_memory=told.get("MemoryLimit") is True,
        live_restore=told.get("LiveRestoreEnabled") is True,
        swarm=str(swarm.get("LocalNodeState", "inactive")),
        node_id=str(swarm.get("NodeID", "")),
        address=str(swarm.get("NodeAddr", "")),
        controls=swarm.get("ControlAvailable") is True,
        managers=tuple(str(peer["Addr"]) for peer in swarm.get("RemoteManagers") or ()),
        insecure=(
            *(name for name, index in indexes.items() if not index.get("Secure", True)),
            *(registries.get("InsecureRegistryCIDRs") or ()),
        ),
    )


def node_of(attrs: dict[str, Any]) -> ClusterNode:
    description = attrs["Description"]
    return ClusterNode(
        id=attrs["ID"],
        name=description["Hostname"],
        role=attrs["Spec"]["Role"],
        state=attrs["Status"]["State"],
        availability=attrs["Spec"]["Availability"],
        address=attrs["Status"].get("Addr", ""),
        arch=description.get("Platform", {}).get("Architecture", ""),
        engine=description.get("Engine", {}).get("EngineVersion", ""),
        labels=dict(attrs["Spec"].get("Labels") or {}),
    )
