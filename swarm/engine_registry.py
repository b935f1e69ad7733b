"""A container that an engine keeps running, also after its machine's reboot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kept:
    """`volume` is named, and mounted at `at`; `port` of the container is reached at `host`:`port` of the machine."""

    name: str
    image: str
    host: str
    port: int
    inner_port: int
    volume: str
    at: str
    environment: Mapping[str, str]


def run(client: Any, kept: Kept) -> None:
    client.containers.run(
        kept.image,
        name=kept.name,
        detach=True,
        restart_policy={"Name": "always"},
        ports={f"{kept.inner_port}/tcp": (kept.host, kept.port)},
        volumes={kept.volume: {"bind": kept.at, "mode": "rw"}},
        environment=dict(kept.environment),
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
    )


def published(attrs: Mapping[str, Any]) -> str:
    """host:port of the machine; empty without one. As it is wished, also while it does not run."""
    wished = (attrs.get("HostConfig") or {}).get("PortBindings") or {}
    return next((f"{hosts[0]['HostIp']}:{hosts[0]['HostPort']}" for hosts in wished.values() if hosts), "")
