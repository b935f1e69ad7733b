"""Where a service that is added goes, when labels.yml and the admin leave a choice. Pure."""

import difflib
from collections.abc import Collection, Sequence

from swarm.errors import InputError
from swarm.labels import Labels, Node
from swarm.words import Word

_EXAMPLES = {
    "zone": "zone: entrance",
    "gpio.pir": "gpio: {pir: GPIO4}",
    "gpio.leds": "gpio: {leds: [GPIO17]}",
    "ble": "ble: hci0",
}


def chosen(word: Word, labels: Labels, wanted: Sequence[str], holding: Collection[str]) -> list[str]:
    """The nodes that are to run `word`, with those that do. `wanted`: named by the admin; `holding`: have what it stored.

    InputError when that cannot be, or when nobody but the admin can know.
    """
    running = labels.running(word.name)
    if unknown := [name for name in wanted if name not in labels.nodes]:
        raise InputError([_unknown(name, labels) for name in unknown])
    found = list(dict.fromkeys([*running, *wanted])) if wanted else running or _fitting(word, labels, holding)
    if word.single and len(found) > 1:
        there = f"{word.name} runs on {running[0]}" if running else f"{', '.join(found)} are {len(found)}"
        raise InputError(
            [f"{there}, and it must run on exactly one node; to move it: nanoswarm service rm {word.name}, then add it"]
        )
    return found


def _fitting(word: Word, labels: Labels, holding: Collection[str]) -> list[str]:
    """Where nobody said where: where its data is, or everywhere that has what it needs; one if there is only one."""
    there = [name for name in labels.nodes if name in holding]
    rooms = {room.zone for room in labels.rooms.values()}
    fit = [
        name
        for name, node in labels.nodes.items()
        if all(_has(node, asked) for asked in word.needs) and (not word.needs_room or node.zone in rooms)
    ]
    if word.single and len(there) == 1:
        return there
    if len(fit) == 1 or (fit and word.needs and not word.single):
        return fit
    example = f"nanoswarm service add {word.name} --node {(fit or list(labels.nodes) or ['NODE'])[0]}"
    if fit:
        raise InputError([f"{word.name}: {', '.join(fit)} could run it; say which: {example}"])
    lacks = " and ".join(f"`{_EXAMPLES.get(asked, asked)}`" for asked in word.needs)
    raise InputError([f"{word.name}: no node of labels.yml has what it needs; add {lacks} to one, then: {example}"])


def _has(node: Node, asked: str) -> bool:
    given = {"zone": node.zone, "gpio.pir": node.gpio.pir, "gpio.leds": node.gpio.leds, "ble": node.ble}
    return bool(given.get(asked, True))


def _unknown(name: str, labels: Labels) -> str:
    near = difflib.get_close_matches(name, list(labels.nodes), n=1)
    return f"--node {name}: labels.yml has no such node; " + (
        f"did you mean {near[0]}?" if near else f"it has {', '.join(labels.nodes)}"
    )
