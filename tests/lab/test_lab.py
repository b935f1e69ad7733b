"""Building a lab and ending it, whatever happens in between. Each of these builds its own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from swarm import context
from swarm.context import Context
from swarm.engine import Engine
from swarm.lab import processes
from swarm.lab.plan import RUN
from tests.lab import tiny
from tests.lab.conftest import ROOT, Lab, nanoswarm
from tests.lab.traces import said, traces

PATIENCE_S = 30


@pytest.fixture
def before(lab_machine: None) -> dict[str, object]:
    left = nanoswarm("lab", "down", cwd=ROOT)  # by tests that were killed
    assert left.returncode == 0, left.stderr
    return traces()


@pytest.fixture
def own(place: Path, before: dict[str, object]) -> Iterator[Lab]:
    """A folder to build a lab in. Whatever the test did, at its end `lab down` leaves no trace."""
    yield Lab(place)
    down = nanoswarm("lab", "down", cwd=place)
    assert down.returncode == 0, down.stderr
    assert traces() == before
    assert not (place / context.PATH).exists()


def engines() -> dict[str, int]:
    state = json.loads((RUN / "state.json").read_text())
    return {process["name"]: process["pid"] for process in state["processes"]}


def until(condition: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            if found := condition():
                return found
        time.sleep(0.02)
    raise AssertionError(f"it did not come about: {what}")


def sleeping_container(url: str) -> int:
    """Started in a container there; its pid as this machine sees it."""
    tiny.load(url)
    subprocess.run(["docker", "-H", url, "run", "--detach", tiny.NAME, *tiny.COMMAND], capture_output=True, check=True)
    (container,) = Engine(url).containers()
    return container.pid


def test_lab_is_one_swarm_of_labelled_nodes_and_goes_without_a_trace(own: Lab) -> None:
    own.done("lab", "up", "--nodes", "3")
    told = json.loads(own.done("lab", "ls", "--json"))
    assert told["up"]
    assert {node["name"]: node["state"] for node in told["nodes"]} == dict.fromkeys(
        ("pi-lobby", "pi-room-1", "server-1"), "ready"
    )
    assert told["nodes"][0]["labels"]["presence"] == told["nodes"][2]["labels"]["controller"] == "true"
    assert [node.name for node in own.manager.nodes() if node.role == "manager"] == ["server-1"]
    assert own.context.simulated
    assert own.context.registry is not None


def test_containers_go_with_the_lab_without_a_trace(own: Lab) -> None:
    own.done("lab", "up", "--nodes", "1")
    pid = sleeping_container(own.context.manager)
    assert pid in [process.pid for process in processes.ours()]
    began = time.monotonic()
    own.done("lab", "down")
    assert time.monotonic() - began < 10  # an engine that is asked to end takes longer
    assert not Path(f"/proc/{pid}/exe").exists()


def test_second_lab_is_refused_in_words_and_the_first_goes_on(own: Lab) -> None:
    own.done("lab", "up", "--nodes", "2")
    earlier = engines()
    again = own.run("lab", "up", "--nodes", "3")
    assert again.returncode == 1
    assert "a lab is up already (pi-lobby, pi-room-1)" in again.stderr and "nanoswarm lab down" in again.stderr
    assert engines() == earlier
    assert len(json.loads(own.done("lab", "ls", "--json"))["nodes"]) == 2


def test_killed_engines_are_told_of_and_what_they_left_is_ended(own: Lab) -> None:
    own.done("lab", "up", "--nodes", "2")
    pid = sleeping_container(own.context.nodes["pi-lobby"])
    for name, engine in engines().items():
        if name in own.context.nodes:
            os.kill(engine, signal.SIGKILL)
    until(lambda: "ended" in own.done("lab", "ls"), "lab ls says that they have ended")
    assert json.loads(own.done("lab", "ls", "--json"))["ended"] == ["pi-lobby", "pi-room-1"]
    assert Path(f"/proc/{pid}/exe").exists(), "a container outlives its engine: that is what is to be ended"
    assert "The lab is gone" in own.done("lab", "down")
    assert not Path(f"/proc/{pid}/exe").exists()


def test_crashed_lab_is_built_anew(own: Lab) -> None:
    own.done("lab", "up", "--nodes", "2")
    os.kill(engines()["pi-lobby"], signal.SIGKILL)
    until(lambda: "ended" in own.done("lab", "ls"), "lab ls says that it has ended")
    assert "Taking down what an earlier lab left" in own.done("lab", "up", "--nodes", "1")
    assert [node.name for node in own.manager.nodes()] == ["pi-lobby"]


@pytest.mark.parametrize("said_last", ["Laying cables", "Starting the registry", "Making them one Swarm"])
@pytest.mark.parametrize("later_s", [0.0, 0.15])
def test_lab_up_killed_half_way_is_taken_down(own: Lab, said_last: str, later_s: float) -> None:
    with building(own.cwd) as up:
        heard(up, said_last)
        time.sleep(later_s)
        up.kill()
    assert "The lab is gone" in own.done("lab", "down")


def test_interrupted_lab_up_takes_itself_down_though_nobody_listens_any_more(own: Lab, before: dict[str, object]) -> None:
    with building(own.cwd) as up:
        heard(up, "Making them one Swarm")
        up.send_signal(signal.SIGINT)
    assert up.returncode != 0
    assert traces() == before


@contextlib.contextmanager
def building(cwd: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-u", "-m", "swarm", "lab", "up", "--nodes", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as up:
        yield up


def heard(up: "subprocess.Popen[str]", words: str) -> None:
    assert up.stdout is not None
    for line in up.stdout:
        if words in line:
            return
    raise AssertionError(f"lab up never said: {words}")


@pytest.fixture
def foreign(lab_machine: None, tmp_path: Path) -> Iterator[str]:
    """An engine that is not the lab's, in a namespace of its own, with a container."""
    url = f"unix://{tmp_path}/foreign.sock"
    said("ip", "netns", "add", "foreign")
    command = ["nsenter", "--net=/run/netns/foreign", "dockerd", "--host", url, "--bridge", "none", "--iptables=false"]
    folders = ["--data-root", f"{tmp_path}/data", "--exec-root", f"{tmp_path}/exec", "--pidfile", f"{tmp_path}/pid"]
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    with (tmp_path / "log").open("wb") as log, subprocess.Popen([*command, *folders], env=environment, stderr=log) as daemon:
        try:
            until((tmp_path / "foreign.sock").is_socket, "the foreign engine listens")
            yield url
            subprocess.run(["docker", "-H", url, "rm", "--force", "theirs"], capture_output=True, check=False)
        finally:
            daemon.terminate()
            daemon.wait(20)
            said("ip", "netns", "delete", "foreign")


