"""What the other services ask, over the wire: shapes, the room's credential, and what is never kept."""

import asyncio
import contextlib
import dataclasses
import io
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nanoservices import log, wire
from nanoservices.auth import desk as desk_module
from nanoservices.auth.desk import Desk
from nanoservices.auth.model import Meeting, Shelf
from nanoservices.auth.store import Store
from nanoservices.coap import Endpoint
from nanoservices.errors import PeerRefused, Unavailable
from nanoservices.settings import Secret
from tests.unit.auth.house import MAC, NOW, ROOMS, STRANGER, filled, meeting, opened, sighting, tag, unheard
from tests.unit.ports import free_port

ROOM_CREDENTIAL = "the-room-credential"

Ask = Callable[..., Awaitable[Any]]


class Setting:
    """A desk over a filled store, and what it has said is wrong."""

    def __init__(self, store: Store):
        self.store = store
        self.problems: dict[str, str | None] = {}
        self.looked = asyncio.Event()
        self.desk = Desk(store, ROOMS, Secret(ROOM_CREDENTIAL), self._problem)

    def _problem(self, about_what: str, text: str | None) -> None:
        self.problems[about_what] = text
        if about_what == "database":
            self.looked.set()


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)


@contextlib.asynccontextmanager
async def asked(folder: Path) -> AsyncIterator[tuple[Ask, Setting]]:
    """`ask(row, message)` goes over loopback to a desk whose store has the meeting `plan`."""
    setting = Setting(filled(folder, meeting("plan", "bob", organiser="alice")))
    desk = setting.desk
    rows = {wire.RECOGNISE: desk.recognise, wire.REPORT: desk.report, wire.CONTENTS: desk.contents, wire.ITEM: desk.item}
    rows[wire.AGENDA] = desk.agenda
    rows[wire.HELD] = unheard(setting.store).held
    server, client = Endpoint(), Endpoint()
    port = free_port()
    await server.open("127.0.0.1", port, rows)
    await client.open("127.0.0.1", free_port(), {})
    try:
        yield lambda row, message: client.call(row, f"coap://127.0.0.1:{port}", message, peer="auth"), setting
    finally:
        await client.close()
        await server.close()
        await desk.close()


def question(*keys: str) -> wire.Recognition:
    return wire.Recognition("r1", "s1", "entrance", tuple(sighting(key) for key in keys))


def test_question_is_answered_key_by_key(tmp_path: Path) -> None:
    async def scenario() -> wire.Answers:
        async with asked(tmp_path) as (ask, _):
            answers: wire.Answers = await ask(wire.RECOGNISE, question(STRANGER, tag("bob"), MAC["alice"], tag("carl")))
            return answers

    found = asyncio.run(scenario())
    assert [answer.reason for answer in found.answers] == ["unknown-key", None, "too-weak", "not-invited"]
    assert (found.answers[1].participant, found.answers[1].room, found.answers[1].ends_in_s) == ("bob", "room-1", 3000.0)
    assert found.expected == ("alice", "bob")


