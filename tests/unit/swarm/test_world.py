"""The simulated world, with its time in our hands."""

from random import Random

import pytest

from swarm.demo.pace import Pace
from swarm.demo.people import Where, unknown_tag
from swarm.demo.world import World
from swarm.labels import Labels
from tests.unit.swarm.conftest import SAMPLE, Reading

PACE = Pace(speed=1.0)
ROUTE = ("entrance", "corridor", "room-1")
TAG = unknown_tag(b"somebody")


@pytest.fixture
def world(sample: Labels) -> World:
    return World(sample, PACE, Random(1), lambda: 0.0)


def levels(world: World, now: float) -> list[tuple[str, int]]:
    return [(out.node, out.message["value"]) for out in world.step(now) if out.word == "presence"]


def adverts(world: World, begin: float, end: float) -> list[str]:
    """Who hears adverts between two times."""
    heard, now = [], begin
    while now < end:
        heard += [out.node for out in world.step(now) if "advert" in out.message]
        now = max(now + 0.001, min(end, world.wake_at(now)))
    return heard


def test_somebody_coming_raises_the_line_of_their_zone_only(world: World) -> None:
    world.send_in("bob", TAG, ROUTE, 10.0)
    assert levels(world, 10.0) == [("pi-lobby", 1)]
    assert levels(world, 10.0 + PACE.motion_s - 0.01) == []
    assert levels(world, 10.0 + PACE.motion_s) == [("pi-lobby", 0)]


def test_two_within_a_second_give_one_edge(world: World) -> None:
    world.send_in("bob", TAG, ROUTE, 10.0)
    assert levels(world, 10.0) == [("pi-lobby", 1)]
    world.send_in("carl", TAG, ROUTE, 10.8)
    assert levels(world, 10.8) == []
    assert levels(world, 10.8 + PACE.motion_s - 0.01) == []


def test_a_sensor_that_connects_is_told_its_line_as_it_is(world: World) -> None:
    assert [out.message for out in world.hello("pi-lobby", "presence")] == [{"pin": "GPIO4", "value": 0}]
    world.send_in("bob", TAG, ROUTE, 10.0)
    world.step(10.0)
    assert [out.message for out in world.hello("pi-lobby", "presence")] == [{"pin": "GPIO4", "value": 1}]
    assert world.hello("pi-lobby", "scanner") == []


def test_tags_are_heard_only_where_a_radio_is_on(world: World) -> None:
    world.send_in("bob", TAG, ROUTE, 10.0)
    assert adverts(world, 10.0, 11.0) == []
    world.radio("pi-lobby", True)
    world.radio("pi-room-1", True)
    heard = adverts(world, 11.0, 13.0)
    assert set(heard) == {"pi-lobby"}
    assert 2.0 / PACE.advert_s[1] - 1 <= len(heard) <= 2.0 / PACE.advert_s[0] + 1
    world.lost("pi-lobby", "scanner")
    assert adverts(world, 13.0, 14.0) == []


def test_nobody_walks_before_their_own_light_is_lit(world: World) -> None:
    bob = world.send_in("bob", TAG, ROUTE, 10.0)
    world.leds("pi-lobby", [[255, 0, 0], [0, 0, 0]])  # somebody else's
    world.step(10.5)
    assert bob.where is Where.WAITING
    world.light_is_on_for("bob", 10.6)
    world.step(10.7)
    assert bob.where is Where.WALKING
    assert (bob.saw_light_at, bob.walked_at) == (10.7, 10.7)


def test_being_told_of_a_light_is_not_enough_in_the_dark(world: World) -> None:
    bob = world.send_in("bob", TAG, ROUTE, 10.0)
    world.light_is_on_for("bob", 10.1)
    world.step(10.2)
    assert bob.where is Where.WAITING
    world.leds("pi-lobby", [[0, 0, 0], [9, 9, 9]])
    world.step(10.3)
    assert bob.where is Where.WALKING


