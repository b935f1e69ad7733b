"""A running room is changed and looked after: one nanoservice more or less, upgraded, and what is wrong with it found."""

import json
from collections.abc import Iterator

import pytest

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
