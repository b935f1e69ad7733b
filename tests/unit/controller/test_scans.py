"""Listening: when a scan begins and ends, and who is asked about, one sentence each."""

from nanoservices import wire
from nanoservices.controller.model import EndScan, Lead, StartScan
from tests.unit.controller.house import House, granted, refused


def test_motion_at_a_door_starts_a_scan_there() -> None:
    house = House()
    house.motion("entrance")
    (scan,) = house.told(StartScan)
    assert (scan.zone, scan.ends_at) == ("entrance", 105)


def test_unknown_keys_give_at_most_one_refused_visit_per_scan() -> None:
    house = House()
    house.motion("entrance")
    for keys in (("mac:000000000001", "mac:000000000002"), ("mac:000000000003",)):
        (question,) = house.hear("entrance", *keys)
        house.logic.recognised(question, wire.Answers(tuple(refused("unknown-key") for _ in keys)), house.now)
    assert [visit.outcome for visit in house.logic.visits.visits.values()] == ["refused"]


def test_stranger_beside_a_guest_does_not_stop_the_guest() -> None:
    house = House()
    house.motion("entrance")
    (question,) = house.hear("entrance", "mac:000000000001", "hmac:0011223344556677")
    house.logic.recognised(question, wire.Answers((refused("unknown-key"), granted("bob"))), house.now)
    assert [lead.visit for lead in house.told(Lead)] == [house.visit("bob").id]
    assert house.visit(None).outcome == "refused"


def test_two_people_within_one_scan_are_led_in_their_own_colours() -> None:
    house = House()
    house.meet("entrance", "bob", "carl")
    bob, carl = house.told(Lead)
    assert bob.visit != carl.visit
    assert bob.colour != carl.colour


def test_key_is_asked_about_once_per_scan() -> None:
    house = House()
    house.motion("entrance")
    assert len(house.hear("entrance", "mac:000000000001")) == 1
    assert house.hear("entrance", "mac:000000000001") == []


def test_weak_key_from_the_next_room_is_not_asked_about() -> None:
    house = House()
    house.motion("entrance")
    assert house.hear("entrance", "mac:000000000001", rssi=-95) == []


def test_scan_that_hears_nobody_ends_in_a_visit_of_nobody() -> None:
    house = House()
    house.motion("entrance")
    house.wait(5)
    (visit,) = house.logic.visits.visits.values()
    assert visit.outcome == "nobody"
    assert house.told(EndScan)


def test_motion_in_an_empty_room_is_no_visit_of_nobody() -> None:
    house = House()
    house.motion("room-1")
    house.wait(6)
    assert not house.logic.visits.visits


def test_retrigger_prolongs_the_scan_and_gives_the_next_person_their_own_edge() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.wait(3)
    house.motion("entrance")
    house.answer("entrance", "carl")
    assert house.visit("bob").steps["a"] == 100
    assert house.visit("carl").steps["a"] == 103
    scan = house.logic.scans.open_in("entrance")
    assert scan is not None and scan.ends_at == 108


def test_somebody_who_joins_people_that_move_already_is_heard_though_they_make_no_edge() -> None:
    house = House()
    house.meet("entrance", "bob")
    for _ in range(3):
        house.wait(3)
        house.presence("entrance", "occupied")
    house.answer("entrance", "carl")
    assert house.visit("carl").state == "leading"
    assert len(house.logic.visits.visits) == 2


def test_motion_that_goes_on_after_a_scan_opens_another_that_makes_no_visit_of_nobody() -> None:
    house = House()
    house.motion("entrance")
    house.wait(6)
    house.presence("entrance", "occupied")
    assert house.logic.scans.open_in("entrance") is not None
    house.wait(6)
    assert [visit.outcome for visit in house.logic.visits.visits.values()] == ["nobody"]


