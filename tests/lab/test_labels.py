"""labels.yml on a real Swarm: applied once, over what others do meanwhile, or refused before anything changes."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarm import docker_program, labels_file
from swarm.errors import EngineError
from swarm.labels_apply import OUT_OF_SEQUENCE
from tests.lab.conftest import ROOT, Lab

Specs = dict[str, dict[str, object]]


def specs(lab: Lab) -> Specs:
    """What the cluster is told of each node, all of it."""
    manager = lab.context.manager
    names = docker_program.run(manager, "node", "ls", "--quiet").split()
    told = json.loads(docker_program.run(manager, "node", "inspect", *names))
    return {node["Description"]["Hostname"]: node["Spec"] for node in told}


def labels(lab: Lab, name: str) -> dict[str, str]:
    return next(node.labels for node in lab.manager.nodes() if node.name == name)


@pytest.fixture
def edited(lab: Lab, tmp_path: Path) -> Iterator[Path]:
    """A labels.yml to edit. Afterwards the nodes are what they were."""
    before = {node.name: node.labels for node in lab.manager.nodes()}
    path = tmp_path / "labels.yml"
    path.write_text((ROOT / "labels.yml").read_text())
    yield path
    for name, told in before.items():
        lab.manager.label_node(name, told)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def insist(act: Callable[[], None]) -> None:
    """Until it was not too late."""
    while True:
        try:
            return act()
        except EngineError as error:
            assert OUT_OF_SEQUENCE in str(error), error


def test_nodes_become_what_the_file_says_and_twice_is_once(lab: Lab, edited: Path) -> None:
    manager = lab.context.manager
    docker_program.run(manager, "node", "update", "--label-add", "rack=7", "pi-lobby")
    change(edited, "run: [presence, scanner, guidance]", "run: [presence, guidance]")
    change(edited, "server-1:  {run", "server-1:  {zone: corridor, run")
    before = specs(lab)
    plan = json.loads(lab.done("labels", "apply", str(edited), "--dry-run", "--json"))
    assert plan["changes"] == [
        {"node": "pi-lobby", "put": {}, "drop": ["scanner"]},
        {"node": "server-1", "put": {"zone": "corridor"}, "drop": []},
    ]
    assert specs(lab) == before
    lab.done("labels", "apply", str(edited), "--yes")
    assert labels(lab, "pi-lobby").keys() == {"presence", "guidance", "zone", "ip", "rack"}
    assert labels(lab, "server-1")["zone"] == "corridor"
    after = specs(lab)
    assert {name for name in after if after[name] != before[name]} == {"pi-lobby", "server-1"}
    assert "Nothing to do" in lab.done("labels", "apply", str(edited))
    assert specs(lab) == after


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pi-lobby:", "pi-loby:", "labels.yml:6: nodes.pi-loby: the cluster has no node pi-loby (did you mean pi-lobby?)"),
        ("[controller, auth]", "[controler, auth]", "there is no nanoservice controler; did you mean controller?"),
        ("server-1:", "pi-lobby:", "pi-lobby is there twice, first on line 6"),
        ("zones: [", "bad key=1: x\nzones: [", "bad key=1: there is no such key"),
        ("zones: [entrance", "a: &a [x]\nb: *a\nzones: [entrance", "*a is an alias, which is not taken here"),
    ],
)
def test_mistakes_are_refused_before_anything_changes(lab: Lab, edited: Path, old: str, new: str, says: str) -> None:
    change(edited, "run: [presence, scanner, guidance]", "run: [presence, scanner]")  # what would be changed otherwise
    change(edited, old, new)
    before = specs(lab)
    told = lab.run("labels", "apply", str(edited), "--yes")
    assert told.returncode == 2, told.stdout + told.stderr
    assert says in told.stderr
    assert specs(lab) == before


def test_two_admins_at_once_lose_nothing(lab: Lab, edited: Path) -> None:
    """The other one labels the same nodes as fast as an engine takes it."""
    names = ("pi-lobby", "pi-room-1", "server-1")
    for name in names:
        lab.manager.label_node(name, {})
    busy, done = threading.Event(), threading.Event()
    counted = dict.fromkeys(names, 0)

    def other() -> None:
        ids = {node.name: node.id for node in lab.manager.nodes()}
        engine = lab.manager
        while not done.is_set():
            for name in names:
                counted[name] += 1
                insist(lambda name=name: engine.relabel(ids[name], {"rack": str(counted[name])}, []))
            busy.set()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert busy.wait(30)
        ended = lab.run("labels", "apply", str(edited), "--yes")
    finally:
        done.set()
        thread.join()
    assert (ended.returncode, ended.stderr) == (0, "")
    for name, wanted in labels_file.read(edited).nodes.items():
        has = labels(lab, name)
        assert has["rack"] == str(counted[name])
        assert set(wanted.run) <= has.keys()


def test_a_first_file_can_be_applied_as_it_is(lab: Lab, edited: Path) -> None:
    for name in ("pi-lobby", "pi-room-1", "server-1"):
        lab.manager.label_node(name, {})
    first = edited.with_name("first.yml")
    lab.done("labels", "init", str(first))
    lab.done("labels", "check", str(first))
    lab.done("labels", "apply", str(first), "--yes")
    assert labels(lab, "server-1").keys() == {"auth", "controller", "ip"}
    assert lab.run("labels", "init", str(first)).returncode == 2
