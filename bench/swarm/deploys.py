"""`docker stack deploy` of the whole room, images present: how long until all is there, in several senses of the word."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.swarm import asking, stacks
from bench.swarm.asking import GET_HEALTH
from bench.swarm.site import Say, Site
from bench.swarm.workshop import Events
from nanoservices import clock
from swarm import deploying, docker_program, stack
from swarm.errors import DeployError, EngineError, SwarmError
from swarm.stack import Stack

WITHIN_S, LOOK_S, AGAIN_S = 60.0, 0.05, 0.05
KINDS = ("ours", "floor")


def measure(site: Site, rounds: int, left_out: list[str], say: Say) -> dict[str, list[dict[str, float]]]:
    """Of both kinds in turn, the seconds of each round; a first round of each is not counted: images are pulled in it.
    A round that fails ends it, is named in `left_out`, and those before it are kept."""
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for number in range(rounds + 1):
        for kind in KINDS:
            try:
                took = once(site, kind)
                stop_s = site.engine.remove_stack(stacks.NAME)
            except SwarmError as error:
                if not all(found.values()):
                    raise
                left_out.append(f"deploy, from round {number} of {rounds} on: {error}")
                return found
            shown = ", ".join(f"{name} {seconds:.2f}" for name, seconds in took.items())
            say(f"deploy {kind}, {'warming up' if number == 0 else f'{number} of {rounds}'}: {shown}")
            if number > 0:
                found[kind].append({**took, "removed_s": stop_s})
    return found


def once(site: Site, kind: str) -> dict[str, float]:
    """Deploy one. Seconds from when docker was started to deploy: `docker_s` until it had asked for everything,
    `started_s` until every container had been started, `running_s` until the engine called every task running, which means
    healthy, `ready_s` until every service of the room had said of itself, over CoAP, that it is ready."""
    wanted = site.one_prober(site.room if kind == "ours" else stacks.floor(site.room, site.floor))
    count = stacks.tasks(wanted, site.running())
    events = Events(site.engines)
    try:
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(KINDS) * 2) as pool:
            deploying.write(Path(folder), wanted, site.files)
            began = clock.monotonic()
            parts = {
                "docker_s": pool.submit(_deployed, site, folder, began),
                "started_s": pool.submit(_started, events, count + 1, began),
                "running_s": pool.submit(_running, site, count + 1, began),
            }
            if kind == "ours":
                parts["ready_s"] = pool.submit(_ready, site, count, began)
            return {name: future.result() for name, future in parts.items()}
    finally:
        events.close()


def up(site: Site, wanted: Stack) -> None:
    """Deploy that stack, and wait until its tasks run."""
    with tempfile.TemporaryDirectory() as folder:
        deploying.write(Path(folder), wanted, site.files)
        began = clock.monotonic()
        _deployed(site, folder, began)
        _running(site, stacks.tasks(wanted, site.running()) + len(site.nodes), began)


def _deployed(site: Site, folder: str, began: float) -> float:
    path = f"{folder}/{stack.NAME}.yml"
    docker_program.run(site.engine.url, "stack", "deploy", "--resolve-image", "never", "--compose-file", path, stacks.NAME)
    return clock.monotonic() - began


def _running(site: Site, count: int, began: float) -> float:
    while True:
        tasks = site.engine.tasks(stacks.NAME)
        if sum(task.state == "running" and task.wanted == "running" for task in tasks) >= count:
            return clock.monotonic() - began
        if clock.monotonic() > began + WITHIN_S:
            said = "; ".join(sorted({f"{task.state}: {task.why}" for task in tasks if task.why}))
            raise DeployError(f"not all of the benchmark's stack runs after {WITHIN_S:g} s; {said or 'no task says why'}")
        time.sleep(LOOK_S)


def _ready(site: Site, count: int, began: float) -> float:
    node = site.nodes[site.labels.running("controller")[0]]
    insisted(began, lambda left_s: asking.ask(node.address, left_s, room=count - 1))
    return clock.monotonic() - began


def _started(events: Events, count: int, began: float) -> float:
    started: set[str] = set()
    for event in events.until(began + WITHIN_S):
        if event.action == "start":
            started.add(event.task)
        if len(started) == count:
            return event.at - began
    raise DeployError(f"only {len(started)} of {count} containers have been started after {WITHIN_S:g} s")


def first_answer(site: Site, node: str, task: str, began: float) -> float:
    """Seconds from `began` until a task whose container has started answers a request from its own node."""
    address = site.engine.address(task)
    insisted(began, lambda left_s: asking.ask(site.nodes[node].address, left_s, knock=address, say=GET_HEALTH.hex()))
    return clock.monotonic() - began


def insisted(began: float, ask: Callable[[float], Any]) -> Any:
    """Ask a prober that may still be starting."""
    while True:
        try:
            return ask(began + WITHIN_S - clock.monotonic())
        except asking.NotSeen:
            raise
        except EngineError:
            if clock.monotonic() > began + WITHIN_S:
                raise
            time.sleep(AGAIN_S)
