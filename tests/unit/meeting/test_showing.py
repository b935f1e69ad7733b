"""Orders over the wire, contents from an auth that may be slow, silent or wrong, and what can be seen meanwhile."""

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from nanoservices import clock, wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NotAllowed, NotFound, PeerRefused
from nanoservices.meeting import downloading, logic, looking_ahead, showing
from nanoservices.meeting.agenda import Ahead
from nanoservices.meeting.downloading import Auth
from nanoservices.meeting.looking_ahead import LookingAhead
from nanoservices.meeting.showing import Showing
from nanoservices.meeting.view import Pane
from nanoservices.process import Process
from nanoservices.settings import Secret, Settings
from tests.unit.patience import until

ROOM, CREDENTIAL = "room-1", "the-room-credential"
PLAN, DIARY = b"# The plan\n" * 500, b"dear diary"
PART = 2000  # of which the plan has three
NOON = 1_900_000_000.0
BOOKED = wire.Slot(NOON + 3600, NOON + 7200, "Quarterly plan")


class FakeAuth:
    """Has a meeting and personal contents; `open` holds answers back, `spoiled` turns an item's bytes round."""

    def __init__(self) -> None:
        self.shelves = {"m1": [("plan.md", PLAN)], "m2": [("other.md", b"other")], "personal": [("diary.md", DIARY)]}
        self.open = asyncio.Event()
        self.open.set()
        self.spoiled = False
        self.withdrawn: set[str] = set()
        self.asked: list[str] = []
        self.extra: tuple[wire.ContentItem, ...] = ()
        self.slots: tuple[wire.Slot, ...] = ()
        self.asked_for_titles: set[str] = set()

    async def contents(self, query: wire.ContentsQuery, _sender: str) -> wire.Contents:
        if query.credential != CREDENTIAL:
            raise NotAllowed("the room credential is not the one that auth was given")
        self.asked.append(query.of)
        if query.of in self.withdrawn:
            raise NotFound(f"there is no meeting {query.of}")
        await self.open.wait()
        return wire.Contents(f"About {query.of}", tuple(self._listed(*item) for item in self.shelves[query.of]) + self.extra)

    async def item(self, query: wire.ItemQuery, _sender: str) -> bytes:
        found = next(data for _, data in self.shelves[query.of] if hashlib.sha256(data).hexdigest() == query.sha256)
        told = found[::-1] if self.spoiled else found
        start = int(query.part) * PART
        return told[start : start + PART]

    async def agenda(self, query: wire.AgendaQuery, _sender: str) -> wire.Agenda:
        if query.credential != CREDENTIAL:
            raise NotAllowed("the room credential is not the one that auth was given")
        self.asked_for_titles.add(query.titles)
        await self.open.wait()
        return wire.Agenda(NOON, NOON + 172_800, self.slots)

    def _listed(self, name: str, data: bytes) -> wire.ContentItem:
        return wire.ContentItem(name, "text/markdown", len(data), hashlib.sha256(data).hexdigest())


class Screen:
    def __init__(self, auth: FakeAuth, showing: Showing, pane: Pane, controller: Endpoint, uri: str, process: Process[Any]):
        self.auth, self.showing, self.pane, self.process = auth, showing, pane, process
        self._controller, self._uri = controller, uri

    async def order(self, seq: int, mode: wire.Mode, meeting: str | None = None, **more: Any) -> wire.ScreenState:
        order = wire.ScreenOrder(more.pop("room", ROOM), "b1", seq, mode, more.pop("visit", None), meeting, **more)
        state: wire.ScreenState = await self._controller.call(wire.SCREEN, self._uri, order)
        return state

    async def state(self) -> wire.ScreenState:
        state: wire.ScreenState = await self._controller.call(wire.SHOWN, self._uri)
        return state

    def seen(self) -> list[bytes]:
        contents = self.pane.view.contents
        return [] if contents is None else [item.data for item in contents.items]

    async def is_seen(self, *data: bytes) -> None:
        await until(lambda: self.seen() == list(data))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def screened(credential: str = CREDENTIAL, titles: bool | None = None) -> AsyncIterator[Screen]:
    """A screen, its auth and its controller, over loopback. It looks ahead when `titles` says with or without."""
    auth, there, controller = FakeAuth(), Endpoint(), Endpoint()
    process = Process("meeting", Settings(node="pi-room-1"))
    auth_port, port = free_port(), free_port()
    rows = {wire.CONTENTS: auth.contents, wire.ITEM: auth.item, wire.AGENDA: auth.agenda}
    await there.open("127.0.0.1", auth_port, rows)
    pane, asked = Pane(ROOM), Auth(process.endpoint, f"coap://127.0.0.1:{auth_port}", ROOM, Secret(credential))
    looking = None if titles is None else LookingAhead(asked, titles)
    shown = Showing(process, ROOM, pane, asked, looking)
    process.at_stop(shown.close)
    await process.endpoint.open("127.0.0.1", port, {wire.SCREEN: shown.put, wire.SHOWN: shown.get})
    await controller.open("127.0.0.1", free_port(), {})
    if looking is not None:
        process.spawn(looking.live(shown.look))
    try:
        yield Screen(auth, shown, pane, controller, f"coap://127.0.0.1:{port}", process)
    finally:
        await process.close()
        await controller.close()
        await there.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logic, "RETRY_S", (0.01,))
    monkeypatch.setattr(logic, "RETRY_SLOWLY_S", 0.01)
    monkeypatch.setattr(looking_ahead, "ASK_S", 0.02)


