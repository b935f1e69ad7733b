"""The manager's SD card has died: from the backups and their key alone, the room on a fresh lab."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarm import keeping
from tests.lab.conftest import Lab, nanoswarm
from tests.lab.test_people import token_of

PEOPLE = "id,name,email\nzoe,Zoe,zoe@example.org\nyann,Yann,yann@example.org\n"
TOKEN = ".nanoswarm/token"
KEY = "c01122334455"


@pytest.fixture
def own(place: Path) -> Iterator[Lab]:
    yield Lab(place)
    down = nanoswarm("lab", "down", cwd=place)
    assert down.returncode == 0, down.stderr


def asked(lab: Lab, *words: str) -> Any:
    return json.loads(lab.done(*words, "--json"))


def test_the_room_comes_back_on_fresh_nodes_keys_decrypt_and_the_erased_stay_so(
    own: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own.done("lab", "up", "--nodes", "3")
    own.done("images", "build", timeout_s=400)
    own.done("images", "push", timeout_s=200)
    own.done("stack", "deploy", "--yes", "--admin-token", TOKEN, timeout_s=180)
    (own.cwd / "people.csv").write_text(PEOPLE)
    own.done("participant", "import", "people.csv", "--yes")
    (own.cwd / "key").write_text(f"mac:{KEY}\n")
    own.done("credential", "add", "yann", "static", "--file", "key")
    before = asked(own, "backup", "save")  # zoe is still in this one
    own.done("participant", "erase", "zoe", "--yes")
    made = own.done("terminate", "--all", "--purge", "--yes", timeout_s=120).splitlines()[-1]
    sealed_with = (own.cwd / keeping.FOLDER / "seal-key").read_text()
    own.done("lab", "down")

    fresh = Lab(tmp_path_factory.mktemp("fresh"))
    shutil.copy(own.cwd / "labels.yml", fresh.cwd)
    fresh.done("lab", "up", "--nodes", "3")
    try:
        (fresh.cwd / "labels.yml").unlink()
        shutil.copytree(own.cwd / ".nanoswarm/backups", fresh.cwd / ".nanoswarm/backups")
        shutil.copy(own.cwd / ".nanoswarm/backup.key", fresh.cwd / ".nanoswarm")
        began = time.monotonic()
        fresh.done("backup", "restore", "--all", made, "--yes", timeout_s=180)
        print(f"\nrestore --all: {time.monotonic() - began:.1f} s")  # 180 s are promised
        assert (fresh.cwd / keeping.FOLDER / "seal-key").read_text() == sealed_with
        token_of(fresh)
        assert {each["id"] for each in asked(fresh, "participant", "ls")} == {"yann"}
        assert [each["kind"] for each in asked(fresh, "credential", "ls", "yann")] == ["static"]
        auth = next(each["id"] for each in before if each["service"] == "auth")
        fresh.done("backup", "restore", auth, "--yes")
        assert {each["id"] for each in asked(fresh, "participant", "ls")} == {"yann"}  # zoe was erased since
    finally:
        fresh.done("terminate", "--all", "--no-backup", "--yes")
        fresh.done("lab", "down")
