"""The room on a real Swarm of several nodes: people come in, and are led or refused as they should be."""

import json
import os
import signal
from typing import Any

from swarm.lab import tasks
from tests.lab.conftest import Lab
from tests.lab.room import plan_of_the_lab

ALL_HOPS = {"b", "c", "d", "e", "f"}


def visited(room: Lab, *words: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(room.done("lab", "visit", *words, "--json", timeout_s=330))
    assert told["ok"], told["why_not_ok"]
    return told


def test_demos_story_comes_true_across_nodes_also_once_the_controller_has_been_killed(room: Lab) -> None:
    told = visited(room)
    hops = {visit["person"]: set(visit["hops_ms"]) for visit in told["visits"]}
    led = dict.fromkeys(("alice", "bob", "carl", "david"), ALL_HOPS)
    assert hops == {**led, "stranger": {"b", "c", "d"}, "erin": {"b", "c", "d"}}

    controller = tasks.the(plan_of_the_lab(), "controller").container
    os.kill(controller.pid, signal.SIGKILL)
    (stranger,) = visited(room, "stranger")["visits"]
    assert (stranger["outcome"], stranger["reason"]) == ("refused", "unknown-key")
    assert tasks.the(plan_of_the_lab(), "controller").container.id != controller.id


def test_room_lies_on_several_nodes_and_only_root_sees_its_network(room: Lab) -> None:
    where = {word: {task.node.name for task in tasks.running(plan_of_the_lab(), word)} for word in ("presence", "controller")}
    assert where == {"presence": {"pi-lobby", "pi-room-1"}, "controller": {"server-1"}}
