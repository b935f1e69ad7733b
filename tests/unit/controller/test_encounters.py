"""What a key says of its owner, and what it does not: a name tag can be copied, and a rolling id recorded."""

from typing import Any

import pytest

from nanoservices import wire
from nanoservices.controller.model import Lead, Occupant, Recognise, StopLeading
from tests.unit.controller.house import House, granted

KEY = "hmac:00000000000000b0"
TAG = wire.Answer("refused", "too-weak", "bob", "static")  # bob's name tag, or a copy of it
RECORDED = wire.Answer("refused", "replay", "bob", "rolling")


def hears(house: House, zone: str, key: str, answer: wire.Answer) -> None:
    (question,) = house.hear(zone, key)
    house.logic.recognised(question, wire.Answers((answer,)), house.now)


def led() -> House:
    house = House()
    house.meet("entrance", "bob", strength="rolling")
    house.light("bob")
    return house


def in_the_room(**answer: Any) -> House:
    house = House()
    house.meet("room-1", "bob", strength="rolling", **answer)
    house.shown()
    return house


@pytest.mark.parametrize("answer", [TAG, RECORDED])
def test_copy_or_recording_of_a_key_at_the_door_does_not_end_its_owners_visit(answer: wire.Answer) -> None:
    house = led()
    hears(house, "entrance", "mac:0000000000b0", answer)
    assert house.told(StopLeading) == []
    assert [visit.outcome for visit in house.logic.visits.visits.values() if visit.is_open] == [None]


def test_weaker_key_that_is_let_in_elsewhere_does_not_turn_its_owner_round() -> None:
    house = led()
    house.told()
    hears(house, "entrance", "mac:0000000000b0", granted("bob", strength="static", meeting="m2", room="room-2"))
    assert house.told(Lead) + house.told(StopLeading) == []


@pytest.mark.parametrize("answer", [TAG, RECORDED])
def test_copy_or_recording_of_a_key_at_the_door_does_not_take_its_owner_out_of_the_room(answer: wire.Answer) -> None:
    house = in_the_room()
    house.motion("entrance")
    hears(house, "entrance", "mac:0000000000b0", answer)
    assert list(house.logic.rooms.rooms["room-1"].people) == ["bob"]


def test_name_tag_beside_its_owners_telephone_hides_nothing_and_is_no_visit() -> None:
    house = in_the_room()
    hears(house, "room-1", "mac:0000000000b0", TAG)
    assert house.mode() == "meeting"
    assert [visit.outcome for visit in house.logic.visits.visits.values()] == ["completed"]


def test_name_tag_that_stays_when_its_owner_leaves_sees_nothing() -> None:
    house = in_the_room()
    house.logic.rooms.enter(house.logic.rooms.rooms["room-1"], Occupant("carl", house.now, "m1", house.now + 3600))
    hears(house, "room-1", "mac:0000000000b0", TAG)
    house.now += 1
    house.meet("entrance", "bob", strength="rolling")
    assert list(house.logic.rooms.rooms["room-1"].people) == ["carl"]
    assert house.mode() == "hidden"


def test_name_tag_sees_nothing_once_its_owners_telephone_is_not_heard_any_more() -> None:
    house = in_the_room()
    hears(house, "room-1", "mac:0000000000b0", TAG)
    for _ in range(8):  # somebody moves, the tag is heard, and auth is away: so nobody is taken for gone
        house.wait(3)
        house.presence("room-1", "occupied")
        for question in house.hear("room-1", "mac:0000000000b0"):
            house.logic.recognised(question, wire.Answers((TAG,)), house.now)
        house.logic.rooms.unsure(house.logic.rooms.rooms["room-1"], house.now)
    assert list(house.logic.rooms.rooms["room-1"].people) == ["bob"]
    assert house.mode() == "hidden"


def test_recording_in_the_room_is_a_stranger_beside_the_owner_too() -> None:
    house = in_the_room()
    hears(house, "room-1", "hmac:00000000000000b0", RECORDED)
    assert house.mode() == "hidden"
    house.answer("room-1", "alice", strength="rolling")
    assert house.mode() == "hidden"


def test_nobody_is_led_for_longer_than_their_meeting_lasts() -> None:
    house = House()
    house.meet("entrance", "bob", ends_in_s=30.0)
    (lead,) = house.told(Lead)
    assert lead.until == house.now + 30
    house.light("bob")
    house.wait(31)
    house.told()
    assert [command.visit for command in house.commands if isinstance(command, StopLeading)] == [lead.visit]


def test_sighting_at_the_door_that_comes_late_does_not_take_out_of_the_room_who_was_heard_there_since() -> None:
    house = in_the_room()
    house.motion("entrance")
    scan = house.logic.scans.open_in("entrance")
    assert scan is not None
    before, house.now = house.now - 5, house.now + 10
    house.logic.key_heard(wire.SightingEvent("sighting", 99, before, "entrance", scan.id, KEY, -60), before, house.now)
    house.logic.ask()
    (question,) = house.told(Recognise)
    house.logic.recognised(question, wire.Answers((granted("bob"),)), house.now)
    assert list(house.logic.rooms.rooms["room-1"].people) == ["bob"]
