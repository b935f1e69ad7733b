"""A screen with its auth, which may be slow, silent or wrong, and its controller, over loopback."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Any

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NotAllowed, NotFound
from nanoservices.meeting.downloading import Auth
from nanoservices.meeting.looking_ahead import LookingAhead
from nanoservices.meeting.showing import Showing
from nanoservices.meeting.view import Pane
from nanoservices.process import Process
from nanoservices.settings import Secret, Settings
from tests.unit.patience import until
from tests.unit.ports import free_port

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
