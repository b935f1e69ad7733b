"""Whichever zone labels.yml puts a sensor into, the demo's people come by there."""

import pytest

from swarm.demo import ways
from swarm.errors import InputError
from swarm.labels import Labels
from tests.unit.swarm.conftest import SAMPLE, Reading


def test_people_come_in_where_the_route_begins(sample: Labels) -> None:
    assert ways.room_with_screen(sample) == ("room-1", "pi-room-1")
    assert ways.way_in(sample, "room-1") == ("entrance", "corridor", "room-1")


def test_moving_the_sensors_moves_the_door(read: Reading) -> None:
    moved = read(SAMPLE.replace("zone: entrance", "zone: corridor"))
    assert ways.way_in(moved, "room-1") == ("corridor", "room-1")


def test_nobody_is_sent_in_where_the_door_is_a_room_of_its_own(read: Reading) -> None:
    labels = read(SAMPLE.replace("rooms:\n", "rooms:\n  foyer: {zone: entrance, route: [entrance]}\n"))
    with pytest.raises(InputError, match=r"no zone \(corridor\) has both presence and scanner"):
        ways.way_in(labels, "room-1")


def test_a_way_on_which_nobody_would_be_noticed_is_refused(read: Reading) -> None:
    bare = read(SAMPLE.replace("run: [presence, scanner, guidance]", "run: [presence, guidance]"))
    with pytest.raises(InputError, match=r"no zone \(entrance, corridor\) has both presence and scanner"):
        ways.way_in(bare, "room-1")


def test_from_the_middle_of_a_way_the_rest_is_walked(sample: Labels) -> None:
    assert ways.way_from(sample, "corridor", "room-1") == ("corridor", "room-1")
    assert ways.way_from(sample, "room-1", "room-1") == ("room-1",)


def test_a_zone_on_no_way_is_as_far_as_one_gets(read: Reading) -> None:
    labels = read(SAMPLE.replace("room-1]\nrooms", "room-1, cellar]\nrooms"))
    assert ways.way_from(labels, "cellar", "room-1") == ("cellar",)


def test_a_place_without_a_screen_is_refused(read: Reading) -> None:
    with pytest.raises(InputError, match="no room has a screen"):
        ways.room_with_screen(read(SAMPLE.replace("scanner, meeting]", "scanner]")))


def test_a_room_that_one_steps_into_from_outside_has_no_door_to_come_in_by(read: Reading) -> None:
    labels = read(SAMPLE.replace("route: [entrance, corridor, room-1]", "route: [room-1]"))
    with pytest.raises(InputError, match="the route of room-1 has no zone before it that is no room"):
        ways.way_in(labels, "room-1")
