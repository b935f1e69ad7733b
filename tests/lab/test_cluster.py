"""Nodes of a real Swarm leave and join again: by their sockets, over SSH, and never with a token that anybody can see."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarm import context, docker_program
from swarm.engine import Engine
from swarm.lab.plan import RUN
from tests.lab import ssh_server, tiny
from tests.lab.conftest import ROOT, Lab, nanoswarm
from tests.lab.ssh_server import Server
from tests.lab.watching import command_lines

PATIENCE_S = 30.0


@pytest.fixture
def whole(lab: Lab) -> Iterator[Lab]:
    """The lab. Afterwards all its nodes are in the cluster again, labelled, and known by their sockets."""
    told, labels = lab.context, {node.name: node.labels for node in lab.manager.nodes()}
    yield lab
    members = {node.id for node in lab.manager.nodes()}
    for name, url in told.nodes.items():
        engine = Engine(url)
        if engine.facts().node_id not in members:
            if engine.facts().swarm != "inactive":
                engine.swarm_leave(force=True)
            for gone in [node for node in lab.manager.nodes() if node.name == name]:
                lab.manager.remove_node(gone.id)
            engine.swarm_join(lab.manager.facts().managers, lab.manager.worker_token(), None)
    context.save(lab.cwd / context.PATH, told)
    for name, wanted in labels.items():
        eventually(lambda name=name: any(node.name == name and node.ready for node in lab.manager.nodes()), f"{name} is ready")
        lab.manager.label_node(name, wanted)


def eventually(holds: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, f"not in {PATIENCE_S:g} s: {what}"
        time.sleep(0.1)


def members(lab: Lab) -> list[str]:
    return [node.name for node in lab.manager.nodes() if node.ready]


def specs(lab: Lab) -> object:
    manager = lab.context.manager
    told = json.loads(docker_program.run(manager, "node", "inspect", *docker_program.run(manager, "node", "ls", "-q").split()))
    return sorted((node["ID"], json.dumps(node["Spec"], sort_keys=True)) for node in told)


@pytest.fixture
def busy(whole: Lab) -> Iterator[Lab]:
    """A service runs where `guidance` does, which is pi-lobby."""
    manager = whole.context.manager
    tiny.load(whole.context.nodes["pi-lobby"])
    create = ("service", "create", "--detach", "--name", "asleep", "--mode", "global", "--stop-grace-period", "1s")
    docker_program.run(
        manager, *create, "--no-resolve-image", "--constraint", "node.labels.guidance==true", tiny.NAME, *tiny.COMMAND
    )
    eventually(lambda: runs(whole, "pi-lobby"), "the service runs")
    yield whole
    docker_program.run(manager, "service", "rm", "asleep")
    eventually(lambda: not runs(whole, "pi-lobby"), "the service is gone")
    docker_program.run(whole.context.nodes["pi-lobby"], "rmi", "--force", tiny.NAME)


def runs(lab: Lab, node: str) -> bool:
    return any(container.service == "asleep" for container in lab.engine(node).containers())


def test_a_node_leaves_and_joins_again_and_nobody_sees_its_token(busy: Lab) -> None:
    url, token = busy.context.nodes["pi-lobby"], busy.manager.worker_token()
    said = busy.done("cluster", "leave", "pi-lobby", "--yes")
    assert members(busy) == ["pi-room-1", "server-1"]
    assert Engine(url).facts().swarm == "inactive"
    assert Engine(url).containers() == []
    assert "pi-lobby" not in busy.context.nodes
    with command_lines() as watcher:
        said += busy.done("cluster", "join", url, "--yes")
    assert watcher.has_seen("swarm\0cluster\0join"), "it did not look often enough"
    assert not watcher.has_seen(token)
    logs = [path.read_text(errors="replace") for path in RUN.glob("*/engine.log")]
    assert logs
    assert not any(token in text for text in (said, *logs, (busy.cwd / context.PATH).read_text()))
    assert members(busy) == ["pi-lobby", "pi-room-1", "server-1"]
    assert busy.context.nodes["pi-lobby"] == url
    assert not runs(busy, "pi-lobby"), "labels do not come by themselves"
    busy.done("labels", "apply", "--yes")
    eventually(lambda: runs(busy, "pi-lobby"), "the service runs there again")
    before = specs(busy)
    assert "Nothing to do: pi-lobby is in the cluster already." in busy.done("cluster", "join", url, "--yes")
    assert specs(busy) == before


def test_who_cannot_join_changes_nothing(whole: Lab, tmp_path: Path) -> None:
    url = whole.context.nodes["pi-lobby"]
    whole.done("cluster", "leave", "pi-lobby", "--yes")
    before = specs(whole), (whole.cwd / context.PATH).read_text()
    for wrong, says in {
        "tcp://10.88.77.11:2375": "an engine that listens there is everybody's who reaches it; give it as USER@HOST",
        f"unix://{tmp_path}/docker.sock": "does not answer",
        "context:nowhere": "there is no such Docker context",
        "-oProxyCommand=x": "No such option",
    }.items():
        told = whole.run("cluster", "join", url, wrong, "--yes")
        assert (told.returncode, says in told.stderr) == (2, True), told.stderr
    Engine(url).swarm_init("10.88.77.10")
    told = whole.run("cluster", "join", url, "--yes")
    assert (told.returncode, "is in another Swarm (active); let it leave first" in told.stderr) == (2, True), told.stderr
    assert (specs(whole), (whole.cwd / context.PATH).read_text()) == before


def test_a_cluster_begins_is_taken_as_it_is_and_ends(whole: Lab, tmp_path: Path) -> None:
    url = whole.context.nodes["pi-lobby"]
    whole.done("cluster", "leave", "pi-lobby", "--yes")
    init = ("cluster", "init", url, "--advertise", "10.88.77.10", "--yes")
    first, second = (nanoswarm(*init, cwd=tmp_path) for _ in range(2))
    assert (first.returncode, "pi-lobby manages the cluster, at 10.88.77.10" in first.stdout) == (0, True), first.stderr
    assert (second.returncode, "Nothing to do" in second.stdout) == (0, True)
    (tmp_path / context.PATH).unlink()
    assert nanoswarm("cluster", "init", url, "--yes", cwd=tmp_path).returncode == 0
    assert context.load(tmp_path / context.PATH, {}).nodes == {"pi-lobby": url}
    told = nanoswarm("cluster", "leave", "pi-lobby", "--yes", cwd=tmp_path)
    assert (told.returncode, Engine(url).facts().swarm) == (0, "inactive"), told.stderr
    assert not (tmp_path / context.PATH).exists()


@pytest.fixture
def server(whole: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The engine of pi-room-1 can be reached over SSH."""
    ssh_server.need_client()
    with ssh_server.serving(RUN / "pi-room-1" / "docker.sock", tmp_path / "ssh") as found:
        monkeypatch.setenv("PATH", f"{found.client}:{os.environ['PATH']}")
        yield found


