"""A node's disk that is full, for real: nothing is stopped, and what was stored is as before."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import Lab
from tests.lab.room import state_of_the_lab
from tests.lab.test_backup import TOKEN, people, running, volumes


@pytest.fixture
def small_disk(images: Lab) -> Iterator[Path]:
    """The folder of volumes of the manager's engine, on a disk of 12 MB, as that engine sees it. No room runs yet."""
    node = state_of_the_lab().plan.manager
    images.run("terminate", "--all", "--purge", "--no-backup", "--yes")
    inside = ("nsenter", "--mount", f"--target={state_of_the_lab().the(node.name).pid}")
    folder = node.data / "volumes"
    subprocess.run([*inside, "mount", "-t", "tmpfs", "-o", "size=12m,mode=0701", "small", str(folder)], check=True)
    try:
        yield Path(f"/proc/{state_of_the_lab().the(node.name).pid}/root{folder}")
    finally:
        images.done("terminate", "--all", "--purge", "--no-backup", "--yes", timeout_s=120)
        (images.cwd / TOKEN).unlink(missing_ok=True)
        subprocess.run([*inside, "umount", str(folder)], check=True)


def test_a_nodes_disk_that_is_full_undoes_a_restore_and_the_data_is_as_before(small_disk: Path, images: Lab) -> None:
    images.done("stack", "deploy", "--yes", "--admin-token", TOKEN, timeout_s=200)
    images.done("participant", "add", "ann", "Ann")
    made = json.loads(images.done("backup", "save", "auth", "--json"))[0]["id"]
    images.done("participant", "add", "late", "Late")
    tasks = running(images)
    ballast = small_disk / "ballast"
    told = os.statvfs(small_disk)
    ballast.write_bytes(bytes(told.f_bavail * told.f_frsize - 100_000))
    refused = images.run("backup", "restore", made, "--yes")
    assert refused.returncode == 1 and "no space left" in refused.stderr.lower(), refused.stderr
    assert {name for name in volumes(images.manager) if "auth" in name} == {"room_auth-data"}
    assert running(images) == tasks  # nothing was stopped for it
    assert people(images) == {"ann", "late"}
    full = images.run("backup", "save", "auth")  # its scratch volume has no room either
    assert full.returncode == 1 and not [name for name in volumes(images.manager) if "nanoswarm" in name]
    ballast.unlink()
    images.done("backup", "restore", made, "--yes")
    assert people(images) == {"ann"}
