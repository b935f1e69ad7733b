"""Orders over the wire, contents from an auth that may be slow, silent or wrong, and what can be seen meanwhile."""

import asyncio
import hashlib

import pytest

from nanoservices import clock, wire
from nanoservices.errors import PeerRefused
from nanoservices.meeting import downloading, logic, showing
from tests.unit.meeting.screened import DIARY, PLAN, screened
from tests.unit.patience import until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logic, "RETRY_S", (0.01,))
    monkeypatch.setattr(logic, "RETRY_SLOWLY_S", 0.01)


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
            await screen.order(1, "meeting", "m1", ends_in_s=1.0)
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
