"""Takes parts of a running lab away and brings them back: a node as by its plug, the registry, the internet."""

import shutil
import time

from swarm.engine import Engine
from swarm.errors import EngineError, InputError, LabError
from swarm.lab import engines, home, network, processes
from swarm.lab.home import State
from swarm.lab.plan import DATA, LabNode

REGISTRY, INTERNET = "registry", "internet"
BACK_S = 60.0
LOOK_S = 0.1
_PASSING = ("exec", "own/run", "docker.sock", "pid")  # what a machine forgets with its memory


def stop(names: tuple[str, ...]) -> None:
    """InputError when the lab has no such part; what is stopped already stays so."""
    with home.claimed():
        state = _there(names)
        for name in names:
            if name == INTERNET:
                network.disconnect(state.plan)
            else:
                processes.kill_all(name=name)


def start(names: tuple[str, ...]) -> None:
    """Until a node is ready again, as its Swarm says. What runs already goes on."""
    with home.claimed():
        state = _there(names)
        for name in names:
            _start(state, name)
        for node in _nodes(state, names):
            engines.ready(state, node)
        _await_ready(state, names)


def _there(names: tuple[str, ...]) -> State:
    state = home.load()
    if state is None or not state.complete:
        raise LabError("there is no lab here; build one with: nanoswarm lab up")
    parts = [*(node.name for node in state.plan.nodes), REGISTRY, INTERNET]
    if unknown := [name for name in names if name not in parts]:
        raise InputError([f"{name}: the lab has no such part; it has {', '.join(parts)}" for name in unknown])
    return state


def _nodes(state: State, names: tuple[str, ...]) -> list[LabNode]:
    return [node for node in state.plan.nodes if node.name in names]


def _start(state: State, name: str) -> None:
    if name == INTERNET:
        network.connect(state.plan)
    elif not state.the(name).runs():
        state.processes = [process for process in state.processes if process.name != name]
        if name == REGISTRY:
            state.started(engines.registry(state.plan, DATA / "registry"))
        else:
            (node,) = _nodes(state, (name,))
            _forget_what_passes(node)
            network.plug_in(state.plan, node)
            state.started(engines.start(state.plan, node, state.engine))


def _forget_what_passes(node: LabNode) -> None:
    for path in (node.run / name for name in _PASSING):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _await_ready(state: State, names: tuple[str, ...]) -> None:
    """Also what else the manager has to find again, after it was away itself."""
    running = {node.name for node in state.plan.nodes if state.the(node.name).runs()}
    if not _nodes(state, names) or state.plan.manager.name not in running:
        return  # there is nobody to find it
    until, missing = time.monotonic() + BACK_S, running
    while missing:
        if time.monotonic() > until:
            raise LabError(f"not ready again after {BACK_S:g} s: {', '.join(sorted(missing))}; see: nanoswarm lab ls")
        time.sleep(LOOK_S)
        missing = running - _ready(state)


def _ready(state: State) -> set[str]:
    try:
        return {node.name for node in Engine(state.plan.manager.url).nodes() if node.state == "ready"}
    except EngineError:  # the manager looks for itself
        return set()
