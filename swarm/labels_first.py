"""A first labels.yml, drafted from the nodes that a cluster has. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from swarm import files
from swarm.engine import ClusterNode
from swarm.labels_cluster import NOWHERE
from swarm.labels_file import is_name
from swarm.words import Word

_HEAD = """\
# The one file an admin edits: what the place is, and what runs where. `nanoswarm labels check` says whether it is right.
# To do: name the zones, say in which each node stands, which rooms there are and what each node runs; for example
#   zones: [entrance, room-1]
#   rooms: {room-1: {zone: room-1, route: [entrance, room-1]}}
#   nodes:
#     pi-lobby: {zone: entrance, run: [presence, scanner, guidance], gpio: {pir: GPIO4, leds: [GPIO17, GPIO27]}, ble: hci0}
# and then: nanoswarm labels apply
"""


def problems(nodes: Sequence[ClusterNode]) -> list[str]:
    """Why these nodes cannot be told apart, or named, in a labels.yml."""
    twice = [name for name, count in Counter(node.name for node in nodes).items() if count > 1]
    rename = "sudo hostnamectl set-hostname NAME there, then leave and join again"
    return [
        *(f"{name}: several nodes are called so; give each a name of its own ({rename})" for name in twice),
        *(
            f"{files.shown(node.name)}: this host name cannot be used (small letters, digits, `-` and `.`); {rename}"
            for node in nodes
            if not is_name(node.name)
        ),
    ]


def text(nodes: Sequence[ClusterNode], words: Mapping[str, Word]) -> str:
    """The draft: what the nodes are labelled already is kept, and what is needed once goes to a manager that runs nothing."""
    zones = sorted({node.labels["zone"] for node in nodes if is_name(node.labels.get("zone", ""))})
    drafted = {node.name: _node(node, words) for node in nodes}
    running = {word for node in drafted.values() for word in node["run"]}
    free = [node.name for node in nodes if node.role == "manager"]
    lost = [word.name for word in words.values() if word.single and word.name not in running]
    if free:
        drafted[free[0]]["run"] += lost
    return _HEAD + files.dumped({"zones": zones, "rooms": {}, "nodes": drafted})


def _node(node: ClusterNode, words: Collection[str]) -> dict[str, Any]:
    address = {} if node.address in NOWHERE else {"ip": node.address}
    zone = {"zone": node.labels["zone"]} if is_name(node.labels.get("zone", "")) else {}
    return {**address, **zone, "run": [word for word in words if node.labels.get(word) == "true"]}
