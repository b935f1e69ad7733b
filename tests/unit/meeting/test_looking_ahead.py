"""What comes next in the room, on a screen that shows nothing else: seen by whom, and for how long."""

import asyncio

import pytest

from nanoservices import clock, wire
from nanoservices.meeting import downloading, looking_ahead
from nanoservices.meeting.agenda import Ahead
from tests.unit.meeting.screened import BOOKED, DIARY, NOON, PLAN, Screen, screened
from tests.unit.patience import until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_ahead, "ASK_S", 0.02)


def test_titles_are_seen_while_what_is_personal_may_be_and_gone_before_an_order_to_hide_is_answered() -> None:
    async def story() -> None:
        async with screened(titles=True) as screen:
            screen.auth.slots = (BOOKED,)
            only_times = Ahead(None, (wire.Slot(BOOKED.starts, BOOKED.ends),))
            await until(lambda: screen.pane.view.ahead == only_times)
            await screen.order(1, "personal")
            await screen.is_seen(DIARY)
            assert screen.pane.view.ahead == Ahead(None, (BOOKED,))
            await screen.order(2, "hidden", line="somebody is here")
            assert screen.pane.view.ahead == only_times
            await screen.order(3, "meeting", "m1")
            await screen.is_seen(PLAN)
            assert screen.pane.view.ahead is None
            assert screen.auth.asked_for_titles == {"true"}

    asyncio.run(story())


def test_titles_are_not_seen_any_more_when_the_controller_is_silent() -> None:
    async def story() -> None:
        async with screened(titles=True) as screen:
            screen.auth.slots = (BOOKED,)
            await screen.order(1, "personal")
            await until(lambda: screen.pane.view.ahead == Ahead(None, (BOOKED,)))
            screen.process.leased_until = clock.monotonic()
            screen.showing._rest()
            await until(lambda: screen.pane.view.ahead == Ahead(None, (wire.Slot(BOOKED.starts, BOOKED.ends),)))

    asyncio.run(story())


def test_titles_that_the_admin_does_not_want_seen_never_leave_auth() -> None:
    async def story() -> None:
        async with screened(titles=False) as screen:
            await until(lambda: screen.auth.asked_for_titles == {"false"})

    asyncio.run(story())


def test_meetings_that_are_added_moved_and_removed_are_followed() -> None:
    async def story() -> None:
        async with screened(titles=True) as screen:
            for slots in ((BOOKED,), (wire.Slot(NOON - 60, NOON + 60),), ()):
                screen.auth.slots = slots
                await until(
                    lambda slots=slots: [slot.starts for slot in _said(screen)] == [slot.starts for slot in slots]  # type: ignore[misc]
                )

    asyncio.run(story())


def _said(screen: Screen) -> list[wire.Slot]:
    ahead = screen.pane.view.ahead
    return [] if ahead is None else [*([ahead.on] if ahead.on else []), *ahead.next]


def test_auth_that_is_silent_leaves_what_comes_next_on_the_screen_and_the_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "LIST_S", 0.1)

    async def story() -> None:
        async with screened(titles=True) as screen:
            screen.auth.slots = (BOOKED,)
            await until(lambda: bool(_said(screen)))
            assert screen.pane.view.ahead_line is None
            screen.auth.open.clear()
            await until(lambda: "auth cannot be reached" in (screen.pane.view.ahead_line or ""))
            assert _said(screen)
            screen.auth.open.set()
            await until(lambda: screen.pane.view.ahead_line is None)

    asyncio.run(story())


def test_auth_that_refuses_what_comes_next_is_said_on_the_screen() -> None:
    async def story() -> None:
        async with screened("another-credential", titles=True) as screen:
            await until(lambda: "4.01" in (screen.pane.view.ahead_line or ""))
            assert screen.pane.view.ahead is None
            assert "another" not in (screen.pane.view.ahead_line or "")

    asyncio.run(story())
