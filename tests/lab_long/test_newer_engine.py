"""The room on another engine than this machine's (make engines): what stack.yml was decided by, and the demo's story."""

import json
import os
import shutil
from collections.abc import Iterator

import pytest

from tests.lab import asking_names
from tests.lab.asking_names import naming
from tests.lab.conftest import NODES, ROOT, Lab
from tests.lab.room import plan_of_the_lab

DOCKERD = ROOT / ".engines/debian-13/root/usr/sbin/dockerd"
NEWER = 25  # the first that heeds a start interval


@pytest.fixture(scope="module")
def newer(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of its own, gone before another is built."""
    if not DOCKERD.exists():
        assert not os.environ.get("CI"), "make engines"
        pytest.skip("no newer engine is here: make engines")
    cwd = tmp_path_factory.mktemp("newer")
    shutil.copy(ROOT / "labels.yml", cwd)
    built = Lab(cwd)
    built.done("lab", "up", "--nodes", str(NODES), "--engine", str(DOCKERD))
    try:
        yield built
    finally:
        built.done("lab", "down")


def test_every_node_is_that_engine(newer: Lab) -> None:
    versions = {int(newer.engine(node).version().partition(".")[0]) for node in newer.context.nodes}
    assert min(versions) >= NEWER


def test_names_resolve_after_the_first_check_there_too_and_a_start_interval_is_heeded(newer: Lab) -> None:
    with naming(plan_of_the_lab()) as names:
        asking_names.look(names, heeds_start_interval=True)


def test_room_is_built_pushed_deployed_and_visited(newer: Lab) -> None:
    newer.done("images", "build", timeout_s=400)
    newer.done("images", "push", timeout_s=200)
    newer.done("stack", "deploy", "--yes", timeout_s=200)
    assert newer.done("stack", "deploy", timeout_s=100).startswith("Nothing to do")
    told = json.loads(newer.done("lab", "visit", "bob", "--json", timeout_s=150))
    assert told["ok"], told["why_not_ok"]
    newer.done("stack", "rm", "--yes", timeout_s=120)
