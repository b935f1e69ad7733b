"""auth: settings and wiring."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

import asyncio
import hmac
import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nanoservices import wire
from nanoservices.auth.api import MOST_BYTES
from nanoservices.auth.logic import recognise
from nanoservices.auth.model import PERSONAL, Shelf
from nanoservices.auth.store import Store
from nanoservices.auth.web import make_app
from nanoservices.coap import Handlers
from nanoservices.errors import NotAllowed, NotFound, Unavailable
from nanoservices.log import about
from nanoservices.place import Place
from nanoservices.process import Process, run
from nanoservices.settings import Secret, Settings, load_place, setting
from nanoservices.web import WebServer

log = logging.getLogger("auth")

LOOK_S = 5.0
_THREADS = 2
_EARLIEST_UNIX = 1_735_689_600.0  # 2025: a clock before that has not been set

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class AuthSettings(Settings):
    data: Path = setting(Path("/data"), says="the folder that holds what must survive a restart")
    early_s: float = setting(900.0, low=0, high=86_400, says="how long before its start one may come to a meeting")
    http_bind: str = setting("0.0.0.0", says="address to listen on for the admin's HTTP")
    http_port: int = setting(8080, low=1, high=65535, says="and its TCP port")
    admin_token: Secret = setting(low=16, high=200, says="what an admin's requests carry as Bearer token")
    room_credential: Secret = setting(low=8, high=128, says="what the rooms' screens carry; the same as theirs")


class Desk:
    """Where the other services come. Recognising is pure memory; what needs the disk runs in threads of its own."""

    def __init__(self, process: Process[AuthSettings], store: Store, rooms: Collection[str]):
        self._process = process
        self._store = store
        self._rooms = rooms
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")

    async def recognise(self, message: wire.Recognition, _sender: str) -> wire.Answers:
        directory, now_unix = self._store.directory, time.time()
        answers = recognise(message.sightings, directory, now_unix)
        for answer in answers:  # not of strangers, and never the key
            if answer.participant is not None:
                who = about(participant=answer.participant, zone=message.zone, meeting=answer.meeting, reason=answer.reason)
                log.info(answer.decision, extra=who)
        return wire.Answers(answers, directory.expected(now_unix))

    async def report(self, message: wire.VisitReport, _sender: str) -> wire.Done:
        """Answered once it is on disk."""
        await self._on_disk(self._store.events.add, message)
        return wire.Done()

    async def contents(self, message: wire.ContentsQuery, _sender: str) -> wire.Contents:
        self._check(message.credential)
        shelf, title = await self._on_disk(self._shelf, message.room, message.of)
        items = await self._on_disk(self._store.contents.items, shelf)
        return wire.Contents(title, tuple(wire.ContentItem(i.name, i.media_type, i.size, i.sha256) for i in items))

    async def item(self, message: wire.ItemQuery, _sender: str) -> bytes:
        self._check(message.credential)
        shelf, _ = await self._on_disk(self._shelf, message.room, message.of)
        return await self._on_disk(self._store.contents.data, shelf, message.sha256)

    def _check(self, credential: str) -> None:
        if not hmac.compare_digest(credential.encode(), self._process.settings.room_credential.reveal().encode()):
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

    async def _on_disk(self, work: Callable[..., Result], *arguments: Any) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        except Unavailable as error:
            self._process.problem("database", str(error))
            raise

    async def look_after(self) -> None:
        """Readiness, and the rolling ids of the next minute, for ever."""
        while True:
            now_unix = time.time()
            wrong = now_unix < _EARLIEST_UNIX
            self._process.problem("clock", "the clock has not been set: no rolling id can be recognised" if wrong else None)
            try:
                await self._on_disk(self._store.disk.check)
                self._process.problem("database", None)
            except Unavailable:
                log.warning("the database cannot be used", extra=about(why=self._process.problems.get("database")))
            await self._on_disk(self._store.look_ahead, now_unix)
            await asyncio.sleep(LOOK_S)

    async def close(self) -> None:
        self._threads.shutdown(wait=True)
        self._store.close()


async def build(process: Process[AuthSettings]) -> Handlers:
    settings = process.settings
    rooms = load_place(Place, settings.place).rooms
    store = Store(settings.data, settings.early_s, time.time())
    desk = Desk(process, store, rooms)
    process.at_stop(desk.close)
    app = make_app(store, rooms, settings.admin_token, time.time)
    most_bytes = MOST_BYTES + 1_000_000  # over the app's own limit, whose refusal says more
    web = WebServer(app, settings.http_bind, settings.http_port, threads=4, most_bytes=most_bytes)
    web.start()
    process.at_stop(web.close)
    process.figures |= {"keys": lambda: store.directory.keys}
    process.spawn(desk.look_after())
    return {wire.RECOGNISE: desk.recognise, wire.REPORT: desk.report, wire.CONTENTS: desk.contents, wire.ITEM: desk.item}


if __name__ == "__main__":
    run("auth", AuthSettings, build)
