"""What labels.yml says of a node's hardware, proved from inside the tasks that use it.

The tasks that run there are asked, with the probe that their image carries: what they cannot reach, no service could. Where
none runs, what Swarm says of its last one is the answer.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from swarm import stack
from swarm.engine import Engine
from swarm.engine_containers import Container
from swarm.errors import EngineError
from swarm.labels import Labels, Node

SOCKETS = ("/run/nanoswarm/gpio", "/run/dbus")
_PREPARE = "nanoswarm node prepare {node}"


@dataclass(frozen=True)
class Proof:
    """`fault`: None where it is as labels.yml says; else apparmor, uid, daemon, socket, line, adapter, power, silence, task."""

    node: str
    word: str
    about: str
    fault: str | None
    says: str


def asked_of(name: str, node: Node) -> list[tuple[str, tuple[str, ...]]]:
    """The words on this node that use hardware, and what of it."""
    gpio = node.gpio
    leds = tuple(line for led in (gpio.leds if gpio else ()) for line in led)
    found = {
        "presence": (gpio.pir,) if gpio is not None and gpio.pir is not None else (),
        "guidance": leds,
        "scanner": (node.ble,) if node.ble is not None else (),
    }
    return [(word, about) for word, about in found.items() if word in node.run and about]


def words_for(word: str, about: tuple[str, ...], environment: Mapping[str, str], seconds: float) -> list[str]:
    """The program that a task of `word` is to run."""
    program = ["python3", "-m", f"nanoservices.{word}.probe"]
    if word == "scanner":
        bus = environment.get("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/run/dbus/system_bus_socket")
        return [*program, bus, *about, f"{seconds:g}"]
    return [*program, environment.get("NANO_GPIO_HOST", "localhost"), environment.get("NANO_GPIO_PORT", "8888"), *about]


def prove(
    labels: Labels,
    names: Iterable[str],
    engines: Mapping[str, Engine],
    manager: Engine,
    seconds: float,
    say: Callable[[str], None],
) -> list[Proof]:
    """For each of the nodes. `engines` by node; one that is not among them cannot be asked."""
    proofs = []
    for name in names:
        for word, about in asked_of(name, labels.nodes[name]):
            say(f"{word} on {name}")
            proofs += _proofs(name, word, about, engines.get(name), manager, seconds)
    return proofs


def _proofs(
    node: str, word: str, about: tuple[str, ...], engine: Engine | None, manager: Engine, seconds: float
) -> list[Proof]:
    thing = ", ".join(about)
    if engine is None:
        return [Proof(node, word, thing, "task", f"its engine is not known here; give it with: --engine {node}=USER@HOST")]
    try:
        task = _task(engine, word)
        if task is None:
            return [Proof(node, word, thing, *_last(manager, node, word))]
        if "simulated" in (task.environment.get("NANO_PINS"), task.environment.get("NANO_RADIO")):
            return [Proof(node, word, thing, None, "simulated: there is no hardware to prove")]
        return _read(node, word, thing, *engine.run_inside(task.id, words_for(word, about, task.environment, seconds)))
    except EngineError as error:
        return [Proof(node, word, thing, "task", str(error))]


def _task(engine: Engine, word: str) -> Container | None:
    return next((found for found in engine.containers() if found.service == f"{stack.NAME}_{word}"), None)


def _read(node: str, word: str, thing: str, code: int, said: str) -> list[Proof]:
    lines = [line for line in said.splitlines() if line.startswith('{"v": 1')]
    if not lines:
        last = (said.strip().splitlines() or ["it said nothing"])[-1][:200]
        return [Proof(node, word, thing, "task", f"the probe ended with {code}: {last}; is its image of this version?")]
    return [Proof(node, word, found["about"], found["fault"], found["says"]) for found in json.loads(lines[-1])["findings"]]


def _last(manager: Engine, node: str, word: str) -> tuple[str, str]:
    """Why no task runs there, by what Swarm says of the latest."""
    ids = {found.id for found in manager.nodes() if found.name == node}
    services = {found.id for found in manager.services(stack.NAME) if found.name == word}
    tasks = sorted((t for t in manager.tasks(stack.NAME) if t.service in services and t.node in ids), key=lambda task: task.at)
    why = next((task.why for task in reversed(tasks) if task.why), "")
    for socket in SOCKETS:
        if socket in why and "does not exist" in why:
            return "socket", f"{socket} is not on that machine, and so no task can start: {_PREPARE.format(node=node)}"
    said = f" (Swarm says: {why[:200]})" if why else "; see nanoswarm stack ps"
    return "task", f"no task of {word} runs there{said}"
