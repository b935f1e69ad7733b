"""The lab's engines: one for each node, in a network, a host name and mounts of its own, joined to one Swarm."""

import contextlib
import os
import sys
import time
from pathlib import Path

from swarm.engine import Engine
from swarm.errors import EngineError, LabError
from swarm.lab import processes
from swarm.lab.home import State
from swarm.lab.plan import DEVICES, OWN, RUN, SHARED, WORLD, LabNode, Plan

READY_S = 30.0
_NODE = """
hostname "$0"
while [ "$1" != -- ]; do mkdir -p "$1" "$2" && mount --bind "$1" "$2" || exit; shift 2; done
shift; exec "$@" """


def registry(plan: Plan, data: Path) -> processes.Started:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = RUN / "registry.yml"
    settings.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {data}}}, delete: {{enabled: true}}}}\n"
        f"http: {{addr: '{plan.registry}'}}\nlog: {{level: error}}\n"
    )
    return processes.start("registry", ["docker-registry", "serve", str(settings)], RUN / "registry.log")


def devices() -> processes.Started:
    """The simulated ones of all nodes; they read the state that has been saved."""
    SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    return processes.start("devices", [sys.executable, "-m", "swarm.lab.devices"], RUN / "devices.log")


def await_devices(process: processes.Started) -> None:
    """LabError says what they said last."""
    until = time.monotonic() + READY_S
    while not WORLD.is_socket():
        if not process.runs() or time.monotonic() > until:
            raise LabError(f"the simulated devices did not start: {last(RUN / 'devices.log')}")
        time.sleep(0.05)


def start(plan: Plan, node: LabNode, engine: str) -> processes.Started:
    """It sees the simulated devices where a node's would be, and has folders of its own where engines share some."""
    for folder in (node.run, node.data):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mounts = {SHARED: DEVICES} | {node.run / "own" / path.relative_to("/"): path for path in OWN}
    command = [
        "nsenter", f"--net=/run/netns/{node.namespace}", "unshare", "--uts", "--mount", "--propagation", "slave",
        "sh", "-c", _NODE, node.name, *(str(path) for pair in mounts.items() for path in pair), "--",
        engine, "--host", node.url, "--data-root", str(node.data), "--exec-root", str(node.run / "exec"),
        "--pidfile", str(node.run / "pid"), "--insecure-registry", plan.subnet,
        "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", processes.cgroup(node.name),
    ]  # fmt: skip
    return processes.start(node.name, command, node.run / "engine.log", {"PATH": search_path(engine)})


def absolute(engine: str) -> str:
    """A path stays what it is in another folder; a name is looked for."""
    return str(Path(engine).absolute()) if "/" in engine else engine


def search_path(engine: str) -> str:
    """Where programs are looked for: beside another engine lie its own containerd and runc."""
    usual = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    if "/" not in engine:
        return usual
    folder = Path(engine).resolve().parent
    return f"{folder}:{folder.parent / 'bin'}:{usual}"


def ready(state: State, node: LabNode) -> Engine:
    """The node's engine, once it answers. LabError says what it said last."""
    process = state.the(node.name)
    engine = Engine(node.url)
    until = time.monotonic() + READY_S
    while True:
        try:
            engine.ping()
            return engine
        except EngineError as error:
            if not process.runs() or time.monotonic() > until:
                raise LabError(f"the engine of {node.name} did not start: {last(node.run / 'engine.log') or error}") from None
            time.sleep(0.05)


def last(log: Path) -> str:
    """The last line of a log, shortened."""
    with contextlib.suppress(OSError, IndexError):
        return log.read_text(errors="replace").strip().splitlines()[-1][:400]
    return ""


def join(plan: Plan, engines: dict[str, Engine]) -> None:
    """Make them one Swarm."""
    manager = engines[plan.manager.name]
    token = manager.swarm_init(plan.manager.address)
    for node in plan.nodes:
        if node != plan.manager:
            engines[node.name].swarm_join([f"{plan.manager.address}:2377"], token, node.address)