def test_recognising_needs_no_disk(tmp_path: Path) -> None:
    async def scenario() -> wire.Answers:
        setting = Setting(filled(tmp_path, meeting("plan", "bob")))
        setting.store.close()  # any use of it would raise
        return await setting.desk.recognise(question(tag("bob"), STRANGER), "")

    assert asyncio.run(scenario()).answers[0].decision == "granted"


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What the service would print, at its most talkative."""
    root, lines = logging.getLogger(), io.StringIO()
    level, handlers = root.level, root.handlers[:]
    log.start("auth", "server-1", "debug", lines)
    yield lines
    root.handlers[:] = handlers
    root.setLevel(level)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_strangers_key_is_neither_kept_nor_logged(tmp_path: Path, log_lines: io.StringIO) -> None:
    async def scenario() -> None:
        async with asked(tmp_path) as (ask, _):
            await ask(wire.RECOGNISE, question(STRANGER, MAC["bob"]))
            written = everything_in(tmp_path)
            assert STRANGER[4:].encode() not in written
            assert MAC["bob"].encode() not in written  # but sealed
            assert b"s-bob" in written  # so the search does find what is kept

    asyncio.run(scenario())
    assert '"participant":"bob"' in log_lines.getvalue()  # a person is named by their id, never by a key
    for key in (STRANGER, MAC["bob"]):
        assert key[4:] not in log_lines.getvalue()


def report(visit: str) -> wire.VisitReport:
    return wire.VisitReport(wire.Visit(visit, "entrance", (), "bob", outcome="completed"), "clock", "2031-05-06T12:00:00+00:00")


def test_report_is_on_disk_when_it_is_answered_and_twice_is_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with asked(tmp_path) as (ask, _):
            for _ in range(2):
                assert await ask(wire.REPORT, report("v1")) == wire.Done()
            elsewhere = opened(tmp_path)  # another connection sees what is committed, and nothing else
            assert [row["visit"]["id"] for row in elsewhere.events.newest(10)] == ["v1"]
            elsewhere.close()

    asyncio.run(scenario())


def test_report_that_cannot_be_kept_is_not_acknowledged_and_readiness_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with asked(tmp_path) as (ask, setting):
            setting.store.disk.close()
            with pytest.raises(PeerRefused, match=r"5\.03 the database at .* cannot be used"):
                await ask(wire.REPORT, report("v1"))
            assert "cannot be used" in str(setting.problems["database"])

    asyncio.run(scenario())


def test_contents_are_listed_and_fetched_by_the_room(tmp_path: Path) -> None:
    data = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20  # some blocks

    async def scenario() -> None:
        async with asked(tmp_path) as (ask, setting):
            kept, _ = setting.store.contents.put(Shelf("room-1", "plan"), "photo.png", "image/png", [data[:3000], data[3000:]])
            listed = await ask(wire.CONTENTS, wire.ContentsQuery("room-1", "plan", ROOM_CREDENTIAL))
            assert listed == wire.Contents("Plan", (wire.ContentItem("photo.png", "image/png", len(data), kept.sha256),))
            query = wire.ItemQuery("room-1", "plan", kept.sha256, ROOM_CREDENTIAL)
            parts = [await ask(wire.ITEM, dataclasses.replace(query, part=str(part))) for part in range(3)]
            assert parts == [data[:3000], data[3000:], b""]
            personal = await ask(wire.CONTENTS, wire.ContentsQuery("room-1", "personal", ROOM_CREDENTIAL))
            assert personal == wire.Contents("room-1", ())

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("room", "of", "credential", "refusal"),
    [
        ("room-1", "plan", "the-room-credentiaX", "4.01 the room credential"),
        ("room-2", "plan", ROOM_CREDENTIAL, "4.04 meeting plan is not in room-2"),
        ("room-1", "coup", ROOM_CREDENTIAL, "4.04 there is no meeting coup"),
        ("room-9", "personal", ROOM_CREDENTIAL, r"4.04 labels\.yml has no room room-9"),
    ],
)
def test_contents_and_items_are_refused_alike(tmp_path: Path, room: str, of: str, credential: str, refusal: str) -> None:
    async def scenario() -> None:
        async with asked(tmp_path) as (ask, setting):
            kept, _ = setting.store.contents.put(Shelf("room-1", "plan"), "plan.md", "text/markdown", [b"# Plan"])
            with pytest.raises(PeerRefused, match=refusal):
                await ask(wire.CONTENTS, wire.ContentsQuery(room, of, credential))
            with pytest.raises(PeerRefused, match=refusal):
                await ask(wire.ITEM, wire.ItemQuery(room, of, kept.sha256, credential))

    asyncio.run(scenario())


def told(folder: Path, query: wire.AgendaQuery, *more: Meeting) -> wire.Agenda:
    """By a desk with `plan`, which is on, and `more`."""

    async def scenario() -> wire.Agenda:
        async with asked(folder) as (ask, setting):
            for new in more:
                setting.store.meetings.add(new)
            answer: wire.Agenda = await ask(wire.AGENDA, query)
            return answer

    return asyncio.run(scenario())


AGENDA = wire.AgendaQuery("room-1", ROOM_CREDENTIAL)
HOUR, DAY = 3600.0, 86_400.0


def test_agenda_tells_what_is_on_in_a_room_and_what_comes_there_today_and_tomorrow(tmp_path: Path) -> None:
    others = (
        meeting("over", starts_s=-HOUR, ends_s=-700),
        meeting("next", starts_s=HOUR, ends_s=2 * HOUR),
        meeting("elsewhere", starts_s=HOUR, ends_s=2 * HOUR, room="room-2"),
        meeting("tomorrow", starts_s=2 * DAY - 1, ends_s=2 * DAY + HOUR),
        meeting("week", starts_s=2 * DAY + HOUR, ends_s=2 * DAY + 2 * HOUR),
    )
    found = told(tmp_path, AGENDA, *others)
    assert (found.now, found.until) == (NOW, NOW + 2 * DAY)
    assert found.slots == (
        wire.Slot(NOW - 600, NOW + 3000, "Plan"),
        wire.Slot(NOW + HOUR, NOW + 2 * HOUR, "Next"),
        wire.Slot(NOW + 2 * DAY - 1, NOW + 2 * DAY + HOUR, "Tomorrow"),
    )


def test_agenda_that_is_asked_for_without_titles_has_none(tmp_path: Path) -> None:
    found = told(tmp_path, dataclasses.replace(AGENDA, titles="false"))
    assert found.slots == (wire.Slot(NOW - 600, NOW + 3000),)


def test_agenda_of_many_meetings_says_how_far_it_reaches(tmp_path: Path) -> None:
    many = [meeting(f"m{hour}", starts_s=hour * HOUR, ends_s=(hour + 1) * HOUR) for hour in range(1, 9)]
    found = told(tmp_path, AGENDA, *many)
    assert len(found.slots) == desk_module.MOST_AHEAD == 4
    assert found.until == NOW + 4 * HOUR  # when the first one begins that is left out


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        (wire.AgendaQuery("room-1", "the-room-credentiaX"), "4.01 the room credential"),
        (wire.AgendaQuery("room-9", ROOM_CREDENTIAL), r"4.04 labels\.yml has no room room-9"),
    ],
)
def test_agenda_is_refused_to_who_may_not_have_it(tmp_path: Path, query: wire.AgendaQuery, refusal: str) -> None:
    with pytest.raises(PeerRefused, match=refusal):
        told(tmp_path, query)


def test_auth_whose_clock_has_not_been_set_claims_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: desk_module._EARLIEST_UNIX - 1)
    with pytest.raises(PeerRefused, match=r"5\.03 .*clock has not been set"):
        told(tmp_path, AGENDA)


async def _after_a_look(setting: Setting) -> None:
    task = asyncio.create_task(setting.desk.look_after())
    async with asyncio.timeout(5):
        await setting.looked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await setting.desk.close()


def test_looking_after_says_what_is_wrong_and_that_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting(filled(tmp_path / "well"))
    asyncio.run(_after_a_look(setting))
    assert setting.problems == {"clock": None, "database": None}
    monkeypatch.setattr(time, "time", lambda: desk_module._EARLIEST_UNIX - 1)
    setting = Setting(filled(tmp_path / "unwell"))
    setting.store.close()
    asyncio.run(_after_a_look(setting))
    assert "clock has not been set" in str(setting.problems["clock"])
    assert "cannot be used" in str(setting.problems["database"])


def test_closed_desk_asks_to_come_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        setting = Setting(filled(tmp_path))
        await setting.desk.close()
        with pytest.raises(Unavailable, match="stopping"):
            await setting.desk.report(report("v1"), "")

    asyncio.run(scenario())