def test_meeting_comes_on_the_screen_and_each_step_is_reported() -> None:
    async def story() -> None:
        async with screened() as screen:
            answer = await screen.order(1, "meeting", "m1", visit="v1")
            assert (answer.mode, answer.meeting) == ("hidden", None)
            await screen.is_seen(PLAN)
            assert ((await screen.state()).mode, (await screen.state()).meeting) == ("meeting", "m1")
            hidden, shown = [event for event in screen.showing.outbox.batch() if isinstance(event, wire.ScreenEvent)]
            assert (hidden.mode, hidden.visit, hidden.hidden_at) == ("hidden", "v1", answer.hidden_at)
            assert (shown.mode, shown.visit, shown.hidden_at) == ("meeting", "v1", answer.hidden_at)
            assert shown.hidden_at and shown.downloaded_at and shown.shown_at
            assert shown.hidden_at <= shown.downloaded_at <= shown.shown_at

    asyncio.run(story())


def test_personal_contents_are_gone_before_the_order_is_answered() -> None:
    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "personal")
            await screen.is_seen(DIARY)
            screen.auth.open.clear()
            assert (await screen.order(2, "meeting", "m1")).mode == "hidden"
            assert screen.seen() == []
            screen.auth.open.set()
            await screen.is_seen(PLAN)

    asyncio.run(story())


def test_order_to_hide_during_a_download_wins() -> None:
    async def story() -> None:
        async with screened() as screen:
            screen.auth.open.clear()
            await screen.order(1, "meeting", "m1")
            await until(lambda: screen.auth.asked == ["m1"])
            await screen.order(2, "hidden", line="somebody is here")
            screen.auth.open.set()
            await screen.order(3, "meeting", "m2")
            await screen.is_seen(b"other")
            assert (await screen.state()).meeting == "m2"

    asyncio.run(story())


def test_meeting_that_is_shown_is_not_asked_for_again() -> None:
    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "meeting", "m1", visit="v1")
            await screen.is_seen(PLAN)
            await screen.order(2, "meeting", "m1", visit="v2")
            event = screen.showing.outbox.batch()[-1]
            assert isinstance(event, wire.ScreenEvent)
            assert (event.visit, event.mode, event.hidden_at) == ("v2", "meeting", None)
            assert event.shown_at is not None
            assert screen.auth.asked == ["m1"]

    asyncio.run(story())


def test_item_that_is_not_what_its_sha256_says_is_not_shown_until_it_is() -> None:
    async def story() -> None:
        async with screened() as screen:
            screen.auth.spoiled = True
            await screen.order(1, "meeting", "m1")
            await until(lambda: screen.showing.logic.problem is not None)
            assert "sha256" in ((await screen.state()).problem or "")
            assert "plan.md" not in ((await screen.state()).problem or "")
            assert screen.seen() == []
            assert "sha256" in (screen.pane.view.trouble or "")
            assert screen.process.problems["contents"]
            screen.auth.spoiled = False
            await screen.is_seen(PLAN)
            assert (await screen.state()).problem is None
            assert screen.pane.view.trouble is None
            assert "contents" not in screen.process.problems

    asyncio.run(story())


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ([downloading.MOST_ITEM_BYTES + 1], "item 2 of 2 has 20000001 bytes"),
        ([downloading.MOST_ITEM_BYTES, downloading.MOST_BYTES - downloading.MOST_ITEM_BYTES], "the contents have 24"),
    ],
)
def test_contents_that_are_too_large_are_refused_before_any_of_them_is_fetched(sizes: list[int], says: str) -> None:
    async def story() -> None:
        async with screened() as screen:
            digests = ("0" * 64, "1" * 64)
            screen.auth.extra = tuple(
                wire.ContentItem("film.png", "image/png", size, sha256) for size, sha256 in zip(sizes, digests, strict=False)
            )
            await screen.order(1, "meeting", "m1")
            await until(lambda: screen.showing.logic.problem is not None)
            assert says in (screen.showing.logic.problem or "")
            assert screen.seen() == []

    asyncio.run(story())


