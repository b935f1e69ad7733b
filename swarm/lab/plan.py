"""What a lab consists of: its nodes, their addresses and folders. Pure.

Every name and address is derived from here, so that a half-built lab can be taken down by whoever knows the plan.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from swarm.errors import InputError
from swarm.labels import Labels, Node

MOST_NODES = 8
_MOST_BYTES = 107  # unix(7)
_LONGEST = "exec/containerd/containerd.sock.ttrpc"  # of all sockets of an engine
BRIDGE = "nanolab0"
_PREFIX = "nanolab-"
_GATEWAY, _SUBNET, _FIRST_HOST = "10.88.77.1", "10.88.77.0/24", 10
RUN = Path("/run/nanoswarm-lab")  # sockets and pids: gone with the next boot, as the lab is
DATA = Path("/var/lib/nanoswarm-lab")
DEVICES = Path("/run/nanoswarm")  # what a node's tasks see of its simulated devices
SHARED = RUN / "devices"  # the same, as this machine sees it: one folder for all nodes
WORLD = SHARED / "world.sock"
OWN = tuple(Path(path) for path in ("/etc/docker", "/run/docker", "/run/containerd"))  # where all engines of a machine write


@dataclass(frozen=True)
class LabNode:
    name: str
    address: str
    veth: str  # the bridge's end; the node's end is its eth0

    @property
    def namespace(self) -> str:
        return _PREFIX + self.name

    @property
    def mac(self) -> str:
        """Like that of a real card the same after each boot: others on the network remember it."""
        return "02:00:" + ":".join(f"{int(part):02x}" for part in self.address.split("."))

    @property
    def run(self) -> Path:
        return RUN / self.name

    @property
    def socket(self) -> Path:
        return self.run / "docker.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def data(self) -> Path:
        return DATA / self.name


@dataclass(frozen=True)
class Plan:
    nodes: tuple[LabNode, ...]
    manager: LabNode
    bridge: str = BRIDGE
    gateway: str = _GATEWAY
    subnet: str = _SUBNET
    registry_port: int = 5000

    @property
    def registry(self) -> str:
        return f"{self.gateway}:{self.registry_port}"


def fitted(labels: Labels, count: int) -> Labels:
    """The same place on `count` nodes: those of labels.yml, then `lab-N`; words that would be lost move to the last."""
    kept = dict(list(labels.nodes.items())[:count])
    for number in range(len(kept) + 1, count + 1):
        kept[f"lab-{number}"] = Node()
    running = {word for node in kept.values() for word in node.run}
    lost = [word for node in labels.nodes.values() for word in node.run if word not in running]
    last = list(kept)[-1]
    kept[last] = replace(kept[last], run=(*kept[last].run, *dict.fromkeys(lost)))
    kept = {name: replace(node, ip=_address(number)) for number, (name, node) in enumerate(kept.items())}
    return replace(labels, nodes=kept)


def plan(labels: Labels) -> Plan:
    """A lab with the nodes of `labels`. The one that runs the controller manages it, else the last.

    InputError names nodes whose sockets' paths would be longer than the kernel takes.
    """
    longest = {name: len(os.fsencode(RUN / name / _LONGEST)) for name in labels.nodes}
    if problems := [
        f"node {name}: its engine's socket would have a path of {length} bytes, and the kernel takes {_MOST_BYTES}; "
        f"a name of {len(name) - (length - _MOST_BYTES)} letters would do"
        for name, length in longest.items()
        if length > _MOST_BYTES
    ]:
        raise InputError(problems)
    nodes = tuple(LabNode(name, _address(number), f"nl{number}") for number, name in enumerate(labels.nodes))
    controlling = [node for node in nodes if "controller" in labels.nodes[node.name].run]
    return Plan(nodes, (controlling or nodes[-1:])[0])


def _address(number: int) -> str:
    return f"{_SUBNET.rpartition('.')[0]}.{_FIRST_HOST + number}"
