"""Where the other services come: one coroutine per row of wire.TABLE."""

import asyncio
import contextlib
import hmac
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from nanoservices import wire
from nanoservices.auth.model import PERSONAL, Shelf
from nanoservices.auth.recognising import APART_S, Recognising
from nanoservices.auth.store import Store
from nanoservices.errors import NotAllowed, NotFound, Unavailable
from nanoservices.log import about
from nanoservices.place import Room
from nanoservices.settings import Secret

log = logging.getLogger("auth")

LOOK_S = 5.0
LOOK_AGAIN_S = 1.0  # while the database cannot be used
TIDY_S = 3600.0
AHEAD_S = 172_800.0  # today and tomorrow, wherever it is
MOST_AHEAD = 4  # meetings of an agenda: more are not read on a screen, and would not fit one datagram
ANSWER_S = 0.9  # whoever asks has an answer by then
_THREADS = 2
_EARLIEST_UNIX = 1_735_689_600.0  # 2025: a clock before that has not been set

Result = TypeVar("Result")
Problem = Callable[[str, str | None], None]  # about what, and what is wrong


class Desk:
    """What needs the disk runs in threads of its own."""

    def __init__(
        self,
        store: Store,
        rooms: Mapping[str, Room],
        room_credential: Secret,
        problem: Problem,
        keep_days: float = 90,
        apart_s: float = APART_S,
    ):
        self._store = store
        self._rooms = rooms
        self._room_credential = room_credential
        self._problem = problem
        self._keep_days = keep_days
        self._stopping = False
        self._look_now = asyncio.Event()  # somebody has found that something is wrong
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")
        self.recognising = Recognising(store, rooms, self._on_disk, apart_s)

    async def recognise(self, message: wire.Recognition, _sender: str) -> wire.Answers:
        return await self.recognising.answers(message, time.time())

    async def report(self, message: wire.VisitReport, _sender: str) -> wire.Done:
        """Answered once it is on disk."""
        self._check_running()
        try:
            await asyncio.wait_for(asyncio.wrap_future(self._store.events.submit(message)), ANSWER_S)
        except TimeoutError:
            raise self._late() from None
        except Unavailable as error:
            self._trouble(error)
            raise
        return wire.Done()

    async def contents(self, message: wire.ContentsQuery, _sender: str) -> wire.Contents:
        self._check(message.credential)
        shelf, title = await self._on_disk(self._shelf, message.room, message.of)
        items = await self._on_disk(self._store.contents.items, shelf)
        return wire.Contents(title, tuple(wire.ContentItem(i.name, i.media_type, i.size, i.sha256) for i in items))

    async def item(self, message: wire.ItemQuery, _sender: str) -> bytes:
        self._check(message.credential)
        shelf, _ = await self._on_disk(self._shelf, message.room, message.of)
        return await self._on_disk(self._store.contents.part, shelf, message.sha256, int(message.part))

    async def agenda(self, message: wire.AgendaQuery, _sender: str) -> wire.Agenda:
        """What is on in a room and comes next there, for the next AHEAD_S."""
        self._check(message.credential)
        if message.room not in self._rooms:
            raise NotFound(f"labels.yml has no room {message.room}")
        now_unix = time.time()
        if now_unix < _EARLIEST_UNIX:
            raise Unavailable("auth's clock has not been set: what comes next is not known")
        span = (datetime.fromtimestamp(at, UTC) for at in (now_unix, now_unix + AHEAD_S))
        found = await self._on_disk(self._store.meetings.ahead, message.room, *span, MOST_AHEAD + 1)
        slots = tuple(wire.Slot(starts.timestamp(), ends.timestamp(), title) for title, starts, ends in found)
        until = now_unix + AHEAD_S if len(slots) <= MOST_AHEAD else slots[-1].starts
        if message.titles == "false":
            slots = tuple(replace(slot, title=None) for slot in slots)
        return wire.Agenda(now_unix, until, slots[:MOST_AHEAD])

    def _check(self, credential: str) -> None:
        if not hmac.compare_digest(credential.encode(), self._room_credential.reveal().encode()):
            raise NotAllowed("the room credential is not the one that auth was given")

    def _shelf(self, room: str, of: str) -> tuple[Shelf, str]:
        if room not in self._rooms:
            raise NotFound(f"labels.yml has no room {room}")
        if of == PERSONAL:
            return Shelf(room), room
        meeting = self._store.meetings.one(of)
        if meeting.room != room:
            raise NotFound(f"meeting {of} is not in {room}")
        return Shelf(room, of), meeting.title

    async def _on_disk(self, work: Callable[..., Result], *arguments: Any, within_s: float | None = ANSWER_S) -> Result:
        self._check_running()
        done = asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        try:
            return await asyncio.wait_for(done, within_s)
        except TimeoutError:
            raise self._late() from None
        except Unavailable as error:
            self._trouble(error)
            raise

    def _check_running(self) -> None:
        if self._stopping:
            raise Unavailable("auth is stopping; ask again")

    def _trouble(self, error: Unavailable) -> None:
        self._problem("database", str(error))
        self._look_now.set()

    def _late(self) -> Unavailable:
        return Unavailable(f"auth unavailable: its database has not answered for {ANSWER_S:g} s")

    async def look_after(self) -> None:
        """Readiness, and the rolling ids of the next minute, for ever."""
        while True:
            now_unix = time.time()
            wrong = now_unix < _EARLIEST_UNIX
            self._problem("clock", "the clock has not been set: no rolling id can be recognised" if wrong else None)
            try:
                await self._on_disk(self._store.disk.check)
                await self._on_disk(self._store.refresh, now_unix, within_s=None)
                self._problem("database", None)
                await self._on_disk(self._store.look_ahead, now_unix, within_s=None)
            except Unavailable as error:
                log.warning("the database cannot be used", extra=about(why=str(error)))
                await asyncio.sleep(LOOK_AGAIN_S)
                continue
            self._look_now.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), LOOK_S)

    async def forget_old(self) -> None:
        """Visits that have been kept for long enough, for ever."""
        while True:
            if time.time() >= _EARLIEST_UNIX and self._store.is_open:
                with contextlib.suppress(Unavailable):  # the next time, then
                    if gone := await asyncio.to_thread(self._store.privacy.forget_old, time.time(), self._keep_days):
                        log.info("old visits forgotten", extra=about(rows=gone, keep_days=self._keep_days))
            await asyncio.sleep(TIDY_S)

    async def close(self) -> None:
        """What is being written is finished first."""
        await self.recognising.close()
        self._stopping = True
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._store.close)
