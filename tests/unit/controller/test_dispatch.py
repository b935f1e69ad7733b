"""How commands are carried out: who is asked, for how long, and what takes the place of what."""

import asyncio
from typing import Any

import pytest

from nanoservices import clock, pacing, wire
from nanoservices.controller import dispatch as module
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import (
    EndScan,
    Heard,
    Lead,
    Peer,
    Recognise,
    Report,
    SetScreen,
    StartScan,
    StopLeading,
)
from nanoservices.controller.visits import Limits
from nanoservices.errors import PeerRefused, PeerSilent
from tests.unit.controller.house import PLACE, granted
from tests.unit.controller.office import BUSY, LOBBY, SILENT, WRONG, Office, play
from tests.unit.patience import until

SHORT_S = 0.05


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "BETWEEN_S", (0.001,))
    for name in ("SCAN_S", "RECOGNISE_S", "LEAD_S", "STOP_S", "SCREEN_S"):
        monkeypatch.setattr(module, name, SHORT_S)


def a_scan(window_s: float = 5.0) -> StartScan:
    return StartScan("s1", "entrance", clock.monotonic() + window_s)


def test_silent_scanner_is_asked_until_it_answers() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script[LOBBY] = [SILENT, BUSY, "done"]
        office.dispatch.do(a_scan())
        await asyncio.gather(*office.process.tasks)

    assert len(play(story).endpoint.told(LOBBY)) == 3


def test_scanner_that_stays_silent_is_given_up_and_named() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script[LOBBY] = [PeerSilent(LOBBY, "no answer")]
        office.motion()
        await until(lambda: bool(office.outcomes()))

    assert play(story).outcomes() == [("failed", f"{LOBBY}: no answer")]


def test_scan_that_was_ended_before_we_were_killed_is_no_failure_and_another_takes_its_place() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script[LOBBY] = [PeerRefused(LOBBY, "4.12", "scan was ended"), "done"]
        first = office.motion()
        await until(lambda: (scan := office.logic.scans.open_in("entrance")) is not None and scan.id != first)

    assert play(story).outcomes() == []


def test_motion_that_goes_on_does_not_keep_a_silent_scanner_from_being_named() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script[LOBBY] = [PeerSilent(LOBBY, "no answer")]
        scan = office.motion()
        async with asyncio.timeout(5):
            while not office.outcomes():
                office.do([StartScan(scan, "entrance", clock.monotonic() + 5)])
                await asyncio.sleep(SHORT_S / 5)

    assert play(story).outcomes() == [("failed", f"{LOBBY}: no answer")]


def test_no_that_is_meant_is_believed_at_once() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script[LOBBY] = [PeerRefused(LOBBY, "4.00", "zone: is missing")]
        office.motion()
        await until(lambda: bool(office.outcomes()))

    office = play(story)
    assert len([order for order in office.endpoint.told(LOBBY) if order.window_s]) == 1
    assert office.outcomes() == [("failed", f"{LOBBY}: 4.00 zone: is missing")]


def test_newer_order_for_a_scan_takes_the_place_of_the_older() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script[LOBBY] = [None, "done"]
        office.dispatch.do(a_scan())
        await until(lambda: office.endpoint.hanging == 1)
        office.dispatch.do(EndScan("s1", "entrance"))
        await until(lambda: len(office.endpoint.calls) == 2 and office.endpoint.hanging == 0)

    assert [order.window_s == 0 for order in play(story).endpoint.told(LOBBY)] == [False, True]


def test_stop_takes_the_place_of_a_lead_that_is_still_on_its_way() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script["guidance@pi-lobby"] = [None, "done"]
        office.dispatch.do(Lead("v1", ("entrance",), 0, clock.monotonic() + 60))
        await until(lambda: office.endpoint.hanging == 1)
        office.dispatch.do(StopLeading("v1", ("entrance",)))
        await until(lambda: len(office.endpoint.calls) == 2 and office.endpoint.hanging == 0)

    lead, stop = play(story).endpoint.told("guidance@pi-lobby")
    assert (lead.state, stop.state) == ("lead", "stop")
    assert lead.seq < stop.seq


