"""The room while something is gone: the registry and the internet, a node, or the memory of the controller."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from swarm.demo import doorman
from swarm.lab import visiting
from swarm.lab.plan import WORLD
from tests.lab.conftest import Lab
from tests.lab.room import killed, plan_of_the_lab, state_of_the_lab, until, until_another_runs, visits

GENEROUS = 3.0  # how much longer something may take on a busy machine before it is another thing


def took(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def kill_and_wait() -> None:
    plan = plan_of_the_lab()
    until_another_runs(plan, "guidance", killed(plan, "guidance"))


@pytest.fixture(scope="module")
def pins(room: Lab) -> Iterator[Callable[[str], None]]:
    """Deploys another pin for guidance. Once the room goes, labels.yml is what it was."""
    path = room.cwd / "labels.yml"
    before = path.read_text()

    def deploy(pin: str, *words: str) -> None:
        path.write_text(before.replace("GPIO27", pin))
        assert "update guidance" in room.done("stack", "deploy", "--yes", *words, timeout_s=100)

    try:
        yield deploy
    finally:
        path.write_text(before)


@pytest.fixture
def offline(room: Lab) -> Iterator[Callable[[], None]]:
    """Takes registry and internet away, until the test is over."""
    try:
        yield lambda: room.done("lab", "stop", "registry", "internet") and None
    finally:
        room.done("lab", "start", "registry", "internet")


def test_without_registry_and_internet_a_task_is_back_as_soon_and_a_redeploy_works(
    room: Lab, offline: Callable[[], None], pins: Callable[[str], None]
) -> None:
    online_s = took(kill_and_wait)
    offline()
    assert set(json.loads(room.done("lab", "ls", "--json"))["ended"]) == {"registry", "internet"}
    assert took(kill_and_wait) < online_s * GENEROUS
    pins("GPIO23")


def test_without_registry_and_internet_a_visit_outlives_the_controller(room: Lab, offline: Callable[[], None]) -> None:
    offline()
    state = state_of_the_lab()
    visitor = visiting.Visitor(state, lambda _: None)
    visitor.until_ready()
    visitor.prepare()
    newest = max((visit.number for visit in visits()), default=0)
    doorman.ask(WORLD, {"send": "bob", "zone": "entrance"})
    until(lambda: visits(newest), "his visit is there")
    (visit,) = visits(newest)
    assert visit.outcome is None
    gone = killed(state.plan, "controller")
    until_another_runs(state.plan, "controller", gone)
    until(lambda: [visit.outcome for visit in visits(newest) if visit.outcome], "it is over")
    assert [(each.id, each.outcome) for each in visits(newest)] == [(visit.id, "completed")]
