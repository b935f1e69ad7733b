"""What must fit together in labels.yml. Pure: labels and words in, (where, what is wrong and what to do) out.

What a node needs follows from what its services ask for in service.yml; only the warnings know services by name.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from swarm.files import Trail
from swarm.labels import Labels, Node
from swarm.words import Word

Finding = tuple[Trail, str]


def problems(labels: Labels, words: Mapping[str, Word]) -> list[Finding]:
    """What cannot work."""
    return [*_rooms(labels), *_plan(labels), *_nodes(labels, words), *_singles(labels, words)]


def warnings(labels: Labels, words: Mapping[str, Word]) -> list[Finding]:
    """What is odd, and may yet be meant."""
    return [*_lacking(labels, words), *_unwatched(labels), *_unused(labels)]


def lacking(labels: Labels, words: Mapping[str, Word]) -> dict[str, list[str]]:
    """Words that keep the only copy of something and that no node runs, each with those that run and call it."""
    running = [word for word in words if labels.running(word)]
    callers = {name: [word for word in running if name in words[word].calls] for name in words if words[name].single}
    return {name: found for name, found in callers.items() if found and name not in running}


def _zone(labels: Labels, zone: str, trail: Trail) -> Iterator[Finding]:
    if zone and zone not in labels.zones:
        near = difflib.get_close_matches(zone, labels.zones, n=1)
        hint = f"did you mean {near[0]}?" if near else "add it there, or use one of them"
        yield trail, f"{zone} is not one of `zones` ({_few(labels.zones)}); {hint}"


def _plan(labels: Labels) -> Iterator[Finding]:
    for zone in labels.plan:
        yield from _zone(labels, zone, ("plan", zone))


def _few(names: Sequence[str]) -> str:
    return ", ".join([*names[:12], *(["..."] if len(names) > 12 else [])]) or "none"


def _rooms(labels: Labels) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for name, room in labels.rooms.items():
        trail = ("rooms", name)
        yield from _zone(labels, room.zone, (*trail, "zone"))
        for index, zone in enumerate(room.route):
            yield from _zone(labels, zone, (*trail, "route", index))
        if not room.route:
            yield (*trail, "route"), f"is empty; give the zones from the door to {room.zone}, both included"
        elif room.zone and room.route[-1] != room.zone:
            yield (*trail, "route"), f"ends in {room.route[-1]}, not in the room's zone {room.zone}; add {room.zone} at its end"
        if room.zone in owners:
            yield (*trail, "zone"), f"{room.zone} is the zone of {owners[room.zone]} already; give each room a zone of its own"
        owners.setdefault(room.zone, name)


def _nodes(labels: Labels, words: Mapping[str, Word]) -> Iterator[Finding]:
    addresses: dict[str, str] = {}
    for name, node in labels.nodes.items():
        trail = ("nodes", name)
        if node.zone is not None:
            yield from _zone(labels, node.zone, (*trail, "zone"))
        if node.ip is not None and node.ip in addresses:
            yield (*trail, "ip"), f"{node.ip} is the address of {addresses[node.ip]} already; each node has its own"
        addresses.setdefault(node.ip or "", name)
        yield from _pins(node, trail)
        for index, word in enumerate(node.run):
            if word in words:
                yield from _needs(labels, node, words[word], trail)
            else:
                yield (*trail, "run", index), _unknown_word(word, words)


def _unknown_word(word: str, words: Mapping[str, Word]) -> str:
    near = difflib.get_close_matches(word, list(words), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(words)}"
    return f"there is no nanoservice {word}; {hint}"


def _pins(node: Node, trail: Trail) -> Iterator[Finding]:
    used: dict[str, str] = {} if node.gpio.pir is None else {node.gpio.pir: "the PIR"}
    for index, led in enumerate(node.gpio.leds):
        for pin in led:
            if pin in used:
                yield (*trail, "gpio", "leds", index), f"{pin} is used by {used[pin]} already; a line does one thing"
            used.setdefault(pin, f"LED {index + 1}")


def _needs(labels: Labels, node: Node, word: Word, trail: Trail) -> Iterator[Finding]:
    """What a service asks for must be there where it runs."""
    has: dict[str, tuple[object, str]] = {
        "zone": (node.zone, "zone: " + (labels.zones[0] if labels.zones else "entrance")),
        "gpio.pir": (node.gpio.pir, "gpio: {pir: GPIO4}"),
        "gpio.leds": (node.gpio.leds, "gpio: {leds: [GPIO17, GPIO27]}"),
        "ble": (node.ble, "ble: hci0"),
    }
    for asked in word.needs:
        given, example = has.get(asked, (True, ""))
        if not given:
            says = f"is missing: {word.name} runs here and needs it; add `{example}`, or take {word.name} out of its `run`"
            yield (*trail, *asked.split(".")), says
    passed = {zone for room in labels.rooms.values() for zone in (room.zone, *room.route)}
    if word.needs_room and node.zone in labels.zones and node.zone not in passed:
        says = f"runs {word.name} in {node.zone}, which is no room's zone and on the way to none; name another, or add the room"
        yield (*trail, "zone"), says


def _singles(labels: Labels, words: Mapping[str, Word]) -> Iterator[Finding]:
    """A service that keeps the only copy of something runs on one node."""
    for word in words.values():
        nodes = labels.running(word.name) if word.single else []
        if len(nodes) > 1:
            yield ("nodes", nodes[1], "run"), f"{word.name} runs on {nodes[0]} already; it must run on exactly one node"


def _lacking(labels: Labels, words: Mapping[str, Word]) -> Iterator[Finding]:
    for name, callers in lacking(labels, words).items():
        yield ("nodes",), f"no node runs {name}, which {', '.join(callers)} ask; add it to the `run` of exactly one"


def _unwatched(labels: Labels) -> Iterator[Finding]:
    """A room, or the door on the way to it, where nobody is noticed or recognised."""
    for name, room in labels.rooms.items():
        for zone in dict.fromkeys((*room.route[:1], room.zone)):
            for word, lacks in (("presence", "nobody is noticed there"), ("scanner", "nobody is recognised there")):
                if not any(labels.nodes[node].zone == zone for node in labels.running(word)):
                    yield ("rooms", name), f"no node runs {word} in zone {zone}: {lacks}"


def _unused(labels: Labels) -> Iterator[Finding]:
    for name, node in labels.nodes.items():
        if not node.run:
            yield ("nodes", name), "runs nothing"
