"""What backups and ends are for: commands that are killed, two admins at once, another node, a wrong key, an empty database."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from swarm import backup_reading, backup_settings, backup_verify, context, deploying, engine_volumes
from swarm.backup_places import Places
from swarm.backup_reading import Reading
from swarm.backup_unit import SECRETS, VOLUMES, Manifest, Stored
from swarm.backup_verify import Verifying
from swarm.backup_where import Cluster
from swarm.engine import Engine
from swarm.engine_volumes import Box
from swarm.errors import BackupError
from tests.lab.conftest import ROOT, Lab
from tests.lab.test_backup import TOKEN, deployed, ls, people, running, saved, volumes

__all__ = ["deployed", "saved"]  # fixtures
RESTORED_AFTER_S = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0)
ENDED_AFTER_S = (0.8, 2.0, 3.5, 5.0)
EMPTIED = "import sqlite3; d = sqlite3.connect('/data/auth.db'); d.execute('DELETE FROM participants'); d.commit()"


def begun(cwd: Path, *words: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "swarm", *words]
    return subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed(cwd: Path, after_s: float, *words: str) -> None:
    process = begun(cwd, *words)
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def deployed_again(lab: Lab) -> None:
    """With another admin token, where auth had ended: its secrets went with it."""
    if "auth" not in running(lab):
        (lab.cwd / TOKEN).unlink()
        lab.done("stack", "deploy", "--yes", "--admin-token", TOKEN, timeout_s=120)


# --- level 3 ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def proving(deployed: Lab, saved: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[Verifying, Reading]:
    monkeypatch.chdir(deployed.cwd)
    places = Places([backup_settings.PLACE])
    key = backup_settings.key()
    entry = places.chosen(saved["auth"])[0]
    verifying = Verifying(places, key, Cluster(context.load()), deploying.load_kit().counted)
    return verifying, backup_reading.of(places, entry, key)


def tried(proving: tuple[Verifying, Reading], **otherwise: bytes) -> None:
    """To level 3, with other secrets than those of the backup."""
    verifying, reading = proving
    small: dict[str, bytes] = {}
    manifest = reading.manifest(small, backup_verify.SMALL)
    small |= {f"{SECRETS}{name.replace('_', '-')}": value for name, value in otherwise.items()}
    verifying._restored(reading, manifest, list(manifest.volumes), small, 3)


def test_an_instance_with_another_seal_key_or_an_emptied_database_proves_nothing(
    proving: tuple[Verifying, Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(proving)
    with pytest.raises(BackupError, match=r"auth does not come alive on the restored data.*another key"):
        tried(proving, seal_key=b"0123456789abcdef" * 3)
    filled = backup_verify.filled

    def emptied(engine: Engine, box: Box, reading: Reading, manifest: Manifest, stored: Stored) -> None:
        filled(engine, box, reading, manifest, stored)
        with engine_volumes.opened(engine, Box(box.image, box.mounts, box.user, box.purpose, ("python3", "-c", EMPTIED))) as on:
            on.run(30)

    monkeypatch.setattr(backup_verify, "filled", emptied)
    with pytest.raises(BackupError, match="does not read all of it: participants are 0, and 2 were counted"):
        tried(proving)
    monkeypatch.setattr(backup_verify, "filled", lambda *_about: None)
    with pytest.raises(BackupError, match="participants are 0, and 2 were counted"):
        tried(proving)


# --- killed -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after_s", RESTORED_AFTER_S)
def test_a_restore_that_is_killed_is_settled_by_the_next_command(deployed: Lab, saved: dict[str, str], after_s: float) -> None:
    known = people(deployed)
    killed(deployed.cwd, after_s, "backup", "restore", saved["auth"], "--yes")
    deployed.run("backup", "undo", "auth", "--yes")  # if it had come to its end
    deployed.done("backup", "save", "auth", "--level", "1", "--json")
    assert {name for name in volumes(deployed.manager) if "auth" in name} == {"room_auth-data"}
    assert people(deployed) == known


@pytest.mark.parametrize("after_s", ENDED_AFTER_S)
def test_an_end_that_is_killed_is_finished_by_the_same_command_after_one_proven_backup(
    deployed: Lab, saved: dict[str, str], after_s: float
) -> None:
    others = {word: tasks for word, tasks in running(deployed).items() if word != "auth"}
    known = people(deployed)
    killed(deployed.cwd, after_s, "terminate", "auth", "--yes")
    if "auth" not in running(deployed):
        listed = [each for each in ls(deployed) if each["service"] == "auth" and each["why"]]
        assert listed[-1]["verified"] == 3  # it did not end before that
    made = deployed.done("terminate", "auth", "--yes").splitlines()[-1]
    assert {each["id"]: each["verified"] for each in ls(deployed)}[made] == 3
    assert running(deployed) == others
    assert "room_auth-data" in volumes(deployed.manager)
    assert not [name for name in volumes(deployed.manager) if "nanoswarm" in name]
    assert not list((deployed.cwd / backup_settings.PLACE).glob("*.part"))
    assert deployed.done("terminate", "auth", "--yes").splitlines()[-1] == made  # twice is once
    deployed_again(deployed)
    assert people(deployed) == known


@pytest.mark.parametrize("after_s", ENDED_AFTER_S[:3])
def test_a_removal_that_is_killed_is_finished_by_the_same_command(deployed: Lab, after_s: float) -> None:
    path = deployed.cwd / "labels.yml"
    labels, before = path.read_text(), running(deployed)
    killed(deployed.cwd, after_s, "service", "rm", "meeting", "--yes")
    deployed.done("service", "rm", "meeting", "--yes")
    assert running(deployed) == {word: tasks for word, tasks in before.items() if word != "meeting"}
    assert "meeting" not in path.read_text()
    path.write_text(labels)
    deployed.done("service", "add", "meeting", "--yes")
    assert running(deployed).keys() == before.keys()


# --- two at once --------------------------------------------------------------------------------------------------------


@pytest.fixture
def second(deployed: Lab, tmp_path: Path) -> Path:
    """Another admin's folder, with the same key and backups."""
    shutil.copytree(deployed.cwd, tmp_path / "second", ignore=shutil.ignore_patterns("*.sock"))
    return tmp_path / "second"


