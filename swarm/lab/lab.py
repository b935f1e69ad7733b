"""Builds a lab, and takes it down to the last trace."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from swarm import context
from swarm.context import Context
from swarm.engine import Engine
from swarm.errors import EngineError, LabError
from swarm.lab import home, network, processes
from swarm.lab.home import State
from swarm.lab.plan import DATA, DEVICES, RUN, LabNode, Plan
from swarm.labels import Labels

Progress = Callable[[str], None]
READY_S = 30.0
_PROGRAMS = ("ip", "iptables", "sysctl", "nsenter", "unshare", "mount", "docker-registry")
_NODE = """hostname "$0" && mkdir -p "$1" && mount --bind "$2" "$1" && shift 2 && exec "$@" """


def up(plan: Plan, labels: Labels, engine: str, context_path: Path, say: Progress) -> State:
    """Build `plan` and make `labels` true of it. LabError says what is missing; a half-built lab is taken down again."""
    _check(engine)
    with home.claimed():
        there = home.load()
        if there is not None and there.complete and all(process.runs() for process in there.processes):
            names = ", ".join(node.name for node in there.plan.nodes)
            raise LabError(f"a lab is up already ({names}); end it with: nanoswarm lab down")
        if there is not None:
            say("Taking down what an earlier lab left ...")
            _take_down(there, say)
        state = State(plan, context_path.absolute())
        state.save()
        try:
            _build(state, labels, engine, say)
        except BaseException:
            _take_down(state, say)
            raise
    return state


def down(say: Progress) -> bool:
    """End the lab, whole or half. False when there is none."""
    with home.claimed():
        state = home.load()
        if state is None:
            return False
        _take_down(state, say)
    return True


def _check(engine: str) -> None:
    if os.geteuid() != 0:
        raise LabError("a lab is root's to build (network namespaces, engines); run it with sudo")
    missing = [
        name for name in (*_PROGRAMS, engine) if shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None
    ]
    if missing:
        raise LabError(
            f"these programs are missing: {', '.join(missing)}; on Debian: "
            "apt-get install docker.io iptables iproute2 procps util-linux docker-registry"
        )


def _build(state: State, labels: Labels, engine: str, say: Progress) -> None:
    plan = state.plan
    say(f"Laying cables for {len(plan.nodes)} nodes ...")
    network.raise_network(plan)
    (RUN / "devices").mkdir(exist_ok=True)
    say("Starting the registry and the engines ...")
    state.started(_registry(plan))
    for node in plan.nodes:
        state.started(_daemon(plan, node, engine))
    engines = {node.name: _ready(state, node) for node in plan.nodes}
    say("Making them one Swarm ...")
    _swarm(plan, engines)
    for name, labelled in labels.nodes.items():
        engines[plan.manager.name].label_node(name, labelled.labels)
    context.save(
        state.context or context.PATH, Context(plan.manager.url, {node.name: node.url for node in plan.nodes}, plan.registry)
    )
    state.complete = True
    state.save()


def _registry(plan: Plan) -> processes.Started:
    folder = DATA / "registry"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = RUN / "registry.yml"
    settings.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}\n"
        f"http: {{addr: '{plan.registry}'}}\nlog: {{level: error}}\n"
    )
    return processes.start("registry", ["docker-registry", "serve", str(settings)], RUN / "registry.log")


def _daemon(plan: Plan, node: LabNode, engine: str) -> processes.Started:
    """An engine in network, host name and mounts of its own; it sees the simulated devices where a node's would be."""
    for folder in (node.run, node.data):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [
        "nsenter", f"--net=/run/netns/{node.namespace}", "unshare", "--uts", "--mount", "--propagation", "slave",
        "sh", "-c", _NODE, node.name, str(DEVICES), str(RUN / "devices"),
        engine, "--host", node.url, "--data-root", str(node.data), "--exec-root", str(node.run / "exec"),
        "--pidfile", str(node.run / "pid"), "--insecure-registry", plan.registry,
    ]  # fmt: skip
    return processes.start(node.name, command, node.run / "engine.log")


def _ready(state: State, node: LabNode) -> Engine:
    process = next(process for process in state.processes if process.name == node.name)
    engine = Engine(node.url)
    until = time.monotonic() + READY_S
    while True:
        try:
            engine.ping()
            return engine
        except EngineError as error:
            if not process.runs() or time.monotonic() > until:
                raise LabError(f"the engine of {node.name} did not start: {_last(node.run / 'engine.log') or error}") from None
            time.sleep(0.1)


def _last(log: Path) -> str:
    with contextlib.suppress(OSError, IndexError):
        return log.read_text(errors="replace").strip().splitlines()[-1][:400]
    return ""


def _swarm(plan: Plan, engines: dict[str, Engine]) -> None:
    manager = engines[plan.manager.name]
    token = manager.swarm_init(plan.manager.address)
    for node in plan.nodes:
        if node != plan.manager:
            engines[node.name].swarm_join(f"{plan.manager.address}:2377", token, node.address)


def _take_down(state: State, say: Progress) -> None:
    """By pid, children first: an engine that is asked to end waits ten seconds and more for each of its containers."""
    say("Ending engines and containers ...")
    containers = [folder.name for node in state.plan.nodes for folder in (node.data / "containers").glob("*")]
    engines = [process for process in state.processes if process.runs()]
    for process in engines:
        process.tell(signal.SIGSTOP)  # or they would start others
    for left in processes.of_containers(containers) if containers else []:
        left.tell(signal.SIGKILL)
    for process in engines:
        process.tell(signal.SIGCONT)
    processes.end(engines)
    for left in processes.of_containers(containers) if containers else []:
        left.tell(signal.SIGKILL)
    say("Removing cables and folders ...")
    network.drop_network(state.plan)
    if state.context is not None:
        context.forget(state.context, state.plan.manager.url)
    shutil.rmtree(DATA, ignore_errors=True)
    shutil.rmtree(RUN, ignore_errors=True)
    with contextlib.suppress(OSError):
        DEVICES.rmdir()  # only where it is empty: it may be somebody else's
    if DATA.exists() or RUN.exists():
        raise LabError(f"{DATA} or {RUN} could not be removed; is something of the lab still mounted?")
