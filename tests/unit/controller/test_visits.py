"""How a visit goes, one sentence each."""

from nanoservices import wire
from nanoservices.controller.model import Lead, StopLeading
from tests.unit.controller.house import House, refused


def test_refusal_ends_at_d_and_lights_nothing() -> None:
    house = House()
    house.motion("entrance")
    (question,) = house.hear("entrance", "hmac:0011223344556677")
    house.logic.recognised(question, wire.Answers((refused("too-early", "erin"),)), house.now)
    visit = house.visit("erin")
    assert (visit.outcome, visit.reason) == ("refused", "too-early")
    assert "d" in visit.steps and "e" not in visit.steps
    assert not house.told(Lead)


def test_lights_that_cannot_be_lit_fail_the_visit_at_once() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.logic.visits.not_lit(house.visit("bob").id, "guidance@pi-lobby: no answer", house.now)
    assert (house.visit("bob").outcome, house.visit("bob").reason) == ("failed", "guidance@pi-lobby: no answer")


def test_person_whose_lights_failed_is_still_welcome_in_the_room() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.logic.visits.not_lit(house.visit("bob").id, "guidance@pi-lobby: no answer", house.now)
    house.meet("room-1", "bob")
    house.shown()
    assert house.visit("bob").outcome == "completed"
    assert "e" not in house.visit("bob").steps


def test_route_without_lights_by_labels_goes_on_without() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.logic.visits.not_lit(house.visit("bob").id, None, house.now)
    assert house.visit("bob").is_open


def test_person_who_does_not_arrive_is_abandoned_and_their_lights_go_out() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.light("bob")
    house.wait(121)
    assert (house.visit("bob").outcome, house.visit("bob").reason) == ("abandoned", "did not come to room-1")
    assert [stop.visit for stop in house.told(StopLeading)] == [house.visit("bob").id]


def test_person_who_turns_back_keeps_one_visit_and_is_led_again() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.light("bob")
    house.told()
    house.wait(20)
    house.meet("entrance", "bob")
    assert [lead.visit for lead in house.told(Lead)] == [house.visit("bob").id]
    assert len(house.logic.visits.visits) == 1


def test_arrival_of_one_leaves_the_other_their_lights() -> None:
    house = House()
    house.meet("entrance", "bob", "carl")
    house.light("bob")
    house.light("carl")
    house.meet("room-1", "bob")
    assert [stop.visit for stop in house.told(StopLeading)] == [house.visit("bob").id]
    assert house.visit("carl").state == "guided"


def test_visit_whose_right_ends_on_the_way_is_refused_and_its_lights_go_out() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.light("bob")
    house.wait(20)
    house.motion("room-1")
    (question,) = house.hear("room-1", "hmac:0011223344556677")
    house.logic.recognised(question, wire.Answers((refused("too-late", "bob"),)), house.now)
    assert (house.visit("bob").outcome, house.visit("bob").reason) == ("refused", "too-late")
    assert house.told(StopLeading)


def test_meeting_in_a_room_that_labels_do_not_have_fails_the_visit() -> None:
    house = House()
    house.meet("entrance", "bob", room="room-9")
    assert house.visit("bob").outcome == "failed"
    assert "room-9" in (house.visit("bob").reason or "")


def test_late_light_does_not_reopen_a_closed_visit() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.wait(121)
    visit = house.visit("bob")
    steps = dict(visit.steps)
    house.light("bob")
    assert visit.outcome == "abandoned"
    assert visit.steps == steps


def test_guest_whose_next_meeting_begins_on_the_way_is_led_to_that() -> None:
    house = House()
    house.meet("entrance", "bob")
    old = house.visit("bob")
    house.wait(6)
    house.meet("entrance", "bob", meeting="m2", room="room-2")
    assert (old.outcome, old.reason) == ("refused", "too-late")
    assert house.told(StopLeading) == [StopLeading(old.id, old.route)]
    assert (house.visit("bob").state, house.visit("bob").room) == ("leading", "room-2")


def test_guest_led_to_one_room_and_let_into_another_has_a_visit_there() -> None:
    house = House()
    house.meet("entrance", "bob", meeting="m2", room="room-2")
    old = house.visit("bob")
    house.wait(6)
    house.meet("room-1", "bob")
    assert old.outcome == "refused"
    house.shown()
    assert (house.visit("bob").outcome, house.visit("bob").room) == ("completed", "room-1")


def test_right_that_ends_in_the_wrong_room_ends_the_visit_though_they_were_seen_there_before() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.meet("room-2", "bob")
    assert house.visit("bob").is_open
    house.wait(6)
    house.motion("room-2")
    (question,) = house.hear("room-2", "hmac:0011223344556677")
    house.logic.recognised(question, wire.Answers((refused("too-late", "bob"),)), house.now)
    assert house.visit("bob").outcome == "refused"
