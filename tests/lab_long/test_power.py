"""Plugs are pulled: the manager's, a worker's, with and without registry and internet."""

import asyncio
import statistics
import time
from collections.abc import Callable

from nanoservices import wire
from nanoservices.errors import NanoError
from swarm.errors import EngineError, LabError
from swarm.lab import tasks
from swarm.lab.tasks import Task
from tests.lab.asking_names import resolves
from tests.lab.conftest import Lab
from tests.lab.room import killed, plan_of_the_lab, somebody_is_led, until, until_another_runs

PAIRS = 3
GOSSIP_S = 180.0
LONGER = 1.5  # of two medians, on a machine that does other things too
LOBBY, MANAGER = "pi-lobby", "server-1"


def took(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def runs_on(node: str) -> dict[str, set[str]]:
    """Containers by word."""
    plan = plan_of_the_lab()
    return {word: {task.container.id for task in tasks.running(plan, word) if task.node.name == node}
            for word in ("presence", "scanner", "auth", "controller")}  # fmt: skip


def reboots(room: Lab, node: str) -> None:
    """Until it runs what it ran before, in other containers."""
    before = {word: found for word, found in runs_on(node).items() if found}
    assert before
    room.done("lab", "reboot", node)
    until(lambda: all(runs_on(node)[word] - found for word, found in before.items()), f"{node} runs {', '.join(before)} again")


def carries(beside: str) -> bool:
    """Whether the controller answers one who is asked from that service's own network."""

    async def ask(task: Task) -> bool:
        async with tasks.endpoint_beside(task) as endpoint:
            where = f"coap://{resolves(task, 'controller')}:5683"
            health: wire.Health = await endpoint.call(wire.HEALTH, where, peer="controller")
            return health.ready

    try:
        return asyncio.run(ask(tasks.the(plan_of_the_lab(), beside)))
    except (LabError, EngineError, NanoError):
        return False


def goes_on(room: Lab) -> None:
    """By itself. Until an overlay carries again the engines gossip: half a minute, or more than one when all have booted."""
    until(lambda: carries("guidance") and carries("meeting"), "others reach the controller", GOSSIP_S)
    assert room.done("stack", "deploy", "--yes", timeout_s=100).startswith("Nothing to do")
    somebody_is_led(room)


def restarts() -> None:
    plan = plan_of_the_lab()
    until_another_runs(plan, "guidance", killed(plan, "guidance"))


def test_restart_redeploy_and_reboot_take_no_longer_without_registry_and_internet(room: Lab) -> None:
    path = room.cwd / "labels.yml"
    sample = path.read_text()

    def redeploys() -> None:
        now = path.read_text()
        path.write_text(now.replace("GPIO27", "GPIO23") if "GPIO27" in now else now.replace("GPIO23", "GPIO27"))
        assert "update guidance" in room.done("stack", "deploy", "--yes", timeout_s=100)

    acts: dict[str, Callable[[], None]] = {"restart": restarts, "redeploy": redeploys, "reboot": lambda: reboots(room, LOBBY)}
    times: dict[tuple[str, bool], list[float]] = {}
    try:
        for _ in range(PAIRS):
            for is_offline in (False, True):
                room.done("lab", "stop" if is_offline else "start", "registry", "internet")
                for name, act in acts.items():
                    times.setdefault((name, is_offline), []).append(took(act))
    finally:
        room.done("lab", "start", "registry", "internet")
        path.write_text(sample)
        room.done("stack", "deploy", "--yes", timeout_s=100)
    medians = {name: tuple(statistics.median(times[name, is_offline]) for is_offline in (False, True)) for name in acts}
    print("seconds with, without:", {name: tuple(round(each, 2) for each in pair) for name, pair in medians.items()})
    assert all(without < LONGER * with_it for with_it, without in medians.values()), medians


def test_manager_reboots_and_the_room_goes_on_by_itself(room: Lab) -> None:
    reboots(room, MANAGER)
    goes_on(room)


def test_all_plugs_at_once_and_the_room_comes_back_by_itself(room: Lab) -> None:
    before = set().union(*(found for node in room.context.nodes for found in runs_on(node).values()))
    room.done("lab", "reboot", *room.context.nodes, timeout_s=240)
    words = ("presence", "scanner", "auth", "controller", "guidance", "meeting")
    until(lambda: all({task.container.id for task in tasks.running(plan_of_the_lab(), word)} - before for word in words), "all")
    goes_on(room)


def test_node_that_is_down_is_told_and_the_rest_is_deployed_without_it(room: Lab) -> None:
    room.done("lab", "stop", LOBBY)
    try:
        until(lambda: {each.state for each in room.manager.nodes() if each.name == LOBBY} == {"down"}, f"{LOBBY} is down")
        refused = room.run("stack", "deploy", "--yes", timeout_s=100)
        assert (refused.returncode, f"--without {LOBBY}" in refused.stderr) == (2, True), refused.stderr
        room.done("stack", "deploy", "--yes", "--without", LOBBY, timeout_s=100)
    finally:
        room.done("lab", "start", LOBBY)
    until(lambda: any(found for found in runs_on(LOBBY).values()), f"{LOBBY} runs its services again")
    goes_on(room)
