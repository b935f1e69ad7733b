"""Who is in a room, and what its screen may show, one sentence each."""

from nanoservices import wire
from nanoservices.controller.model import Lead, Report, SetScreen, StopLeading
from tests.unit.controller.house import House, granted, refused, stranger_in


def test_visit_goes_from_door_to_screen_and_every_step_has_its_time() -> None:
    house = House()
    house.meet("entrance", "bob")
    (lead,) = house.told(Lead)
    assert lead.route == ("entrance", "corridor", "room-1")
    house.light("bob")
    house.wait(10)
    house.meet("room-1", "bob")
    told = house.told()
    assert [command.visit for command in told if isinstance(command, StopLeading)] == [lead.visit]
    (screen,) = [command for command in told if isinstance(command, SetScreen) and command.mode == "meeting"]
    assert (screen.meeting, screen.visit) == ("m1", lead.visit)
    house.shown()
    visit = house.visit("bob")
    assert visit.outcome == "completed"
    assert list(visit.steps) == ["a", "b", "b'", "advert", "c", "d", "e", "e'", "f-hidden", "f-downloaded", "f", "out"]
    assert house.told(Report) == [Report(visit.id)]


def test_stranger_who_joins_people_in_a_room_is_noticed_without_an_edge() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.wait(6)
    house.presence("room-1", "occupied")
    (question,) = house.hear("room-1", "mac:000000000001")
    house.logic.recognised(question, wire.Answers((refused("unknown-key"),)), house.now)
    assert house.mode() == "hidden"


def test_second_guest_of_a_shown_meeting_completes_when_the_screen_says_so_again() -> None:
    house = House()
    for person in ("bob", "carl"):
        house.meet("entrance", person)
        house.light(person)
        house.meet("room-1", person)
        house.shown()
    assert house.visit("bob").outcome == house.visit("carl").outcome == "completed"


def test_guest_seen_again_in_the_room_opens_no_second_visit() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.wait(30)
    house.meet("room-1", "bob")
    assert len(house.logic.visits.visits) == 1


def test_guest_in_the_wrong_room_hides_its_contents_and_keeps_their_visit() -> None:
    house = House()
    house.meet("room-2", "dora", meeting="m2", room="room-2")
    assert house.mode("room-2") == "meeting"
    house.meet("entrance", "bob")
    house.light("bob")
    house.wait(6)
    house.meet("room-2", "bob")
    assert house.mode("room-2") == "hidden"
    assert house.visit("bob").state == "guided"


def test_personal_contents_are_hidden_at_the_first_motion() -> None:
    house = House()
    assert house.mode() == "personal"
    house.motion("room-1")
    assert house.mode() == "hidden"


def test_owner_alone_sees_their_personal_contents() -> None:
    house = House()
    house.motion("room-1")
    (question,) = house.hear("room-1", "hmac:0011223344556677")
    answer = wire.Answer("refused", "not-invited", "alice", "rolling", owns=("room-1",))
    house.logic.recognised(question, wire.Answers((answer,)), house.now)
    assert house.mode() == "personal"


def test_stranger_in_the_room_hides_the_contents_until_they_have_gone() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    assert house.mode() == "meeting"
    house.motion("room-1")
    (question,) = house.hear("room-1", "mac:000000000001")
    house.logic.recognised(question, wire.Answers((refused("unknown-key"),)), house.now)
    assert house.mode() == "hidden"
    house.wait(19)
    assert house.mode() == "hidden"
    house.wait(2)
    assert house.mode() == "meeting"


def test_stranger_who_is_heard_again_and_again_in_one_long_scan_stays_a_stranger() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.motion("room-1")
    (question,) = house.hear("room-1", "mac:000000000001")
    house.logic.recognised(question, wire.Answers((refused("unknown-key"),)), house.now)
    for _ in range(20):  # the motion goes on, and so does the scan
        house.wait(2)
        house.motion("room-1")
        assert house.hear("room-1", "mac:000000000001") == []
        assert house.mode() == "hidden"
    assert len([visit for visit in house.logic.visits.visits.values() if visit.outcome == "refused"]) == 1


