"""Backups of the room that runs on a lab: made, proven, put back, undone; nothing ends before one has been proven."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from swarm import backup_volume, engine_volumes
from swarm.engine import Engine
from swarm.errors import BackupError
from swarm.stack import NAME
from tests.lab.conftest import Lab
from tests.lab.specs import specs


def ls(lab: Lab) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(lab.done("backup", "ls", "--json"))
    return told


def people(lab: Lab) -> set[str]:
    return {each["id"] for each in json.loads(lab.done("participant", "ls", "--json"))}


def running(lab: Lab) -> dict[str, set[str]]:
    names = {service.id: service.name for service in lab.manager.services(NAME)}
    found: dict[str, set[str]] = {}
    for task in lab.manager.tasks(NAME):
        if task.state == task.wanted == "running" and task.service in names:
            found.setdefault(names[task.service], set()).add(task.id)
    return found


def volumes(engine: Engine) -> set[str]:
    return {volume.name for volume in engine_volumes.volumes(engine, "")}


PEOPLE = "id,name,email\nzoe,Zoe,zoe@example.org\nyann,Yann,yann@example.org\n"
TOKEN = ".nanoswarm/token"


@pytest.fixture(scope="module")
def deployed(images: Lab) -> Iterator[Lab]:
    """The room, with two people known in it."""
    images.done("stack", "deploy", "--yes", "--admin-token", TOKEN, timeout_s=200)
    try:
        (images.cwd / "people.csv").write_text(PEOPLE)
        images.done("participant", "import", "people.csv", "--yes")
        yield images
    finally:
        images.done("terminate", "--all", "--purge", "--no-backup", "--yes", timeout_s=120)
        (images.cwd / TOKEN).unlink()


@pytest.fixture(scope="module")
def saved(deployed: Lab) -> dict[str, str]:
    """A backup of every service, by its word; no task was replaced for it, and nothing is left of how it was proven."""
    tasks = running(deployed)
    made = json.loads(deployed.done("backup", "save", "--json", timeout_s=100))
    assert {each["service"]: each["verified"] for each in made} == {
        "auth": 3, "controller": 3, "guidance": 2, "meeting": 2, "presence": 2, "scanner": 2
    }  # fmt: skip
    assert running(deployed) == tasks
    assert not [name for name in volumes(deployed.manager) if "nanoswarm" in name]
    return {each["service"]: each["id"] for each in made}


def test_every_backup_is_listed_and_a_volume_of_a_wrong_name_is_no_backup(deployed: Lab, saved: dict[str, str]) -> None:
    assert {each["id"] for each in ls(deployed)} == set(saved.values())
    with pytest.raises(BackupError, match="there is no volume room_auth-dat"):
        backup_volume.require(deployed.manager, "room_auth-dat", "server-1")
    assert "room_auth-dat" not in volumes(deployed.manager)


def test_what_is_restored_is_as_it_was_who_was_erased_stays_so_and_it_can_be_undone(
    deployed: Lab, saved: dict[str, str]
) -> None:
    others = {word: tasks for word, tasks in running(deployed).items() if word != "auth"}
    deployed.done("participant", "add", "late", "Late")
    deployed.done("participant", "erase", "zoe", "--yes")
    deployed.done("backup", "restore", saved["auth"], "--yes")
    assert people(deployed) == {"yann"}
    assert "is still kept" in deployed.run("backup", "restore", "auth", "--yes").stderr
    deployed.done("backup", "undo", "auth", "--yes")
    assert people(deployed) == {"yann", "late"}
    assert {name for name in volumes(deployed.manager) if "auth" in name} == {"room_auth-data"}
    assert {word: tasks for word, tasks in running(deployed).items() if word != "auth"} == others


def test_without_a_verified_backup_nothing_ends(deployed: Lab, saved: dict[str, str]) -> None:
    before, place = running(deployed), deployed.cwd / ".nanoswarm" / "backups"
    place.rename(place.with_name("elsewhere"))
    place.write_text("no folder")
    try:
        refused = deployed.run("terminate", "--all", "--yes")
    finally:
        place.unlink()
        place.with_name("elsewhere").rename(place)
    assert refused.returncode != 0
    assert running(deployed) == before


def test_one_ends_after_its_backup_and_the_others_keep_their_tasks(deployed: Lab, saved: dict[str, str]) -> None:
    before = running(deployed)
    made = deployed.done("terminate", "presence", "--yes").splitlines()[-1]
    assert {each["id"]: each["verified"] for each in ls(deployed)}[made] == 2
    assert running(deployed) == {word: tasks for word, tasks in before.items() if word != "presence"}
    assert deployed.done("terminate", "presence", "--yes").splitlines()[-1] == made


def test_the_end_of_all_leaves_nothing_but_a_proven_backup(deployed: Lab, saved: dict[str, str]) -> None:
    made = deployed.done("terminate", "--all", "--purge", "--yes", timeout_s=150).splitlines()[-1]
    entries = [each for each in ls(deployed) if each["id"].startswith(made)]
    assert {each["service"]: each["verified"] for each in entries} == {
        "auth": 3, "controller": 3, "guidance": 2, "meeting": 2, "scanner": 2
    }  # fmt: skip
    found = specs(deployed)
    assert [found[kind] for kind in ("service", "config", "secret")] == [{}, {}, {}]
    assert not [each for each in found["network"].values() if each["Name"].startswith(NAME)]
    assert not [name for engine in deployed.context.nodes for name in volumes(deployed.engine(engine)) if name.startswith(NAME)]
    assert deployed.done("terminate", "--all", "--purge", "--yes").splitlines()[-1] == made
