"""A running room is changed and looked after: one nanoservice more or less, upgraded, and what is wrong with it found."""

import json
from collections.abc import Iterator

import pytest

from swarm import docker_program
from swarm.stack import NAME
from tests.lab.conftest import Lab
from tests.lab.room import until


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
    told = json.loads(kept.done("service", "rm", "scanner", "--yes", "--no-backup", "--json"))
    assert told["state"] == "gone"
    after = running(kept)
    assert after == {word: ids for word, ids in before.items() if word != "scanner"}
    assert (kept.cwd / "labels.yml").read_text() == labels.replace("presence, scanner,", "presence,")

    told = json.loads(kept.done("service", "add", "scanner", "--yes", "--json"))
    assert (told["state"], told["nodes"]) == ("running", ["pi-lobby", "pi-room-1"])
    assert "Nothing to do" in kept.done("service", "add", "scanner")
    again = running(kept)
    assert len(again.pop("scanner")) == 2
    assert again == after
    assert kept.done("stack", "deploy").startswith("Nothing to do")


def test_one_that_keeps_data_comes_back_to_it(kept: Lab) -> None:
    before = running(kept)
    kept.done("service", "rm", "auth", "--yes", "--no-backup")
    assert running(kept) == {word: ids for word, ids in before.items() if word != "auth"}
    assert "auth runs on server-1." in kept.done("service", "add", "auth", "--yes")
    after = running(kept)
    assert after.pop("auth").isdisjoint(before.pop("auth"))
    assert after == before
    until(lambda: kept.run("lab", "visit", "bob").returncode == 0, "bob is led again")


def test_status_says_what_runs_where_and_what_the_place_cannot_do(kept: Lab) -> None:
    told = json.loads(kept.done("status", "--json"))
    assert {node["name"]: (node["zone"], node["state"]) for node in told["nodes"]} == {
        "pi-lobby": ("entrance", "ready"),
        "pi-room-1": ("room-1", "ready"),
        "server-1": (None, "ready"),
    }
    assert len(told["services"]) == 8
    assert {row["state"] for row in told["services"]} == {"running"}
    assert all(row["image_mb"] > 1 and "@sha256:" in row["image"] for row in told["services"])
    until(lambda: json.loads(kept.done("status", "--json"))["cannot"] == [], "every service is ready")
    kept.done("service", "rm", "auth", "--yes", "--no-backup")
    (reason,) = [each for each in json.loads(kept.done("status", "--json"))["cannot"] if "auth" in each.partition(":")[2]]
    assert reason.startswith("nobody is recognised: no node runs auth; ")
    assert "nobody is recognised" in kept.done("status")


def test_doctor_finds_nothing_wrong_with_a_room_that_is_well(room: Lab) -> None:
    told = room.run("doctor", "--json")
    until(lambda: room.run("doctor").returncode == 0, f"nothing is wrong: {told.stdout}")


def test_doctor_finds_what_was_spoilt_and_repairs_what_it_can(kept: Lab) -> None:
    """A label that is gone, and a name that another service has taken as well."""
    manager, lobby = kept.manager, next(node for node in kept.manager.nodes() if node.name == "pi-lobby")
    manager.relabel(lobby.id, {}, ["guidance"])
    until(lambda: "guidance" not in running(kept), "guidance has gone")
    told = kept.run("doctor", "--json")
    found = json.loads(told.stdout)["findings"]
    assert told.returncode == 1
    assert ("labels", "pi-lobby", "label pi-lobby: +guidance") in {(each["kind"], each["where"], each["fix"]) for each in found}
    assert kept.run("doctor", "--fix", "--yes").returncode in (0, 1)  # the new task may not be ready yet
    until(lambda: len(running(kept).get("guidance", ())) == 1, "guidance runs again")
    until(lambda: kept.run("doctor").returncode == 0, "nothing is wrong any more")


def test_doctor_finds_a_name_that_leads_to_where_no_task_is(room: Lab) -> None:
    image = next(service.image for service in room.manager.services(NAME) if service.name == "guidance")
    docker(room, "service", "create", "--detach", "--name", "try-impostor", "--endpoint-mode", "dnsrr",
           "--constraint", "node.hostname==pi-lobby", "--no-healthcheck", "--entrypoint", "python3",
           "--network", f"name={NAME}_nano,alias=auth", image, "-c", "import time; time.sleep(600)")  # fmt: skip
    try:
        until(lambda: any(each["kind"] == "names" for each in findings(room)), "the impostor is found")
        names = [each for each in findings(room) if each["kind"] == "names"]
        assert {each["where"] for each in names} == {"pi-lobby", "pi-room-1", "server-1"}
        assert all("the name auth leads to 10." in each["says"] and each["fix"] == "renew auth" for each in names)
        assert "docker service update --force room_auth" in names[0]["do"]
    finally:
        docker(room, "service", "rm", "try-impostor")
    until(lambda: not findings(room), "nothing is wrong any more")


def findings(lab: Lab) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(lab.run("doctor", "--json").stdout)["findings"]
    return found


def docker(lab: Lab, *words: str, stdin: str | None = None) -> str:
    return docker_program.run(lab.context.manager, *words, stdin=stdin, within_s=60)
