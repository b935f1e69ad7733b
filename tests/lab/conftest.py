"""One lab of three nodes for all the tests that ask for it; those that build labs of their own run before it is up."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from swarm import context
from swarm.context import Context
from swarm.engine import Engine

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PROGRAMS = ("dockerd", "docker", "docker-registry", "iptables", "ip", "nsenter")
NODES = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.lab)
    own_first = iter(sorted(mine, key=lambda item: "lab" in getattr(item, "fixturenames", ())))  # a machine has one lab
    items[:] = [next(own_first) if HERE in item.path.parents else item for item in items]


def nanoswarm(*words: str, cwd: Path, timeout_s: float = 120) -> "subprocess.CompletedProcess[str]":
    """The command, as people run it, in a folder of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    environment.pop("DOCKER_HOST", None)
    command = [sys.executable, "-m", "swarm", *words]
    return subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s
    )


@dataclass(frozen=True)
class Lab:
    """A lab that is up. `cwd` holds its context and a labels.yml to edit."""

    cwd: Path

    @property
    def context(self) -> Context:
        return context.load(self.cwd / context.PATH, {})

    def run(self, *words: str, timeout_s: float = 120) -> "subprocess.CompletedProcess[str]":
        return nanoswarm(*words, cwd=self.cwd, timeout_s=timeout_s)

    def done(self, *words: str, timeout_s: float = 120) -> str:
        """What the command printed; it must have done what it was asked."""
        ended = self.run(*words, timeout_s=timeout_s)
        assert ended.returncode == 0, f"nanoswarm {' '.join(words)}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    @property
    def manager(self) -> Engine:
        return Engine(self.context.manager)

    def engine(self, node: str) -> Engine:
        return Engine(self.context.nodes[node])


@pytest.fixture(scope="session")
def lab_machine() -> None:
    """This machine can have a lab. Without it the test is skipped; never under CI."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None]
    reason = "a lab needs root: sudo .venv/bin/pytest tests/lab" if os.geteuid() != 0 else ""
    if missing:
        reason = f"{', '.join(missing)} absent: apt-get install docker.io iptables iproute2 util-linux docker-registry"
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture
def place(lab_machine: None, tmp_path: Path) -> Path:
    """A folder with the sample labels.yml, to build a lab from."""
    shutil.copy(ROOT / "labels.yml", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def lab(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The lab that tests share: leave its nodes, labels and services as you found them."""
    cwd = tmp_path_factory.mktemp("lab")
    shutil.copy(ROOT / "labels.yml", cwd)
    shared = Lab(cwd)
    shared.done("lab", "up", "--nodes", str(NODES))
    try:
        yield shared
    finally:
        shared.done("lab", "down")


@pytest.fixture(scope="session")
def images(lab: Lab) -> Lab:
    """The same lab, with the image of every service on its manager and in its registry; images.lock lies in `cwd`."""
    lab.done("images", "build", timeout_s=400)
    lab.done("images", "push", timeout_s=200)
    return lab


@pytest.fixture(scope="module")
def room(images: Lab) -> Iterator[Lab]:
    """The sample's room, running on the lab."""
    images.done("stack", "deploy", "--yes", timeout_s=180)
    try:
        yield images
    finally:
        images.run("lab", "leave")  # everybody whom a test has let in
        images.done("stack", "rm", "--yes", timeout_s=120)
