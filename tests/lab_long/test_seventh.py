"""A seventh nanoservice: made, built within its budget, and added to a room that runs, by one folder and one word."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.conftest import ROOT, Lab
from tests.lab.room import until
from tests.lab.test_operate import running

NEEDED = ("nanoservices", "swarm", "bench", "dockerfiles", "setup.cfg", "pyproject.toml", "README.md", "docker-bake.hcl")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One of its own: what is made there stays there."""
    for name in NEEDED:
        source, target = ROOT / name, tmp_path / "checkout" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return tmp_path / "checkout"


def nanoswarm(lab: Lab, checkout: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-m", "swarm", *words]
    ended = subprocess.run(command, cwd=lab.cwd, env=environment, capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_seventh_is_made_built_and_added_while_the_six_keep_their_tasks(room: Lab, checkout: Path) -> None:
    before = running(room)
    labels, lock = ((room.cwd / name).read_text() for name in ("labels.yml", "images.lock"))
    nanoswarm(room, checkout, "service", "create", "drum")
    nanoswarm(room, checkout, "images", "build", "drum")
    nanoswarm(room, checkout, "images", "push", "drum")
    try:
        assert "drum runs on pi-lobby, pi-room-1." in nanoswarm(room, checkout, "service", "add", "drum", "--yes")

        def drums() -> list[dict[str, object]]:
            told = json.loads(nanoswarm(room, checkout, "status", "--json"))["services"]
            return [row for row in told if row["name"] == "drum" and row["ready"]]

        until(lambda: len(drums()) == 2, "both say that they are ready")
        after = running(room)
        assert len(after.pop("drum")) == 2
        assert after == before
        nanoswarm(room, checkout, "service", "rm", "drum", "--yes", "--no-backup")
        assert running(room) == before
        assert (room.cwd / "labels.yml").read_text() == labels
    finally:
        (room.cwd / "labels.yml").write_text(labels)
        (room.cwd / "images.lock").write_text(lock)