@pytest.mark.parametrize("other", [("backup", "restore", "auth", "--yes"), ("terminate", "auth", "--yes")])
def test_of_two_admins_one_works_and_the_other_is_told_who_does(
    deployed: Lab, saved: dict[str, str], second: Path, other: Sequence[str]
) -> None:
    known = people(deployed)
    both = [begun(deployed.cwd, "backup", "restore", saved["auth"], "--yes"), begun(second, *other)]
    said = [process.communicate(timeout=120) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes == [0, 1], said
    (refused,) = [err for process, (_, err) in zip(both, said, strict=True) if process.returncode == 1]
    assert "is at work on this cluster since" in refused
    deployed.run("backup", "undo", "auth", "--yes")
    deployed_again(deployed)
    assert people(deployed) == known


# --- another node -------------------------------------------------------------------------------------------------------


def test_a_service_moves_to_another_node_with_its_data_and_who_was_erased_stays_so(
    deployed: Lab, saved: dict[str, str]
) -> None:
    labels = (deployed.cwd / "labels.yml").read_text()
    refused = deployed.run("backup", "restore", saved["auth"], "--node", "pi-lobby", "--yes")
    assert refused.returncode == 2 and "service add auth --node pi-lobby" in refused.stderr
    deployed.done("participant", "erase", "zoe", "--yes")
    others = {word: tasks for word, tasks in running(deployed).items() if word != "auth"}
    try:
        deployed.done("service", "rm", "auth", "--yes", "--no-backup")  # only the volume on server-1 knows of the erasure
        deployed.done("service", "add", "auth", "--node", "pi-lobby", "--yes")
        astray = deployed.run("backup", "restore", saved["auth"], "--yes")
        assert astray.returncode == 2 and "--node pi-lobby" in astray.stderr
        deployed.done("backup", "restore", saved["auth"], "--node", "pi-lobby", "--yes")
        assert people(deployed) == {"yann"}
        assert {word: tasks for word, tasks in running(deployed).items() if word != "auth"} == others
        made = json.loads(deployed.done("backup", "save", "auth", "--json"))[0]
        assert made["verified"] == 3
        places, key = Places([deployed.cwd / backup_settings.PLACE]), backup_settings.key(deployed.cwd / backup_settings.KEY)
        reading = backup_reading.of(places, places.chosen(made["id"])[0], key)
        assert {member.path.partition("/")[0] for member in reading.below(VOLUMES)} == {"pi-lobby"}
    finally:
        deployed.done("service", "rm", "auth", "--yes", "--no-backup")
        (deployed.cwd / "labels.yml").write_text(labels)
        deployed.done("labels", "apply", "--yes")