def test_a_light_of_an_earlier_visit_is_not_theirs(world: World) -> None:
    bob = world.send_in("bob", TAG, ROUTE, 10.0)
    world.leds("pi-lobby", [[255, 255, 255]])
    world.light_is_on_for("bob", 9.0)
    world.step(10.5)
    assert bob.where is Where.WAITING


def test_walk_passes_every_zone_in_equal_parts_and_raises_the_room(world: World) -> None:
    bob = world.send_in("bob", TAG, ROUTE, 10.0)
    world.leds("pi-lobby", [[255, 255, 255]])
    world.light_is_on_for("bob", 10.0)
    world.step(10.0)
    world.step(10.0 + PACE.walk_s / 2)
    assert bob.zone == "corridor"
    assert ("pi-room-1", 1) in levels(world, 10.0 + PACE.walk_s)
    assert bob.where is Where.THERE


def test_whoever_sees_no_light_turns_back(world: World) -> None:
    bob = world.send_in("bob", TAG, ROUTE, 10.0)
    world.step(10.0 + PACE.patience_s - 0.01)
    assert bob.where is Where.WAITING
    world.step(10.0 + PACE.patience_s)
    assert bob.where is Where.GONE
    assert world.people == []


def test_where_the_door_has_no_lights_those_who_know_the_way_go_on(read: Reading) -> None:
    dark = read(SAMPLE.replace(", guidance]", "]"))
    world = World(dark, PACE, Random(1), lambda: 0.0)
    bob = world.send_in("bob", TAG, ROUTE, 10.0)
    stranger = world.send_in("stranger", TAG, ROUTE, 10.0, knows_the_way=False)
    world.step(10.0 + PACE.unlit_s)
    assert (bob.where, stranger.where) == (Where.WALKING, Where.WAITING)
    world.step(10.0 + PACE.patience_s)
    assert stranger.where is Where.GONE


def test_somebody_in_a_room_never_lets_it_fall_still(world: World) -> None:
    bob = world.send_in("bob", TAG, ("room-1",), 10.0)
    assert bob.where is Where.THERE
    now, down_at, ups = 10.0, 10.0, 0
    while now < 70.0:
        for node, value in levels(world, now):
            assert node == "pi-room-1"
            assert value == 0 or now - down_at < PACE.hold_s
            ups, down_at = ups + value, now
        now = world.wake_at(now)
    assert ups > 5


def test_who_has_left_moves_and_says_nothing(world: World) -> None:
    world.radio("pi-room-1", True)
    bob = world.send_in("bob", TAG, ("room-1",), 10.0)
    assert levels(world, 10.0) == [("pi-room-1", 1)]
    world.leave(bob)
    assert adverts(world, 10.1, 13.0) == []
    assert world.hello("pi-room-1", "presence")[0].message["value"] == 0


def test_a_room_where_somebody_stirs_is_never_still_for_as_long_as_presence_holds() -> None:
    for speed in (0.2, 1, 4, 20, 50):
        pace = Pace(speed)
        assert pace.stir_s * 1.5 < pace.hold_s
        assert pace.motion_s < pace.scan_window_s, "who comes while a line is up must be heard by the scan that is on"
        assert pace.advert_s[1] * 2 < pace.patience_s


def test_waking_never_lies_in_the_past_for_ever(world: World) -> None:
    """A world that asks to be woken at once again and again would take a core for itself."""
    world.send_in("bob", TAG, ROUTE, 10.0)
    steps, now = 0, 10.0
    while now < 20.0:
        world.step(now)
        assert world.wake_at(now) > now
        now, steps = world.wake_at(now), steps + 1
    assert steps < 200


def test_same_seed_same_adverts(sample: Labels) -> None:
    def story(seed: int) -> list[float]:
        world = World(sample, PACE, Random(seed), lambda: 0.0)
        world.radio("pi-lobby", True)
        world.send_in("bob", TAG, ROUTE, 10.0)
        at, found = 10.0, []
        while at < 15.0:
            found += [at for out in world.step(at) if "advert" in out.message]
            at = world.wake_at(at)
        return found

    assert story(7) == story(7) != story(8)
