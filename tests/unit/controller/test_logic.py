"""Restarts, repetitions and the memory of months, one sentence each."""

from nanoservices import wire
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import Lead, Peer, Recognise, SetScreen, StartScan, StopLeading
from nanoservices.controller.visits import MOST_UNREPORTED
from nanoservices.place import Place
from tests.unit.controller.house import LIMITS, PLACE, House


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


def test_report_of_a_boot_that_was_over_before_it_was_ever_heard_does_not_silence_its_successor() -> None:
    house = House()
    assert house.logic.is_new("presence@pi-lobby", "third", 1, "clock", 30.0)
    assert not house.logic.is_new("presence@pi-lobby", "second", 5, "clock", 20.0)
    assert house.logic.is_new("presence@pi-lobby", "third", 2, "clock", 31.0)
    assert house.logic.is_new("presence@pi-lobby", "fourth", 1, "the host's next start", 3.0)


def test_sensors_next_report_counts_though_the_one_before_was_so_long_on_the_wire_that_it_seems_later() -> None:
    house = House()
    house.motion("entrance")
    event = wire.PresenceEvent("presence", 99, 90.0, "entrance", "empty")
    house.logic.presence_changed("next", "pi-lobby", event, 90.0, house.now)
    assert house.logic.registry.zone_state("entrance", house.now)[0] == "empty"


def test_same_motion_taken_twice_starts_one_scan_and_one_visit() -> None:
    first, second = House(), House()
    for house in (first, second):
        house.meet("entrance", "bob")
    assert first.visit("bob").id == second.visit("bob").id


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
    house.logic.visits.not_lit(house.visit("carl").id, "guidance@pi-lobby: no answer", house.now)
    house.told()
    house.logic.resume(house.now)
    assert {stop.visit for stop in house.told(StopLeading)} == {house.visit("bob").id, house.visit("carl").id}


def test_reason_is_cut_to_what_the_wire_takes() -> None:
    house = House()
    house.meet("entrance", "bob")
    house.logic.visits.not_lit(house.visit("bob").id, "guidance@pi-lobby: no answer; " * 20, house.now)
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
