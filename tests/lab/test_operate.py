"""A running room is changed and looked after: one nanoservice more or less, upgraded, and what is wrong with it found."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from swarm import docker_program, images_lock
from swarm.demo import doorman
from swarm.lab.plan import WORLD
from swarm.lab.visiting import Visitor
from swarm.stack import NAME
from tests.lab.conftest import Lab
from tests.lab.room import somebody_is_led, state_of_the_lab, until, visits


def running(lab: Lab) -> dict[str, set[str]]:
    """The ids of the tasks that run, by service."""
    names = {service.id: service.name for service in lab.manager.services(NAME)}
    found: dict[str, set[str]] = {}
    for task in lab.manager.tasks(NAME):
        if task.state == "running" and task.wanted == "running" and task.service in names:
            found.setdefault(names[task.service], set()).add(task.id)
    return found


@pytest.fixture
def kept(room: Lab) -> Iterator[Lab]:
    """What a test writes into labels.yml or images.lock is undone; so is what it deployed."""
    before = {name: (room.cwd / name).read_text() for name in ("labels.yml", "images.lock")}
    try:
        yield room
    finally:
        for name, text in before.items():
            (room.cwd / name).write_text(text)
        room.done("labels", "apply", "--yes")
        room.done("stack", "deploy", "--yes", timeout_s=200)


def test_one_service_less_and_one_more_while_the_others_keep_their_tasks(kept: Lab) -> None:
    before = running(kept)
    labels = (kept.cwd / "labels.yml").read_text()
    told = json.loads(kept.done("service", "rm", "scanner", "--yes", "--json"))
    assert told["state"] == "gone"
    assert told["backup"] in {each["id"] for each in json.loads(kept.done("backup", "ls", "--json"))}
    after = running(kept)
    assert after == {word: ids for word, ids in before.items() if word != "scanner"}
    assert (kept.cwd / "labels.yml").read_text() == labels.replace("presence, scanner,", "presence,")

    assert "update controller" in kept.done("stack", "deploy", "--yes")  # from now on there are five, as far as it knows
    five = running(kept)
    assert {word for word in five if five[word] != after[word]} == {"controller"}

    told = json.loads(kept.done("service", "add", "scanner", "--yes", "--json"))
    assert (told["state"], told["nodes"]) == ("running", ["pi-lobby", "pi-room-1"])
    assert "Nothing to do" in kept.done("service", "add", "scanner")
    again = running(kept)
    assert len(again.pop("scanner")) == 2
    assert again == five
    assert kept.done("stack", "deploy").startswith("Nothing to do")
    until(lambda: kept.run("lab", "visit", "carl").returncode == 0, "carl is recognised")
    kept.done("lab", "leave", "carl")


def test_status_says_what_the_place_cannot_do_without_one_that_comes_back_to_its_data(kept: Lab) -> None:
    before = running(kept)
    until(lambda: status(kept)["cannot"] == [], "every service is ready")
    told = status(kept)
    assert {node["name"]: (node["zone"], node["state"]) for node in told["nodes"]} == {
        "pi-lobby": ("entrance", "ready"),
        "pi-room-1": ("room-1", "ready"),
        "server-1": (None, "ready"),
    }
    assert (len(told["services"]), {row["state"] for row in told["services"]}) == (8, {"running"})
    assert all(row["image_mb"] > 1 and "@sha256:" in row["image"] and row["since"] for row in told["services"])

    kept.done("service", "rm", "auth", "--yes", "--no-backup")
    assert running(kept) == {word: ids for word, ids in before.items() if word != "auth"}
    assert any(each.startswith("nobody is recognised: no node runs auth; ") for each in status(kept)["cannot"])
    assert "nobody is recognised" in kept.done("status")

    assert "auth runs on server-1." in kept.done("service", "add", "auth", "--yes")
    after = running(kept)
    assert after.pop("auth").isdisjoint(before.pop("auth"))
    assert after == before
    somebody_is_led(kept)


def test_doctor_finds_what_was_spoilt_and_repairs_what_it_can(kept: Lab) -> None:
    """A label that is gone, and a name that leads to another service as well."""
    until(lambda: findings(kept) == [], "nothing is wrong")
    lobby = next(node for node in kept.manager.nodes() if node.name == "pi-lobby")
    image = next(service.image for service in kept.manager.services(NAME) if service.name == "guidance")
    docker(kept, "service", "create", "--detach", "--name", "try-impostor", "--endpoint-mode", "dnsrr",
           "--constraint", "node.hostname==pi-lobby", "--no-healthcheck", "--entrypoint", "python3",
           "--network", f"name={NAME}_nano,alias=auth", image, "-c", "import time; time.sleep(600)")  # fmt: skip
    try:
        kept.manager.relabel(lobby.id, {}, ["guidance"])
        until(lambda: {"labels", "names"} <= {each["kind"] for each in findings(kept)}, "both are found")
        found = findings(kept)
        names = [each for each in found if each["kind"] == "names" and "auth" in each["says"]]
        assert {each["where"] for each in names} == {"pi-lobby", "pi-room-1", "server-1"}
        assert "the name auth leads to 10." in names[0]["says"]
        assert "docker service update --force room_auth" in names[0]["do"]
        assert [each["fix"] for each in found if each["kind"] == "labels"] == ["label pi-lobby: +guidance"]
    finally:
        docker(kept, "service", "rm", "try-impostor")
    assert kept.run("doctor", "--fix", "--yes").returncode in (0, 1)  # what is new may not be ready yet
    until(lambda: len(running(kept).get("guidance", ())) == 1, "guidance runs again")
    until(lambda: kept.run("doctor").returncode == 0, "nothing is wrong any more")


def test_visit_goes_on_while_the_controller_is_replaced_by_its_next_version(kept: Lab) -> None:
    visitor = Visitor(state_of_the_lab(), print)
    visitor.until_ready()
    visitor.prepare()
    upgraded(kept, "controller", 'LABEL nanoswarm.test="next"')
    before, newest = running(kept), max((visit.number for visit in visits()), default=0)
    doorman.ask(WORLD, {"send": "david", "zone": "entrance"})
    until(lambda: visits(newest), "his visit is there")
    (visit,) = visits(newest)
    told = json.loads(kept.done("service", "upgrade", "controller", "--yes", "--json"))
    assert told["state"] == "running"
    after = running(kept)
    assert after.pop("controller").isdisjoint(before.pop("controller"))
    assert after == before
    until(lambda: [each.outcome for each in visits(newest) if each.outcome], "it is over")
    assert [(each.id, each.outcome) for each in visits(newest)] == [(visit.id, "completed")]
    kept.done("lab", "leave", "david")


def upgraded(lab: Lab, word: str, lines: str) -> None:
    """images.lock names another version of it, which these lines of a Dockerfile make of the one that runs."""
    lock, registry = images_lock.load(lab.cwd / "images.lock"), lab.context.registry
    whole = next(service.image for service in lab.manager.services(NAME) if service.name == word)
    name = f"{registry}/nanoswarm/{word}:next"
    docker(lab, "build", "--tag", name, "-", stdin=f"FROM {whole}\n{lines}\n")
    digest = "sha256:" + docker(lab, "push", name).split("digest: sha256:")[1].split()[0]
    lock.images[word] = dict.fromkeys(lock.images[word], digest)
    images_lock.save(lab.cwd / "images.lock", lock)


def status(lab: Lab) -> Any:
    return json.loads(lab.done("status", "--json"))


def findings(lab: Lab) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(lab.run("doctor", "--json").stdout)["findings"]
    return found


def docker(lab: Lab, *words: str, stdin: str | None = None) -> str:
    return docker_program.run(lab.context.manager, *words, stdin=stdin, within_s=60)
