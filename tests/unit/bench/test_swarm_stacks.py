"""What bench.swarm deploys is the room's own stack, and its floor differs in nothing but what serves."""

import copy
from pathlib import Path
from typing import Any

import pytest

from bench.swarm import stacks
from bench.swarm.asking import GET_HEALTH
from nanoservices.coap_options import split, understand
from swarm import deploying, labels_file, stack, stack_images
from swarm.demo.pace import Pace
from swarm.stack import Stack

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def room() -> Stack:
    kit, labels = deploying.load_kit(), labels_file.read(ROOT / "labels.yml")
    return stack.render(kit, labels, stack_images.plain(kit), simulated=True)


def test_floor_has_every_setting_mount_limit_and_interval_of_the_service_whose_place_it_takes(room: Stack) -> None:
    before = copy.deepcopy(room)
    echoes = stacks.floor(room, "echo@sha256:1")
    assert room == before
    for word, service in echoes["services"].items():
        mine = copy.deepcopy(room["services"][word])
        assert service["healthcheck"].pop("test") != mine["healthcheck"].pop("test")
        assert (service.pop("image"), mine.pop("image")) == ("echo@sha256:1", f"nanoswarm/{word}")
        assert service == mine


def test_probers_are_beside_the_room_on_every_node_or_on_one(room: Stack) -> None:
    everywhere, one = stacks.with_probers(room, "image", "script"), stacks.with_probers(room, "image", "script", "pi-lobby")
    assert {word: everywhere["services"][word] for word in room["services"]} == room["services"]
    assert "placement" not in everywhere["services"]["prober"]["deploy"]
    assert one["services"]["prober"]["deploy"]["placement"] == {"constraints": ["node.hostname == pi-lobby"]}
    assert stacks.tasks(one, dict.fromkeys(room["services"], 2)) == 2 * len(room["services"])


def test_paced_room_hears_the_benchmarks_world_and_nothing_else_changes(room: Stack) -> None:
    paced = stacks.paced(room, Pace(20.0), "/run/nanoswarm/bench.sock")
    environments = {word: service["environment"] for word, service in paced["services"].items()}
    worlds = {word for word, each in environments.items() if each.get("NANO_WORLD") == "/run/nanoswarm/bench.sock"}
    assert worlds == {"presence", "scanner", "guidance"}
    assert environments["controller"]["NANO_AWAY_S"] == "1.2"
    assert float(environments["presence"]["NANO_CHATTER_S"]) < 1  # people who come fast are no faulty sensor
    assert float(environments["auth"]["NANO_APART_S"]) < 1  # nor are they in two places
    assert environments["meeting"] == room["services"]["meeting"]["environment"]


def spec() -> dict[str, Any]:
    container = {"Image": "nanoswarm/auth", "Healthcheck": {"Test": ["CMD", "python3"], "Interval": 1}, "Init": True}
    template = {"ContainerSpec": container, "Placement": {"Constraints": ["node.labels.auth == true"]}}
    return {"Name": "bench_auth", "Labels": {}, "TaskTemplate": template, "Mode": {"Global": {}}}


def test_a_service_alone_is_on_one_node_of_those_it_may_run_on() -> None:
    told = spec()
    constraints = stacks.alone(told, "server-1")["TaskTemplate"]["Placement"]["Constraints"]
    assert constraints == ["node.labels.auth == true", "node.hostname==server-1"]
    assert told == spec()
    del told["TaskTemplate"]["Placement"]
    assert stacks.alone(told, "a")["TaskTemplate"]["Placement"]["Constraints"] == ["node.hostname==a"]


def test_floor_of_a_spec_keeps_the_interval_and_needs_no_health_check() -> None:
    floor = stacks.floor_spec(spec(), "echo")["TaskTemplate"]["ContainerSpec"]
    assert floor == {"Image": "echo", "Healthcheck": {"Test": ["CMD", "/echo", "--health"], "Interval": 1}, "Init": True}
    told = spec()
    del told["TaskTemplate"]["ContainerSpec"]["Healthcheck"]
    assert stacks.floor_spec(told, "echo")["TaskTemplate"]["ContainerSpec"] == {"Image": "echo", "Init": True}


def test_request_that_the_first_answer_is_to_is_get_health() -> None:
    end = split(GET_HEALTH, 4)
    assert (GET_HEALTH[:2], understand(GET_HEALTH[4:end]).path) == (b"\x40\x01", ("health",))
