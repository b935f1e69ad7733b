"""Which part of labels.yml a service gets. Pure.

Only what its service.yml asks for (`x-nano: place:`), so that a change restarts only those it concerns; equal content
is equal text, so that it has an equal hash. The shape is nanoservices/place.py's.
"""

import hashlib
import json
from typing import Any

from nanoservices.payload import plain
from swarm.labels import Labels, Node
from swarm.words import Word


def slice_for(word: Word, labels: Labels) -> dict[str, Any]:
    """What an instance of `word` is given. All nodes for one that asks who runs what, else those that run it."""
    shown = {
        name: _node(node, word.place)
        for name, node in sorted(labels.nodes.items())
        if "run" in word.place or word.name in node.run
    }
    part: dict[str, Any] = {"nodes": shown}
    if "zones" in word.place:
        part["zones"] = list(labels.zones)
    if "rooms" in word.place:
        part["rooms"] = {name: plain(room) for name, room in sorted(labels.rooms.items())}
    if "plan" in word.place and labels.plan:
        part["plan"] = {zone: plain(box) for zone, box in sorted(labels.plan.items())}
    return part


def _node(node: Node, asked: tuple[str, ...]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if node.zone is not None and {"zone", "run"} & set(asked):
        shown["zone"] = node.zone
    if "run" in asked:
        shown["run"] = sorted(node.run)
    if "ble" in asked and node.ble is not None:
        shown["ble"] = node.ble
    gpio: dict[str, Any] = {}
    if "gpio.pir" in asked and node.gpio.pir is not None:
        gpio["pir"] = node.gpio.pir
    if "gpio.leds" in asked and node.gpio.leds:
        gpio["leds"] = plain(node.gpio.leds)
    return shown | ({"gpio": gpio} if gpio else {})


def text(part: dict[str, Any]) -> str:
    """Stable JSON."""
    return json.dumps(part, sort_keys=True, indent=1) + "\n"


def digest(content: str) -> str:
    """What a config with this content is named by."""
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def only_adds(before: str, after: str) -> bool:
    """All that the later text says more is that nodes run something: who looks at that hears of it from what is added there."""
    try:
        one, other = json.loads(before), json.loads(after)
        there = {name: set(node.get("run", ())) for name, node in one["nodes"].items()}
        for name, node in other["nodes"].items():
            if set(node["run"]) >= there[name]:
                node["run"] = one["nodes"][name]["run"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(one == other)
