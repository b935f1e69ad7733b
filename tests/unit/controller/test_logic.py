"""The controller's decisions, one sentence each."""

from nanoservices import wire
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import EndScan, Lead, Peer, Recognise, Report, SetScreen, StartScan, StopLeading
from nanoservices.controller.visits import MOST_UNREPORTED
from nanoservices.place import Place
from tests.unit.controller.house import LIMITS, PLACE, House, granted, refused


def test_motion_at_a_door_starts_a_scan_there() -> None:
    house = House()
    house.motion("entrance")
    (scan,) = house.told(StartScan)
    assert (scan.zone, scan.ends_at) == ("entrance", 105)


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


def test_refusal_ends_at_d_and_lights_nothing() -> None:
    house = House()
    house.motion("entrance")
    (question,) = house.hear("entrance", "hmac:0011223344556677")
    house.logic.recognised(question, wire.Answers((refused("too-early", "erin"),)), house.now)
    visit = house.visit("erin")
    assert (visit.outcome, visit.reason) == ("refused", "too-early")
    assert "d" in visit.steps and "e" not in visit.steps
    assert not house.told(Lead)


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


def test_stranger_who_joins_people_in_a_room_is_noticed_without_an_edge() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown()
    house.wait(6)
    house.presence("room-1", "occupied")
    (question,) = house.hear("room-1", "mac:000000000001")
    house.logic.recognised(question, wire.Answers((refused("unknown-key"),)), house.now)
    assert house.mode() == "hidden"


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


def test_lights_that_cannot_be_lit_fail_the_visit_at_once() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.logic.not_lit(house.visit("bob").id, "guidance@pi-lobby: no answer", house.now)
    assert (house.visit("bob").outcome, house.visit("bob").reason) == ("failed", "guidance@pi-lobby: no answer")


def test_person_whose_lights_failed_is_still_welcome_in_the_room() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.logic.not_lit(house.visit("bob").id, "guidance@pi-lobby: no answer", house.now)
    house.meet("room-1", "bob")
    house.shown()
    assert house.visit("bob").outcome == "completed"
    assert "e" not in house.visit("bob").steps


def test_route_without_lights_by_labels_goes_on_without() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.logic.not_lit(house.visit("bob").id, None, house.now)
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
    house.meet("entrance", "bob")
    house.meet("room-1", "bob")
    house.shown()
    house.wait(10)  # bob stirs: the line stays up, and the room's scan is over
    assert house.logic.scans.open_in("room-1") is None
    house.meet("entrance", "carl")
    house.light("carl")
    house.wait(20)
    house.answer("room-1", "carl")
    house.shown()
    assert house.visit("carl").outcome == "completed"


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
    house.logic.screen_silent("room-1", "meeting@pi-room-1: no answer", house.now)
    assert (house.visit("bob").outcome, house.visit("bob").reason) == ("failed", "meeting@pi-room-1: no answer")


def test_screen_that_cannot_download_fails_the_visit_with_its_reason() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.shown(shown_at=None, downloaded_at=None, problem="auth: no answer")
    house.wait(21)
    assert (house.visit("bob").outcome, house.visit("bob").reason) == ("failed", "auth: no answer")


def test_restarted_guidance_is_told_again_whom_it_leads() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.light("bob")
    house.told()
    house.announce("guidance@pi-lobby", boot="b2")
    assert [lead.visit for lead in house.told(Lead)] == [house.visit("bob").id]


def test_restarted_scanner_is_told_again_to_scan() -> None:
    house = House()
    house.motion("entrance")
    (scan,) = house.told(StartScan)
    house.announce("scanner@pi-lobby", boot="b2")
    assert house.told(StartScan) == [scan]


def test_restarted_screen_is_told_again_what_to_show() -> None:
    house = House()
    house.meet("room-1", "bob")
    house.told()
    house.announce("meeting@pi-room-1", boot="b2")
    assert [screen.mode for screen in house.told(SetScreen)][-1] == "meeting"


def test_repeated_event_number_is_not_new_and_neither_is_one_of_an_older_boot() -> None:
    house = House()
    assert house.logic.is_new("presence@pi-lobby", "one", 1)
    assert not house.logic.is_new("presence@pi-lobby", "one", 1)
    assert house.logic.is_new("presence@pi-lobby", "two", 1)
    assert not house.logic.is_new("presence@pi-lobby", "one", 2)
    assert house.logic.is_new("presence@pi-lobby", "two", 2)