def test_lead_for_one_visit_leaves_that_for_another_alone() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script["guidance@pi-lobby"] = [None]
        for visit in ("v1", "v2"):
            office.dispatch.do(Lead(visit, ("entrance",), 0, clock.monotonic() + 60))
        await until(lambda: office.endpoint.hanging == 2)
        office.dispatch.do(StopLeading("v1", ("entrance",)))
        await until(lambda: len(office.endpoint.calls) == 3)
        assert office.endpoint.hanging == 2  # the stop, and the other's lead

    play(story)


def test_newer_order_for_a_screen_takes_the_place_of_the_older() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script["meeting@pi-room-1"] = [SILENT, SILENT, SILENT, None, "done"]
        office.dispatch.do(SetScreen("room-1", "meeting", meeting="m1"))
        await until(lambda: office.endpoint.hanging == 1)
        office.dispatch.do(SetScreen("room-1", "hidden"))
        await until(lambda: len(office.endpoint.calls) == 5 and office.endpoint.hanging == 0)

    assert [order.mode for order in play(story).endpoint.told("meeting@pi-room-1")] == ["meeting"] * 4 + ["hidden"]


def test_screen_is_insisted_on_for_ever_and_said_to_be_silent_meanwhile() -> None:
    async def story(office: Office) -> None:
        silent: list[str] = []
        office.logic.visits.screen_silent = lambda room, why, now: silent.append(why)  # type: ignore[method-assign]
        office.endpoint.script["meeting@pi-room-1"] = [PeerSilent("meeting@pi-room-1", "no answer")]
        office.dispatch.do(SetScreen("room-1", "hidden"))
        await until(lambda: bool(silent))
        asked = len(office.endpoint.calls)
        await until(lambda: len(office.endpoint.calls) > asked + 5)
        office.endpoint.script["meeting@pi-room-1"] = ["done"]
        await asyncio.gather(*office.process.tasks)
        assert silent == ["meeting@pi-room-1: no answer"]

    play(story)


def test_restarted_peer_is_found_at_its_new_address() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script[LOBBY] = [SILENT, SILENT, None]
        office.dispatch.do(a_scan())
        await until(lambda: len(office.endpoint.calls) == 2)
        office.announce(Peer("scanner", "pi-lobby", "coap://elsewhere", "b2", True, clock.monotonic(), "entrance"))
        await until(lambda: len(office.endpoint.calls) == 3)

    assert [uri for _, uri, _ in play(story).endpoint.calls] == ["coap://pi-lobby"] * 2 + ["coap://elsewhere"]


def test_instance_that_labels_expect_is_waited_for_until_it_announces_itself() -> None:
    async def story(office: Office) -> None:
        del office.logic.registry.peers[LOBBY]
        office.dispatch.do(a_scan())
        await asyncio.sleep(SHORT_S / 5)
        assert office.endpoint.calls == []
        office.announce(Peer("scanner", "pi-lobby", "coap://pi-lobby", "b1", True, clock.monotonic(), "entrance"))
        await asyncio.gather(*office.process.tasks)

    assert len(play(story).endpoint.calls) == 1


def test_instance_that_never_announces_itself_is_named_in_the_failure() -> None:
    async def story(office: Office) -> None:
        del office.logic.registry.peers[LOBBY]
        office.motion()
        await until(lambda: bool(office.outcomes()))

    ((outcome, reason),) = play(story).outcomes()
    assert outcome == "failed" and reason is not None and LOBBY in reason


def test_peer_that_is_forgotten_while_it_answers_does_no_harm() -> None:
    async def story(office: Office) -> None:
        lit: list[str] = []
        office.logic.visits.lit = lambda visit_id, lit_at, now: lit.append(visit_id)  # type: ignore[method-assign]
        office.endpoint.script["guidance@pi-lobby"] = [wire.Guided("v1", True, "c", 1.0, 1.0)]
        office.dispatch.do(Lead("v1", ("entrance",), 0, clock.monotonic() + 60))
        await until(lambda: bool(office.endpoint.calls))
        office.logic.registry.peers.clear()
        await asyncio.gather(*office.process.tasks)
        assert lit == ["v1"]

    play(story)