def test_engine_that_is_not_the_labs_goes_on_and_so_do_its_containers(foreign: str, own: Lab) -> None:
    tiny.load(foreign)
    run = ["docker", "-H", foreign, "run", "--detach", "--name", "theirs", "--network", "none", tiny.NAME, *tiny.COMMAND]
    subprocess.run(run, capture_output=True, check=True)
    (theirs,) = Engine(foreign).containers()
    own.done("lab", "up", "--nodes", "2")
    os.kill(engines()["pi-lobby"], signal.SIGKILL)
    own.done("lab", "down")
    assert [container.pid for container in Engine(foreign).containers()] == [theirs.pid]
    assert Path(f"/proc/{theirs.pid}/exe").exists()


def test_another_engine_is_taken_by_its_path(own: Lab) -> None:
    other = own.cwd / "dockerd"
    usual = shutil.which("dockerd", path=f"{os.environ['PATH']}:/usr/sbin")
    other.write_text(f'#!/bin/sh\nexec {usual} --label own=yes "$@"\n')
    other.chmod(0o755)
    own.done("lab", "up", "--nodes", "1", "--engine", "./dockerd")
    assert b"own=yes" in Path(f"/proc/{engines()['pi-lobby']}/cmdline").read_bytes()


def test_engine_that_does_not_start_is_quoted_and_nothing_stays(own: Lab, before: dict[str, object]) -> None:
    broken = own.cwd / "dockerd"
    broken.write_text("#!/bin/sh\necho this engine is broken >&2\nexit 1\n")
    broken.chmod(0o755)
    refused = own.run("lab", "up", "--nodes", "2", "--engine", "./dockerd")
    assert refused.returncode == 1
    assert "the engine of pi-lobby did not start: this engine is broken" in refused.stderr
    assert traces() == before


def test_engine_that_is_not_there_is_refused_before_anything_is_touched(own: Lab, before: dict[str, object]) -> None:
    refused = own.run("lab", "up", "--engine", "/no/such/dockerd")
    assert refused.returncode == 1
    assert "missing: /no/such/dockerd" in refused.stderr and "Laying cables" not in refused.stdout
    assert traces() == before


def test_another_clusters_context_is_never_lost(place: Path, before: dict[str, object]) -> None:
    theirs = Context("ssh://admin@pi-1", {"pi-1": "ssh://admin@pi-1"})
    context.save(place / context.PATH, theirs)
    refused = nanoswarm("lab", "up", cwd=place)
    assert refused.returncode == 1
    assert "another cluster (ssh://admin@pi-1)" in refused.stderr
    assert nanoswarm("lab", "down", cwd=place).returncode == 0
    assert context.load(place / context.PATH, {}) == theirs
    assert traces() == before


def test_without_a_lab_there_is_nothing_to_end_or_to_see(place: Path, before: dict[str, object]) -> None:
    assert "There is no lab here" in nanoswarm("lab", "down", cwd=place).stdout
    assert "There is no lab here" in nanoswarm("lab", "ls", cwd=place).stdout
    visit = nanoswarm("lab", "visit", "bob", cwd=place)
    assert visit.returncode == 1 and "nanoswarm lab up" in visit.stderr
    assert traces() == before


def test_devices_begin_anew_with_what_labels_yml_says_now(own: Lab) -> None:
    own.done("lab", "up", "--nodes", "2")
    (own.cwd / "labels.yml").write_text((own.cwd / "labels.yml").read_text() + "# changed\n")
    socket = RUN / "devices" / "world.sock"
    was = socket.stat().st_ctime_ns
    until(lambda: socket.stat().st_ctime_ns != was, "the devices listen anew")
    assert own.run("lab", "leave", "bob").stderr.strip().startswith("bob is not here")
    assert Path(f"/proc/{engines()['devices']}/exe").exists(), "in the same process"
