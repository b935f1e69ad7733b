"""Builds a lab, and ends it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from swarm import context
from swarm.context import Context
from swarm.errors import LabError
from swarm.lab import clearing, engines, home, network
from swarm.lab.home import State
from swarm.lab.plan import DATA, RUN, Plan
from swarm.labels import Labels

Progress = Callable[[str], None]
_PROGRAMS = ("ip", "iptables", "sysctl", "nsenter", "unshare", "mount", "docker-registry")


def up(plan: Plan, labels: Labels, path: Path, engine: str, context_path: Path, say: Progress) -> State:
    """Build `plan` and make `labels` true of it, which come from the file `path`.

    LabError says what is missing; a half-built lab is taken down again.
    """
    _check(engine)
    _check_context(context_path)
    with home.claimed():
        there = home.load()
        if there is not None and there.complete and all(process.runs() for process in there.processes):
            names = ", ".join(node.name for node in there.plan.nodes)
            raise LabError(f"a lab is up already ({names}); end it with: nanoswarm lab down")
        if there is not None:
            say("Taking down what an earlier lab left ...")
            clearing.take_down(there, say)
        state = State(plan, path.absolute(), engines.absolute(engine), context_path.absolute())
        state.save()
        try:
            _build(state, labels, say)
        except BaseException:
            clearing.take_down(state, say)
            raise
    return state


def down(say: Progress) -> bool:
    """End the lab, whole or half. False when there is none."""
    with home.claimed():
        state = home.load()
        if state is None:
            return False
        clearing.take_down(state, say)
    return True


def _check(engine: str) -> None:
    if os.geteuid() != 0:
        raise LabError("a lab is root's to build (network namespaces, engines); run: sudo $(which nanoswarm) lab up")
    missing = [name for name in (*_PROGRAMS, engine) if shutil.which(name, path=engines.search_path(engine)) is None]
    if missing:
        raise LabError(
            f"these programs are missing: {', '.join(missing)}; on Debian: "
            "apt-get install docker.io iptables iproute2 procps util-linux docker-registry"
        )


def _check_context(path: Path) -> None:
    """The folder's commands are about to speak to the lab: no other cluster shall be forgotten over it."""
    if path.exists():
        manager = context.load(path, {}).manager
        if not manager.startswith(f"unix://{RUN}/"):
            raise LabError(f"{path} speaks of another cluster ({manager}); build the lab in another folder, or remove it")


def _build(state: State, labels: Labels, say: Progress) -> None:
    plan = state.plan
    say(f"Laying cables for {len(plan.nodes)} nodes ...")
    network.raise_network(plan)
    say("Starting the registry and the engines ...")
    state.started(engines.registry(plan, DATA / "registry"))
    devices = engines.devices()
    state.started(devices)
    for node in plan.nodes:
        state.started(engines.start(plan, node, state.engine))
    ready = {node.name: engines.ready(state, node) for node in plan.nodes}
    say("Making them one Swarm ...")
    engines.join(plan, ready)
    engines.await_devices(devices)
    for name, labelled in labels.nodes.items():
        ready[plan.manager.name].label_node(name, labelled.labels)
    cluster = Context(plan.manager.url, {node.name: node.url for node in plan.nodes}, plan.registry, simulated=True)
    context.save(state.context or context.PATH, cluster)
    state.complete = True
    state.save()