def test_guest_who_arrives_beside_a_stranger_is_shown_the_contents_once_the_stranger_has_gone() -> None:
    house = House()
    house.motion("room-1")
    (question,) = house.hear("room-1", "mac:000000000001")
    house.logic.recognised(question, wire.Answers((refused("unknown-key"),)), house.now)
    house.wait(10)
    house.meet("room-1", "bob")
    assert house.mode() == "hidden"
    house.wait(11)
    assert house.mode() == "meeting"
    assert [s.visit for s in house.told(SetScreen) if s.mode == "meeting"][-1] == house.visit("bob").id
    house.shown()
    assert house.visit("bob").outcome == "completed"


def test_guest_beside_a_stranger_who_stays_fails_and_says_why() -> None:
    house = House()
    house.meet("room-1", "bob")
    for _ in range(5):
        house.motion("room-1")
        (question,) = house.hear("room-1", "mac:000000000001")
        house.logic.recognised(question, wire.Answers((refused("unknown-key"),)), house.now)
        house.wait(6)
    assert house.visit("bob").outcome == "failed"
    assert "not invited" in (house.visit("bob").reason or "")


def test_people_who_sit_still_are_not_sent_away() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.presence("room-1", "empty")
    for _ in range(10):
        house.wait(5.5)
        house.answer("room-1", "bob")
    assert house.mode() == "meeting"


def test_guest_on_the_way_to_a_busy_room_is_heard_there_without_an_edge() -> None:
    house = House()
    house.motion("room-1")  # of somebody who has nothing to be known by
    house.wait(10)  # they stir: the line stays up, and the room's scan is over
    assert house.logic.scans.open_in("room-1") is None
    house.meet("entrance", "carl")
    house.light("carl")
    house.wait(20)
    house.answer("room-1", "carl")
    house.shown()
    assert house.visit("carl").outcome == "completed"


def test_who_left_unheard_is_forgotten_though_somebody_else_moves_in_the_room() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    for _ in range(30):  # a cleaner without a key
        house.presence("room-1", "occupied")
        house.wait(3)
    assert house.mode() == "hidden"
    house.meet("room-1", "carl", meeting="m2")
    assert (house.mode(), house.logic.rooms.rooms["room-1"].meeting) == ("meeting", "m2")


def test_screen_is_personal_again_when_the_people_have_left() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.presence("room-1", "empty")
    house.wait(21)
    assert house.mode() == "personal"


def test_person_who_has_just_left_the_room_is_not_led_back_into_it() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.wait(6)
    house.meet("entrance", "bob")
    assert not house.told(Lead)
    house.wait(31)
    house.meet("entrance", "bob")
    assert house.told(Lead)


def test_contents_go_when_the_meeting_is_over() -> None:
    house = House()
    house.meet("room-1", "bob", ends_in_s=60.0)
    house.shown()
    house.wait(61)
    assert house.mode() == "hidden"


def test_room_whose_sensor_is_silent_is_unknown_and_hidden() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.logic.registry.peers["presence@pi-room-1"].boot = "dead"
    house.wait(40)
    assert house.logic.registry.zone_state("room-1", house.now)[0] == "unknown"
    assert house.mode() == "hidden"
    assert "presence@pi-room-1" in (house.logic.rooms.rooms["room-1"].line or "")


def test_silent_screen_fails_the_visit_and_is_named() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.logic.visits.screen_silent("room-1", "meeting@pi-room-1: no answer", house.now)
    assert (house.visit("bob").outcome, house.visit("bob").reason) == ("failed", "meeting@pi-room-1: no answer")


def test_screen_that_cannot_download_fails_the_visit_with_its_reason() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown(shown_at=None, downloaded_at=None, problem="auth: no answer")
    house.wait(21)
    assert (house.visit("bob").outcome, house.visit("bob").reason) == ("failed", "auth: no answer")


