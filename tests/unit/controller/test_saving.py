"""What is acknowledged is on disk, also when the disk fails for a while and when the controller stops."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import pytest

from nanoservices.controller import saving as module
from nanoservices.controller.saving import Saver
from nanoservices.controller.store import Rows, Store
from nanoservices.errors import Unavailable
from nanoservices.process import Process
from tests.unit.controller.house import House
from tests.unit.controller.test_store import loaded


class FakeProcess:
    def __init__(self) -> None:
        self.problems: list[str | None] = []

    def problem(self, about_what: str, text: str | None) -> None:
        assert about_what == "database"
        self.problems.append(text)


class Desk:
    def __init__(self, path: Path):
        self.house = House()
        self.store = Store(path)
        self.process = FakeProcess()
        self.saver = Saver(self.store, self.house.logic, cast(Process[Any], cast(Any, self.process)))


def play(path: Path, story: Callable[[Desk], Coroutine[Any, Any, None]]) -> Desk:
    desk = Desk(path)

    async def run() -> None:
        work = asyncio.create_task(desk.saver.save_for_ever())
        async with asyncio.timeout(5):
            await story(desk)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    asyncio.run(run())
    desk.store.close()
    return desk


def test_what_was_waited_for_is_on_disk(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.house.meet("entrance", "bob")
        await desk.saver.saved()
        assert loaded(tmp_path / "c.db", 1.0).visits.visits == desk.house.logic.visits.visits

    assert play(tmp_path / "c.db", story).process.problems == [None]


def test_disk_that_fails_is_told_to_all_who_wait_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.001)

    async def story(desk: Desk) -> None:
        write = desk.store.write

        def broken(rows: Rows) -> None:
            desk.store.write = write  # type: ignore[method-assign]  # the next time it works
            raise Unavailable("the disk is full")

        desk.store.write = broken  # type: ignore[method-assign]
        desk.house.meet("entrance", "bob")
        waiting = await asyncio.gather(desk.saver.saved(), desk.saver.saved(), return_exceptions=True)
        assert [str(error) for error in waiting] == ["the disk is full"] * 2
        await desk.saver.saved()
        assert loaded(tmp_path / "c.db", 1.0).visits.visits == desk.house.logic.visits.visits

    problems = play(tmp_path / "c.db", story).process.problems
    assert (problems[0], problems[-1]) == ("the disk is full", None)


def test_those_who_wait_when_the_controller_stops_are_answered_and_their_events_are_safe(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.house.meet("entrance", "bob")
        waiting = asyncio.create_task(desk.saver.saved())
        await asyncio.sleep(0)
        await desk.saver.close()
        await waiting
        assert loaded(tmp_path / "c.db", 1.0).visits.visits == desk.house.logic.visits.visits

    play(tmp_path / "c.db", story)


def test_stopped_controller_takes_nothing_more(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.saver.close()
        desk.house.meet("entrance", "bob")
        desk.saver.changed()
        with pytest.raises(Unavailable, match="stopping"):
            await desk.saver.saved()

    play(tmp_path / "c.db", story)
    assert loaded(tmp_path / "c.db", 1.0).visits.visits == {}
