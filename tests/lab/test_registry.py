"""The cluster's own registry, on a real engine: refused where nodes would not take it, there again after its process dies."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator

import pytest

from swarm import cluster_registry, context, docker_program
from swarm.cluster_registry import NAME
from swarm.errors import EngineError
from tests.lab import tiny
from tests.lab.conftest import Lab

IMAGE = "try/registry"
PORT = 5055
PATIENCE_S = 30.0
CONFIG = b"version: 0.1\nstorage: {filesystem: {rootdirectory: /var/lib/registry}}\nhttp: {addr: ':5000'}\n"


def image_of(program: str) -> bytes:
    """A file system with this machine's own registry, and what it is linked with."""
    libraries = re.findall(r"(/\S+)", subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout)
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", dereference=True) as archive:
        for path in (program, *libraries):
            archive.add(path, arcname=path)
        settings = tarfile.TarInfo("/config.yml")
        settings.size = len(CONFIG)
        archive.addfile(settings, io.BytesIO(CONFIG))
    return data.getvalue()


@pytest.fixture
def without(lab: Lab) -> Iterator[Lab]:
    """The lab, whose context tells of no registry; its manager has an image of one. Afterwards it is as it was."""
    told = lab.context
    program = shutil.which("docker-registry")
    assert program is not None
    start = f'["{program}", "serve", "/config.yml"]'
    change = ("import", "--change", f"CMD {start}", "-", IMAGE)
    docker_program.run(told.manager, *change, stdin=image_of(program))
    context.save(lab.cwd / context.PATH, context.Context(told.manager, told.nodes, None, simulated=True))
    yield lab
    lab.manager.discard(NAME, NAME)
    docker_program.run(told.manager, "rmi", "--force", IMAGE)
    context.save(lab.cwd / context.PATH, told)


def eventually(holds: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, f"not in {PATIENCE_S:g} s: {what}"
        time.sleep(0.1)


def test_registry_starts_once_keeps_its_data_and_comes_back(without: Lab) -> None:
    lab, manager = without, without.context.manager
    start = ("cluster", "registry", "start", "--image", IMAGE, "--port", str(PORT), "--yes")
    where = f"{lab.manager.facts().address}:{PORT}"
    shown = lab.done(*start, "--dry-run")
    assert f"run --detach --restart always --name {NAME} --cap-drop ALL" in shown
    assert lab.manager.kept(NAME) is None
    assert f"The registry runs at {where}" in lab.done(*start)
    assert lab.context.registry == where
    assert lab.done(*start) == f"Nothing to do: the registry runs at {where}.\n"

    tiny.load(manager)
    docker_program.run(manager, "tag", tiny.NAME, f"{where}/sleep")
    docker_program.run(manager, "push", f"{where}/sleep")
    before = pid(lab)
    assert before is not None
    os.kill(before, signal.SIGKILL)  # as after a reboot, its engine starts it again
    eventually(lambda: pid(lab) not in (None, before), "it is back")
    eventually(lambda: cluster_registry.catalog(where) == ["sleep"], "it has what it had")
    docker_program.run(lab.context.nodes["pi-lobby"], "pull", f"{where}/sleep")
    docker_program.run(lab.context.nodes["pi-lobby"], "rmi", "--force", f"{where}/sleep")
    docker_program.run(manager, "rmi", "--force", f"{where}/sleep", tiny.NAME)

    lab.done("cluster", "registry", "stop", "--yes")
    assert lab.context.registry is None
    assert "no registry of ours" in lab.done("cluster", "registry", "stop", "--yes")
    lab.done(*start)
    assert json.loads(lab.done("cluster", "registry", "status", "--json")) == {
        "registry": where, "ours": True, "answers": True, "repositories": ["sleep"],
    }  # fmt: skip
    lab.done("cluster", "registry", "stop", "--delete-data", "--yes")
    assert NAME not in docker_program.run(manager, "volume", "ls", "--quiet").split()


def test_image_that_cannot_be_had_or_is_no_registry_leaves_nothing(without: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = without
    told = lab.run("cluster", "registry", "start", "--image", "127.0.0.1:1/nothing", "--yes")
    assert told.returncode == 1
    assert "127.0.0.1:1/nothing cannot be had" in told.stderr
    assert "images push --direct" in told.stderr
    sleeps = image_of("/bin/sleep")
    docker_program.run(
        lab.context.manager, "import", "--change", f"CMD {json.dumps(tiny.COMMAND)}", "-", "try/no", stdin=sleeps
    )
    monkeypatch.setattr(cluster_registry, "READY_S", 1.0)
    plan = cluster_registry.planned(lab.manager.facts().address, "try/no", PORT)
    with pytest.raises(EngineError, match=r"does not answer at .*:5055 after 1 s; is try/no a registry\?"):
        cluster_registry.start(lab.manager, plan)
    docker_program.run(lab.context.manager, "rmi", "--force", "try/no")
    assert lab.manager.kept(NAME) is None
    assert lab.context.registry is None


def pid(lab: Lab) -> int | None:
    """The process of the registry that runs."""
    return next((each.pid for each in lab.manager.containers() if "5000/tcp" in each.ports), None)