def test_a_node_joins_and_is_asked_over_ssh(whole: Lab, server: Server) -> None:
    token = whole.manager.worker_token()
    whole.done("cluster", "leave", "pi-room-1", "--yes")
    with command_lines() as watcher:
        whole.done("cluster", "join", server.where, "--yes")
    assert watcher.has_seen("docker.sock:/var/run/docker.sock"), "it did not go through ssh"
    assert not watcher.has_seen(token)
    assert members(whole) == ["pi-lobby", "pi-room-1", "server-1"]
    assert whole.context.nodes["pi-room-1"] == f"ssh://{server.where}"
    rows = {row["node"]: row for row in json.loads(whole.done("cluster", "ls", "--json"))}
    assert rows["pi-room-1"]["limits_memory"] is True
    eventually(lambda: ssh_processes(server) == [], "no client is left")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (Server.forget, "Host key verification failed.; look at its key, and accept it: ssh -p PORT pi@127.0.0.1"),
        (Server.lock_out, "Permission denied (publickey).; let your key in: ssh-copy-id -p PORT pi@127.0.0.1"),
        (Server.close, "No such file or directory; let the user there speak to Docker"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_do(whole: Lab, server: Server, spoil: Callable[[Server], None], says: str) -> None:
    spoil(server)
    before = specs(whole)
    told = whole.run("cluster", "join", server.where, "--yes")
    assert told.returncode == 2
    assert says.replace("PORT", server.where.rpartition(":")[2]) in told.stderr, told.stderr
    assert specs(whole) == before


def test_a_tunnel_ends_with_whoever_dug_it_however_they_end(whole: Lab, server: Server) -> None:
    digs = "import sys, time; from swarm.engine import Engine\n"
    digs += "e = Engine(sys.argv[1]); e.ping(); print(1, flush=True); time.sleep(99)"
    command = [sys.executable, "-c", digs, f"ssh://{server.where}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as digger:
        assert digger.stdout is not None and digger.stdout.readline() == b"1\n"
        assert ssh_processes(server)
        digger.send_signal(signal.SIGKILL)
    eventually(lambda: ssh_processes(server) == [], "ssh has ended")


def ssh_processes(server: Server) -> list[str]:
    """The command lines of the clients that go to the server."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return [line for line in lines if f"{server.folder}/config" in line]
