"""The cluster's own registry: one container on the manager, its data in a volume, there again after a reboot.

It speaks plain HTTP on the local network. What is run is chosen by digest, so nobody can change it there unseen; but
whoever reaches it can fill it. Without a registry: `images push --direct`.
"""

import http.client
import ipaddress
import json
import time
from collections.abc import Mapping

from swarm.engine import Engine
from swarm.engine_cluster import Facts
from swarm.engine_registry import Kept
from swarm.errors import EngineError, InputError

NAME = "nanoswarm-registry"
IMAGE = "registry:2"
PORT = 5000
READY_S = 20.0
_ANSWER_S = 3.0
_DIRECT = "without a registry: nanoswarm images push --direct"


def planned(address: str, image: str, port: int) -> Kept:
    told = {"REGISTRY_STORAGE_DELETE_ENABLED": "true"}
    return Kept(NAME, image, address, port, 5000, NAME, "/var/lib/registry", told)


def command(kept: Kept) -> list[str]:
    """The same for the docker program."""
    environment = [word for name, value in kept.environment.items() for word in ("--env", f"{name}={value}")]
    return [
        *("run", "--detach", "--restart", "always", "--name", kept.name, "--cap-drop", "ALL"),
        *("--security-opt", "no-new-privileges", "--publish", f"{kept.host}:{kept.port}:{kept.inner_port}"),
        *("--volume", f"{kept.volume}:{kept.at}", *environment, kept.image),
    ]


def refusals(where: str, nodes: Mapping[str, Facts]) -> list[str]:
    """Which nodes would not speak plain HTTP to it, and what to do there."""
    wanted = json.dumps({"insecure-registries": [where]})
    remedy = f"put {wanted} into its /etc/docker/daemon.json (nanoswarm node prepare --registry does), or go {_DIRECT}"
    return [
        f"{name}: its engine takes no images from {where}; {remedy}"
        for name, facts in nodes.items()
        if not accepts(where, facts)
    ]


def accepts(where: str, facts: Facts) -> bool:
    host = where.rpartition(":")[0]
    return where in facts.insecure or any(_within(host, network) for network in facts.insecure)


def start(engine: Engine, kept: Kept) -> None:
    """Run it, and wait until it answers. EngineError says why it does not; then it is not left there."""
    if engine.image(kept.image) is None:
        try:
            engine.pull(kept.image)
        except EngineError as error:
            raise EngineError(
                f"{error}; {kept.image} cannot be had. Name an image that the engine has, or go {_DIRECT}"
            ) from None
    engine.keep(kept)
    where = f"{kept.host}:{kept.port}"
    until = time.monotonic() + READY_S
    while catalog(where) is None:
        if time.monotonic() > until:
            engine.discard(kept.name)
            raise EngineError(
                f"the registry does not answer at {where} after {READY_S:g} s; is {kept.image} a registry? is the port free?"
            )
        time.sleep(0.1)


def catalog(where: str) -> list[str] | None:
    """What is in it; None when it does not answer."""
    host, _, port = where.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=_ANSWER_S)
    try:
        connection.request("GET", "/v2/_catalog")
        answer = connection.getresponse()
        told = json.loads(answer.read())
        return [str(name) for name in told["repositories"]] if answer.status == http.client.OK else None
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def check_address(address: str) -> None:
    if not address:
        raise InputError(["the manager's engine does not say which address its Swarm has; name one with --address"])


def _within(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