def test_fault_in_one_errand_is_logged_and_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def story(office: Office) -> None:
        office.endpoint.script[LOBBY] = [RuntimeError("a fault of ours")]
        office.dispatch.do(a_scan())
        office.dispatch.do(Lead("v1", ("entrance",), 0, clock.monotonic() + 60))
        await asyncio.wait(office.process.tasks)
        assert not any(task.exception() for task in office.process.tasks if not task.cancelled())

    assert play(story).endpoint.told("guidance@pi-lobby")
    assert "a fault of ours" in caplog.text


def test_auth_that_stays_silent_fails_a_visit_with_its_name() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script["auth"] = [PeerSilent("auth", "no answer")]
        office.dispatch.do(office.question())
        await until(lambda: bool(office.outcomes()))

    assert play(story).outcomes() == [("failed", "auth unavailable: auth: no answer")]


def test_auth_is_asked_where_it_said_that_it_is_and_in_turn_where_its_name_leads() -> None:
    async def story(office: Office) -> None:
        office.announce(Peer("auth", "server-1", "coap://moved", "b2", True, clock.monotonic(), None))
        office.endpoint.script["auth"] = [SILENT, SILENT, "done"]
        visits = closed_visits(office, 1)
        office.do([Report(visits[0])])
        await until(lambda: office.logic.visits.visits[visits[0]].reported)

    assert [uri for _, uri, _ in play(story).endpoint.calls] == ["coap://moved", "coap://auth", "coap://moved"]


def test_auth_that_has_not_been_heard_of_or_is_none_of_ours_is_asked_by_its_name() -> None:
    async def story(office: Office) -> None:
        del office.logic.registry.peers["auth@server-1"]
        office.announce(Peer("auth", "impostor", "coap://impostor", "b2", True, clock.monotonic(), None))
        office.do([Report(visit) for visit in closed_visits(office, 1)])
        await asyncio.sleep(SHORT_S / 5)

    assert [uri for _, uri, _ in play(story).endpoint.calls] == ["coap://auth"]


def test_answer_that_does_not_fit_the_question_leads_nobody() -> None:
    async def story(office: Office) -> None:
        office.endpoint.script["auth"] = [wire.Answers((granted("bob"), granted("carl")))]
        office.dispatch.do(office.question())
        await until(lambda: bool(office.outcomes()))

    ((outcome, reason),) = play(story).outcomes()
    assert outcome == "failed" and "2 answers to 1 keys" in (reason or "")


def closed_visits(office: Office, count: int) -> list[str]:
    for number in range(count):
        office.logic.visits.open(_scan_number(number), "failed", "failed", 1.0, reason="for the test")
    office.logic.take_commands()
    return list(office.logic.visits.visits)


def _scan_number(number: int) -> Any:
    return Controller(PLACE, Limits(), 0.0).scans.of(
        Recognise("q", f"s{number}", "entrance", (Heard("mac:000000000001", -60, 0, 0, 0, 0, 0),))
    )


def test_closed_visits_wait_in_a_row_while_auth_is_away() -> None:
    async def story(office: Office) -> None:
        visits = closed_visits(office, 3)
        office.endpoint.script["auth"] = [SILENT, BUSY, SILENT, "done"]
        office.do(Report(visit) for visit in visits)
        await until(lambda: all(visit.reported for visit in office.logic.visits.visits.values()))
        assert office.endpoint.told("auth") == [visits[0]] * 4 + visits[1:]

    play(story)


def test_report_that_auth_will_never_take_does_not_hold_up_the_next() -> None:
    async def story(office: Office) -> None:
        first, second = closed_visits(office, 2)
        office.endpoint.script["auth"] = [WRONG, "done"]
        office.do([Report(first), Report(second)])
        await until(lambda: office.logic.visits.visits[second].reported)
        office.do([Report(closed_visits(office, 3)[-1])])  # and one that comes after the row was empty
        await until(lambda: all(visit.reported for visit in office.logic.visits.visits.values()))
        assert len(office.endpoint.told("auth")) == 3

    play(story)


def test_visit_that_is_forgotten_before_auth_came_back_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    async def story(office: Office) -> None:
        first, second = closed_visits(office, 2)
        office.do([Report(first), Report(second)])
        del office.logic.visits.visits[first]
        await until(lambda: office.logic.visits.visits[second].reported)
        assert office.endpoint.told("auth") == [second]

    play(story)
    assert "visit not in the event log" in caplog.text
