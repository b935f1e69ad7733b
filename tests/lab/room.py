"""What tests do with the room that runs on a lab, and how long they have patience."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

from nanoservices import wire
from nanoservices.errors import NanoError
from swarm import docker_program
from swarm.demo.watcher import all_visits
from swarm.errors import LabError
from swarm.lab import home, tasks
from swarm.lab.home import State
from swarm.lab.lookout import CONTROLLER
from swarm.lab.plan import Plan
from swarm.stack import NAME
from tests.lab.conftest import Lab

PATIENCE_S = 60.0


def state_of_the_lab() -> State:
    state = home.load()
    assert state is not None
    return state


def plan_of_the_lab() -> Plan:
    return state_of_the_lab().plan


def until(holds: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not in {within_s:g} s: {what}"
        time.sleep(0.05)


def somebody_is_led(lab: Lab) -> None:
    """Of those who are invited the first who has not only just left: an earlier test may have sent somebody in."""
    for name in ("bob", "carl", "david", "alice"):
        ended = lab.run("lab", "visit", name, "--json", timeout_s=150)
        if "has only just left" not in ended.stderr:
            break
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}\n{what_they_said(lab)}"
    lab.done("lab", "leave", name)


def killed(plan: Plan, word: str) -> str:
    """Kill the task of that service; the id of its container."""
    container = tasks.the(plan, word).container
    os.kill(container.pid, signal.SIGKILL)
    return container.id


def until_another_runs(plan: Plan, word: str, gone: str) -> None:
    """Another container of it than `gone`."""
    until(lambda: {task.container.id for task in tasks.running(plan, word)} - {gone}, f"{word} runs again")


def visits(after: int = 0) -> list[wire.Visit]:
    """What the controller remembers; nothing while it is away."""

    async def ask() -> list[wire.Visit]:
        async with tasks.endpoint_beside(tasks.the(plan_of_the_lab(), "controller")) as endpoint:
            return await all_visits(endpoint, CONTROLLER, after)

    try:
        return asyncio.run(ask())
    except (LabError, NanoError):
        return []


def what_they_said(lab: Lab) -> str:
    """The last lines of those without whom nobody is led."""
    said = []
    for word in ("controller", "presence", "scanner", "auth"):
        lines = docker_program.run(lab.context.manager, "service", "logs", "--raw", f"{NAME}_{word}").splitlines()
        said += [word, *lines[-25:]]
    return "\n".join(said)