def test_item_of_another_size_than_listed_is_not_shown() -> None:
    async def story() -> None:
        async with screened() as screen:
            screen.auth._listed = lambda name, data: wire.ContentItem(  # type: ignore[method-assign]
                name, "text/markdown", len(data) + 1, hashlib.sha256(data).hexdigest()
            )
            await screen.order(1, "meeting", "m1")
            await until(lambda: screen.showing.logic.problem is not None)
            assert "bytes" in (screen.showing.logic.problem or "")

    asyncio.run(story())


def test_wrong_credential_is_said_and_not_shown_in_what_is_said() -> None:
    async def story() -> None:
        async with screened("another-credential") as screen:
            await screen.order(1, "meeting", "m1")
            await until(lambda: screen.showing.logic.problem is not None)
            assert "4.01" in (screen.showing.logic.problem or "")
            assert "another" not in (screen.showing.logic.problem or "")

    asyncio.run(story())


def test_same_bytes_under_two_names_are_fetched_once_and_shown_twice() -> None:
    async def story() -> None:
        async with screened() as screen:
            screen.auth.shelves["m1"].append(("again.md", PLAN))
            await screen.order(1, "meeting", "m1")
            await screen.is_seen(PLAN, PLAN)

    asyncio.run(story())


def test_meeting_leaves_the_screen_by_itself_when_it_is_over() -> None:
    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "meeting", "m1", ends_in_s=0.08)
            await screen.is_seen(PLAN)
            await screen.is_seen()
            assert screen.showing._contents is None
            assert (await screen.state()).mode == "hidden"

    asyncio.run(story())


def test_order_for_another_room_is_refused_and_what_is_shown_stays() -> None:
    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "meeting", "m1")
            await screen.is_seen(PLAN)
            with pytest.raises(PeerRefused, match=r"4\.00 room: .*room-1.*room-2"):
                await screen.order(2, "hidden", room="room-2")
            assert screen.seen() == [PLAN]

    asyncio.run(story())


def test_stopped_screen_shows_nothing() -> None:
    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "meeting", "m1")
            await screen.is_seen(PLAN)
            await screen.showing.close()
            assert screen.seen() == []
            with pytest.raises(PeerRefused, match=r"5\.03"):
                await screen.order(2, "meeting", "m2")

    asyncio.run(story())


def test_withdrawn_meeting_is_hidden_and_the_screen_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "CHECK_S", 0.02)

    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "meeting", "m1")
            await screen.is_seen(PLAN)
            screen.auth.withdrawn.add("m1")
            await screen.is_seen()
            await until(lambda: "there is no meeting m1" in (screen.pane.view.trouble or ""))
            screen.auth.withdrawn.clear()
            await screen.is_seen(PLAN)

    asyncio.run(story())


def test_contents_that_are_changed_during_the_meeting_are_shown_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "CHECK_S", 0.02)

    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "meeting", "m1")
            await screen.is_seen(PLAN)
            version = screen.pane.view.version
            await asyncio.sleep(0.1)
            assert screen.pane.view.version == version
            screen.auth.shelves["m1"].append(("more.md", b"more"))
            await screen.is_seen(PLAN, b"more")

    asyncio.run(story())


def test_auth_that_is_silent_withdraws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "CHECK_S", 0.02)
    monkeypatch.setattr(downloading, "LIST_S", 0.1)

    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "meeting", "m1")
            await screen.is_seen(PLAN)
            screen.auth.open.clear()
            await asyncio.sleep(0.3)
            assert screen.seen() == [PLAN]

    asyncio.run(story())


def test_controller_that_is_silent_for_longer_than_its_lease_hides_everything() -> None:
    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "personal")
            await screen.is_seen(DIARY)
            screen.process.leased_until = clock.monotonic() + 0.1
            screen.showing._rest()
            await screen.is_seen()
            assert screen.pane.view.line == logic.SILENT
            assert screen.showing._contents is None

    asyncio.run(story())


def test_screen_goes_on_when_the_controller_is_heard_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logic, "RESTORE_S", 0.05)

    async def story() -> None:
        async with screened() as screen:
            await screen.order(1, "personal")
            await screen.is_seen(DIARY)
            screen.process.leased_until = clock.monotonic()
            screen.showing._rest()
            await screen.is_seen()
            screen.process.leased_until = clock.monotonic() + 30
            assert screen.process.when_leased is not None
            screen.process.when_leased()
            await screen.is_seen(DIARY)

    asyncio.run(story())


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
