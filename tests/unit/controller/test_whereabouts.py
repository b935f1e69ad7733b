"""In which zone is somebody whom several scanners hear?"""

import pytest

from nanoservices import wire
from nanoservices.controller.whereabouts import CLOSE_DBM, MOST_KEYS, PASSES_S, STAYS_S, STEP_DB, Strengths
from tests.unit.controller.house import House, granted

KEY = "hmac:0011223344556677"
ALL = ("entrance", "room-1", "room-2")


def heard(*samples: tuple[str, int, float]) -> Strengths:
    strengths = Strengths(["room-1", "room-2"])
    for zone, dbm, at in samples:
        strengths.heard(KEY, zone, dbm, at)
    return strengths


@pytest.mark.parametrize(
    ("samples", "zone", "place"),
    [
        ([("room-2", -60, 0)], "room-2", "here"),
        ([("room-1", -60, 0), ("room-2", -60 - STEP_DB, 0)], "room-2", "elsewhere"),
        ([("room-1", -60, 0), ("room-2", -60 - STEP_DB, 0)], "room-1", "here"),
        ([("room-1", -60, 0), ("room-2", -61 - STEP_DB + 2, 0)], "room-2", "here"),
        ([("room-1", -60, 0), ("room-2", -80, STAYS_S - 0.1)], "room-2", "elsewhere"),
        ([("room-1", -60, 0), ("room-2", -65, STAYS_S)], "room-2", "here"),
        ([("entrance", -50, 0), ("room-1", -65, PASSES_S)], "room-1", "here"),
        ([("entrance", -50, 0), ("room-1", -65, PASSES_S - 0.1)], "room-1", "elsewhere"),
        ([("room-2", -80, 0)], "room-2", "unsure"),
        ([("room-2", -80, 0), ("room-2", -80, 1)], "room-2", "here"),
        ([("room-2", -80, 0), ("room-2", CLOSE_DBM, 0.1)], "room-2", "here"),
        ([("room-2", -60, 0), ("room-2", -80, 0.1), ("room-1", -65, 0.1)], "room-2", "here"),  # the better of two scanners
    ],
)
def test_key_is_where_it_is_heard_clearly_stronger(samples: list[tuple[str, int, float]], zone: str, place: str) -> None:
    strengths = heard(*samples)
    assert strengths.place(KEY, zone, ALL, (), samples[-1][2]) == place


def test_weak_key_is_nowhere_known_while_a_scanner_that_might_hear_it_better_is_down() -> None:
    strengths = heard(("room-2", -80, 0), ("room-2", -80, 1))
    assert strengths.place(KEY, "room-2", ALL, ("room-1",), 1) == "unknown"
    assert strengths.place(KEY, "room-2", ALL, ("room-2",), 1) == "here"


def test_weak_key_that_nobody_else_could_hear_is_asked_about_at_once() -> None:
    assert heard(("room-2", -80, 0)).place(KEY, "room-2", ["room-2"], (), 0) == "here"


def test_flood_of_keys_takes_no_more_memory() -> None:
    strengths = Strengths([])
    for number in range(2 * MOST_KEYS):
        strengths.heard(f"mac:{number:012x}", "entrance", -60, number / 1e6)
    assert len(strengths._levels) == MOST_KEYS
    strengths.heard(KEY, "entrance", -60, 2 * STAYS_S)
    assert list(strengths._levels) == [KEY]


def guest_in_room_1() -> House:
    house = House()
    house.meet("room-1", "bob")
    house.motion("room-2")
    house.meet("room-2", "alice", meeting="m2", room="room-2")
    house.shown("room-2", "m2")
    assert house.mode("room-2") == "meeting"
    return house


def hear_bob(house: House, zone: str, dbm: int) -> bool:
    """Whether auth is asked who it is."""
    key = f"hmac:{b'bob'.hex():0<16}"
    return bool(house.hear(zone, key, rssi=dbm))


def test_guest_of_one_room_who_is_heard_through_the_wall_is_no_intruder_in_the_next() -> None:
    house = guest_in_room_1()
    for _ in range(12):
        house.wait(1)
        house.motion("room-1")
        house.motion("room-2")
        hear_bob(house, "room-1", -58)
        assert not hear_bob(house, "room-2", -75)
    assert house.mode("room-2") == "meeting"
    assert "bob" in house.logic.rooms.rooms["room-1"].people


def test_intruder_who_is_near_counts_whatever_other_rooms_hear() -> None:
    house = guest_in_room_1()
    hear_bob(house, "room-1", -60)
    house.answer("room-2", "bob")
    assert house.mode("room-2") == "hidden"


def test_intruder_who_left_for_the_next_room_is_forgotten_though_still_heard_through_the_wall() -> None:
    house = guest_in_room_1()
    house.answer("room-2", "bob")
    for _ in range(22):
        house.wait(1)
        house.motion("room-1")
        house.motion("room-2")
        hear_bob(house, "room-1", -55)
        hear_bob(house, "room-2", -75)
        (alice,) = house.logic.rooms.rooms["room-2"].people.values()
        alice.seen_at = house.now
    assert house.mode("room-2") == "meeting"


def test_passer_by_of_a_door_who_is_heard_in_the_room_behind_has_not_arrived_there() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.motion("room-1")
    assert not hear_bob(house, "room-1", -80)
    assert house.visit("bob").state == "leading"
    house.wait(PASSES_S)
    assert hear_bob(house, "room-1", -68)


def test_while_the_next_rooms_scanner_is_down_who_is_heard_weakly_is_not_taken_to_have_arrived() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.light("bob")
    house.logic.registry.peers["scanner@pi-room-2"].ready = False
    house.wait(PASSES_S)
    house.motion("room-1")
    assert not hear_bob(house, "room-1", -80) and not hear_bob(house, "room-1", -80)
    assert house.logic.rooms.rooms["room-1"].unsure_at == house.now
    assert "scanner@pi-room-2 does not listen" in house.visit("bob").trouble[0]
    house.answer("room-1", "bob")  # near by now
    assert house.visit("bob").state == "showing"


def test_guest_whose_rooms_scanner_is_down_has_not_left_because_a_door_hears_them_weakly() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.wait(STAYS_S)
    house.logic.registry.peers["scanner@pi-room-1"].ready = False
    house.motion("entrance")
    (question,) = house.hear("entrance", f"hmac:{b'bob'.hex():0<16}", rssi=-80)
    house.logic.recognised(question, wire.Answers((granted("bob"),)), house.now)
    assert "bob" in house.logic.rooms.rooms["room-1"].people


def test_zone_that_nobody_listens_in_is_unknown_unless_somebody_moves_there() -> None:
    house = House()
    assert house.mode("room-1") == "personal"
    house.logic.registry.peers["scanner@pi-room-1"].ready = False
    house.logic.registry.peers["scanner@pi-room-1"].why_not = ("the BLE adapter hci0 is off: bluetoothctl power on",)
    house.wait(1)
    house.presence("room-1", "empty")
    assert house.mode("room-1") == "hidden"
    state, why = house.logic.registry.zone_state("room-1", house.now)
    assert state == "unknown" and why is not None and "hci0 is off" in why
    house.motion("room-1")
    assert house.logic.registry.zone_state("room-1", house.now) == ("occupied", None)
