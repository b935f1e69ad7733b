"""Begins a cluster, lets nodes join and leave, and asks each of them what it has.

The token that a worker joins with goes from the manager's engine to the worker's, through their own interfaces: it is never
an argument of a program, and stands in no file, log or message.
"""

import contextlib
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from swarm.cluster_plan import Candidate
from swarm.engine import ClusterNode, Engine
from swarm.engine_cluster import Facts
from swarm.errors import EngineError, InputError

READY_S = 30.0
STOPPED_S = 60.0
LOOK_S = 0.1
_PORTS = "the nodes need 2377/tcp (to the manager), 7946/tcp and udp, 4789/udp between them"


def candidates(engines: Mapping[str, Engine]) -> list[Candidate]:
    """What each engine, by its URL, says of itself. InputError names all that do not answer."""
    asked = _each(engines)
    problems = [str(answer) for answer in asked.values() if isinstance(answer, EngineError)]
    if problems:
        raise InputError(problems)
    return [Candidate(url, answer) for url, answer in asked.items() if isinstance(answer, Facts)]


def facts(engines: Mapping[str, Engine]) -> dict[str, Facts | EngineError]:
    """By the same names, what each says, or why it does not. They are asked at once: one out of reach takes long."""
    return _each(engines)


def _each(engines: Mapping[str, Engine]) -> dict[str, Facts | EngineError]:
    with ThreadPoolExecutor(max_workers=16) as pool:
        return dict(zip(engines, pool.map(_facts, engines.values()), strict=True))


def _facts(engine: Engine) -> Facts | EngineError:
    try:
        return engine.facts()
    except EngineError as error:
        return error


def join(manager: Engine, worker: Engine, candidate: Candidate, token: str, address: str | None) -> ClusterNode:
    """The node, once the manager sees it ready. EngineError when it does not; then the worker is as it was."""
    try:
        worker.swarm_join(manager.facts().managers, token, address)
        return _ready(manager, worker.facts().node_id)
    except EngineError as error:
        with contextlib.suppress(EngineError):
            worker.swarm_leave(force=True)
        raise EngineError(f"{candidate.name} did not join: {str(error).replace(token, '...')}; {_PORTS}") from None


def _ready(manager: Engine, node_id: str) -> ClusterNode:
    until = time.monotonic() + READY_S
    while True:
        found = next((node for node in manager.nodes() if node.id == node_id), None)
        if found is not None and found.ready:
            return found
        if time.monotonic() > until:
            says = "does not know it" if found is None else f"says it is {found.state}"
            raise EngineError(f"the manager {says} after {READY_S:g} s")
        time.sleep(LOOK_S)


def drained(manager: Engine, node: ClusterNode) -> bool:
    """Let its tasks stop. False when some have not after a minute."""
    manager.drain(node.id)
    until = time.monotonic() + STOPPED_S
    while left := manager.tasks_on(node.id):
        if time.monotonic() > until:
            return not left
        time.sleep(LOOK_S)
    return True


def dismiss(manager: Engine, node: ClusterNode, worker: Engine | None) -> str | None:
    """Let it leave, and forget it. What remains to be done on it, when it could not be told."""
    why = "nobody here knows how to reach it"
    if worker is not None:
        try:
            if worker.facts().node_id == node.id:
                worker.swarm_leave(force=False)
            why = ""
        except EngineError as error:
            why = str(error)
    manager.remove_node(node.id)
    return f"{node.name} was not told ({why}); on it, once it runs: docker swarm leave" if why else None


def warnings(facts: Iterable[Facts]) -> list[str]:
    """What a node's machine does not do that services count on."""
    return [
        f"{each.name}: its kernel does not limit memory, and one service can take all of it; add "
        "`cgroup_enable=memory cgroup_memory=1` to the line in /boot/firmware/cmdline.txt (nanoswarm node prepare does), reboot"
        for each in facts
        if not each.limits_memory
    ]