def test_older_report_of_a_sensor_does_not_overwrite_a_newer_one() -> None:
    house = House()
    house.motion("entrance")
    event = wire.PresenceEvent("presence", 99, 90.0, "entrance", "empty")
    house.logic.presence_changed("late", "pi-lobby", event, 90.0, house.now)
    assert house.logic.registry.zone_state("entrance", house.now)[0] == "occupied"


def test_same_motion_taken_twice_starts_one_scan_and_one_visit() -> None:
    first, second = House(), House()
    for house in (first, second):
        house.meet("entrance", "bob")
    assert first.visit("bob").id == second.visit("bob").id


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


def test_resumed_controller_tells_everybody_again_and_listens_on() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.light("bob")
    house.meet("room-1", "carl")
    house.told()
    house.logic.resume(house.now)
    told = house.told()
    assert {command.zone for command in told if isinstance(command, StartScan)} == {"entrance", "room-1"}
    assert [command.visit for command in told if isinstance(command, Lead)] == [house.visit("bob").id]
    assert "meeting" in [command.mode for command in told if isinstance(command, SetScreen)]
    assert not [command for command in told if isinstance(command, Recognise)]


def stranger_in(house: House, zone: str) -> None:
    (question,) = house.hear(zone, "mac:000000000001")
    house.logic.recognised(question, wire.Answers((refused("unknown-key"),)), house.now)


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


def test_where_motion_never_ends_one_scan_follows_another_and_whoever_comes_back_is_led_again() -> None:
    house = House()
    house.meet("entrance", "bob")
    first = house.logic.scans.open_in("entrance")
    house.logic.not_lit(house.visit("bob").id, "guidance@pi-lobby: no answer", house.now)
    for _ in range(30):
        house.wait(3)
        house.presence("entrance", "occupied")
    second = house.logic.scans.open_in("entrance")
    assert first is not None and second is not None and first.id != second.id
    house.answer("entrance", "bob")
    assert house.visit("bob").state == "leading"


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


def test_visit_to_a_room_that_labels_have_lost_fails_at_our_restart_and_its_lights_go_out() -> None:
    house = House()
    house.meet("entrance", "bob", meeting="m2", room="room-2")
    house.meet("room-2", "carl", meeting="m2", room="room-2")
    smaller = Controller(Place(PLACE.nodes, PLACE.zones, {"room-1": PLACE.rooms["room-1"]}), LIMITS, house.now)
    smaller.visits.visits = house.logic.visits.visits
    smaller.resume(house.now)
    for person in ("bob", "carl"):
        assert (house.visit(person).outcome, house.visit(person).reason) == ("failed", "labels.yml has no room-2 any more")
    stopped = [command.visit for command in smaller.take_commands() if isinstance(command, StopLeading)]
    assert house.visit("bob").id in stopped


def test_lights_that_we_may_not_have_stopped_before_our_restart_are_stopped_after_it() -> None:
    house = House()
    house.meet("entrance", "bob", "carl")
    house.meet("room-1", "bob")
    house.logic.not_lit(house.visit("carl").id, "guidance@pi-lobby: no answer", house.now)
    house.told()
    house.logic.resume(house.now)
    assert {stop.visit for stop in house.told(StopLeading)} == {house.visit("bob").id, house.visit("carl").id}


def test_reason_is_cut_to_what_the_wire_takes() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.logic.not_lit(house.visit("bob").id, "guidance@pi-lobby: no answer; " * 20, house.now)
    assert len(house.visit("bob").reason or "") == 300


def test_instance_that_labels_do_not_have_is_forgotten_after_a_day_of_silence_and_the_others_never() -> None:
    house = House()
    house.logic.announced(Peer("presence", "pi-gone", "coap://pi-gone", "b1", True, house.now, "corridor"), house.now)
    house.presence("corridor", "empty", node="pi-gone")
    house.logic.is_new("presence@pi-gone", "b1", 1)
    known = set(house.logic.registry.peers) - {"presence@pi-gone"}
    house.logic.time_passed(house.now + 86_399)
    assert "presence@pi-gone" in house.logic.registry.peers
    house.logic.time_passed(house.now + 86_400)
    assert set(house.logic.registry.peers) == known
    assert "pi-gone" not in house.logic.registry.sensors
    assert "presence@pi-gone" not in house.logic.sources


def test_while_auth_is_away_for_months_the_oldest_visits_are_given_up() -> None:
    house = House()
    for _ in range(MOST_UNREPORTED + 5):
        house.motion("entrance")
        scan = house.logic.scans.open_in("entrance")
        assert scan is not None
        house.logic.scan_failed(scan.id, "scanner@pi-lobby: no answer", house.now)
    assert len(house.logic.visits.visits) == MOST_UNREPORTED
    assert min(visit.number for visit in house.logic.visits.visits.values()) == 6


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