def test_scan_at_a_door_ends_once_all_who_may_come_are_known() -> None:
    house = House()
    house.motion("entrance")
    (question,) = house.hear("entrance", "hmac:0011223344556677", "hmac:0011223344556688")
    answers = wire.Answers((granted("bob"), granted("carl")), expected=("bob", "carl"))
    house.logic.recognised(question, answers, house.now)
    assert house.told(EndScan)
    assert house.logic.scans.open_in("entrance") is None


def test_scan_goes_on_while_somebody_expected_is_missing() -> None:
    house = House()
    house.motion("entrance")
    (question,) = house.hear("entrance", "hmac:0011223344556677")
    house.logic.recognised(question, wire.Answers((granted("bob"),), expected=("bob", "carl")), house.now)
    assert not house.told(EndScan)


def test_answer_that_comes_after_its_scan_has_ended_still_counts() -> None:
    house = House()
    house.motion("entrance")
    (question,) = house.hear("entrance", "hmac:0011223344556677")
    house.wait(6)
    assert not house.logic.visits.visits
    house.logic.recognised(question, wire.Answers((granted("bob"),)), house.now)
    assert house.visit("bob").state == "leading"


def test_silent_scanner_fails_the_visit_and_is_named() -> None:
    house = House()
    house.motion("entrance")
    (scan,) = house.told(StartScan)
    house.logic.scan_failed(scan.scan, "scanner@pi-lobby: no answer", house.now)
    (visit,) = house.logic.visits.visits.values()
    assert (visit.outcome, visit.reason) == ("failed", "scanner@pi-lobby: no answer")


def test_scanner_whose_answers_are_lost_is_still_listened_to_while_its_sightings_come() -> None:
    house = House()
    house.motion("entrance")
    (scan,) = house.told(StartScan)
    asked_at = house.now
    house.wait(1)
    house.hear("entrance", "stranger", rssi=-95)  # too weak to be anybody's, and yet a sign
    house.logic.scan_failed(scan.scan, "scanner@pi-lobby: no answer", house.now, asked_at)
    house.meet("entrance", "bob")
    assert house.visit("bob").state == "leading"


def test_sighting_of_before_is_no_sign_that_a_scanner_still_listens() -> None:
    house = House()
    house.motion("entrance")
    (scan,) = house.told(StartScan)
    house.hear("entrance", "stranger")
    house.wait(1)
    house.logic.scan_failed(scan.scan, "scanner@pi-lobby: no answer", house.now, house.now)
    assert house.logic.scans.open_in("entrance") is None


def test_motion_where_labels_have_no_scanner_is_no_visit() -> None:
    house = House()
    house.presence("corridor", "occupied", edge=True, node="pi-corridor")
    assert house.told(StartScan) == []
    house.wait(20)
    assert house.logic.visits.visits == {}


def test_silent_auth_fails_one_visit_and_is_asked_again_when_the_key_is_heard_again() -> None:
    house = House()
    house.motion("entrance")
    (question,) = house.hear("entrance", "hmac:0011223344556677")
    house.logic.recognition_failed(question, "auth unavailable", house.now)
    assert [visit.outcome for visit in house.logic.visits.visits.values()] == ["failed"]
    (again,) = house.hear("entrance", "hmac:0011223344556677")
    house.logic.recognised(again, wire.Answers((granted("bob"),)), house.now)
    assert house.visit("bob").state == "leading"


def test_where_motion_never_ends_one_scan_follows_another_and_whoever_comes_back_is_led_again() -> None:
    house = House()
    house.meet("entrance", "bob")
    first = house.logic.scans.open_in("entrance")
    house.logic.visits.not_lit(house.visit("bob").id, "guidance@pi-lobby: no answer", house.now)
    for _ in range(30):
        house.wait(3)
        house.presence("entrance", "occupied")
    second = house.logic.scans.open_in("entrance")
    assert first is not None and second is not None and first.id != second.id
    house.answer("entrance", "bob")
    assert house.visit("bob").state == "leading"