def test_somebody_who_comes_back_while_the_room_is_still_listened_to_is_recognised_again() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.meet("entrance", "bob")
    assert "bob" not in house.logic.rooms.rooms["room-1"].people
    house.answer("room-1", "bob")
    assert "bob" in house.logic.rooms.rooms["room-1"].people


def test_stranger_who_comes_back_in_one_long_scan_hides_the_contents_again() -> None:
    house = House()
    house.meet("room-1", "bob")
    stranger_in(house, "room-1")
    for _ in range(7):
        house.wait(3)
        house.presence("room-1", "occupied")
    assert house.mode() == "meeting"
    stranger_in(house, "room-1")
    assert house.mode() == "hidden"


def test_guest_who_stays_when_their_meeting_is_over_is_not_shown_what_is_personal() -> None:
    house = House()
    house.meet("room-1", "bob", ends_in_s=10.0)
    house.presence("room-1", "empty")  # bob sits still
    house.wait(11)
    assert house.mode() == "hidden"
    house.wait(25)
    assert house.mode() == "personal"


def test_guest_whose_meeting_was_prolonged_is_asked_about_again_at_its_first_end() -> None:
    house = House()
    house.meet("room-1", "bob", ends_in_s=3.0)
    house.wait(3.5)
    assert house.mode() == "hidden"
    house.answer("room-1", "bob")
    assert house.mode() == "meeting"


def test_screen_is_told_when_its_meeting_is_prolonged_or_cut_short() -> None:
    house = House()
    house.meet("room-1", "bob", ends_in_s=600.0)
    for ends_in_s in (1200.0, 300.0):
        house.wait(6)
        house.told()
        house.motion("room-1")
        house.answer("room-1", "bob", ends_in_s=ends_in_s)
        assert [screen.ends_at for screen in house.told(SetScreen)] == [house.now + ends_in_s]


def test_late_answer_from_the_door_does_not_fetch_a_guest_out_of_the_room() -> None:
    house = House()
    house.motion("entrance")
    (at_the_door,) = house.hear("entrance", "hmac:0011223344556677")
    house.wait(3)
    house.meet("room-1", "bob")
    house.logic.recognised(at_the_door, wire.Answers((granted("bob"),)), house.now)
    assert house.visit("bob").state == "showing"
    assert "bob" in house.logic.rooms.rooms["room-1"].people
    assert len(house.logic.visits.visits) == 1


def test_guest_of_a_room_that_labels_do_not_have_is_no_guest_of_the_room_they_are_in() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.motion("room-1")
    house.answer("room-1", "carl", meeting="m9", room="room-9")
    assert house.mode() == "hidden"


def test_zone_whose_only_sensor_labels_have_lost_is_unknown_once_that_is_silent() -> None:
    house = House()
    house.presence("corridor", "empty", node="pi-gone")
    assert house.logic.registry.zone_state("corridor", house.now)[0] == "unknown"


def test_news_of_contents_that_have_been_hidden_since_completes_nothing() -> None:
    house = House()
    house.meet("room-1", "bob")
    stranger_in(house, "room-1")
    house.shown(shown_at=house.now - 5)
    assert house.visit("bob").is_open


def test_people_who_sit_still_are_not_taken_for_gone_while_auth_is_away() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.presence("room-1", "empty")
    for _ in range(8):
        house.wait(5.5)
        (question,) = house.hear("room-1", "hmac:626f620000000000")
        house.logic.recognition_failed(question, "auth unavailable", house.now)
        assert house.mode() == "hidden"
    house.answer("room-1", "bob")
    house.wait(15)
    house.answer("room-1", "bob")
    house.wait(6)
    assert house.mode() == "meeting"


def test_people_who_sit_still_are_not_taken_for_gone_while_their_rooms_scanner_is_silent() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.presence("room-1", "empty")
    for _ in range(8):
        house.wait(4)
        scan = house.logic.scans.open_in("room-1")
        assert scan is not None
        house.logic.scan_failed(scan.id, "scanner@pi-room-1: no answer", house.now)
        house.presence("room-1", "empty")
    assert house.mode() == "hidden"
    house.wait(41)  # it hears again, and nobody is there
    assert house.mode() == "personal"
