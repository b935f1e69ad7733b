"""A room's screen as a process of its own, with an auth and a controller that do as a test says."""

import asyncio
import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NotAllowed, NotFound
from swarm.demo.supervisor import free_ports

LONG = pytest.mark.skipif("SCREEN_LONG" not in os.environ, reason="takes long: make screen")
ROOT = Path(__file__).parents[3]
ROOM, CREDENTIAL = "room-1", "the-room-credential"
PLACE = {"nodes": {"pi-room-1": {"zone": ROOM}}, "rooms": {ROOM: {"zone": ROOM, "route": ["entrance", ROOM]}}}


class FakeAuth:
    """`shelves`: by meeting, what is on it: name, media type, bytes. `wrong` spoils what is given."""

    def __init__(self) -> None:
        self.shelves: dict[str, list[tuple[str, str, bytes]]] = {}
        self.titles: dict[str, str] = {}
        self.credential = CREDENTIAL
        self.wrong: str | None = None
        self.slots: tuple[wire.Slot, ...] = ()

    async def contents(self, query: wire.ContentsQuery, _sender: str) -> wire.Contents:
        return wire.Contents(
            self.titles.get(query.of, query.of),
            tuple(wire.ContentItem(name, kind, len(data), _sha256(data)) for name, kind, data in self._shelf(query)),
        )

    async def item(self, query: wire.ItemQuery, _sender: str) -> bytes:
        data = next(data for _, _, data in self._shelf(query) if _sha256(data) == query.sha256)
        if self.wrong == "hash":
            return data[::-1]
        return data[: len(data) // 2] if self.wrong == "cut" else data

    async def agenda(self, query: wire.AgendaQuery, _sender: str) -> wire.Agenda:
        now = time.time()
        titled = query.titles == "true"
        return wire.Agenda(now, now + 172_800, tuple(slot if titled else replace(slot, title=None) for slot in self.slots))

    def _shelf(self, query: wire.ContentsQuery | wire.ItemQuery) -> list[tuple[str, str, bytes]]:
        if query.credential != self.credential:
            raise NotAllowed("the room credential is not the one that auth was given")
        if query.of not in self.shelves:
            raise NotFound(f"there is no meeting {query.of}")
        return self.shelves[query.of]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Rig:
    """What a test says and asks; `loop` runs in a thread beside it."""

    def __init__(self, folder: Path, place: dict[str, Any] = PLACE):
        self.auth = FakeAuth()
        self.loop = asyncio.new_event_loop()
        self.lease_s = 30.0
        self.announces = True
        self._folder, self._place = folder, place
        self.visits: list[wire.Visit] = []
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._seq = itertools.count(1)
        self._controller, self._auth_end = Endpoint(), Endpoint()
        self._ports = free_ports("udp", 3)
        self.http_port = free_ports("tcp", 1)[0]
        self.process: subprocess.Popen[bytes] | None = None
        self._heard = threading.Event()
        self.events: list[wire.ScreenEvent] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/"

    def wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def start(self, **more: str) -> None:
        """The screen's process; ready when it has announced itself."""
        controller, auth, meeting = (f"coap://127.0.0.1:{port}" for port in self._ports)
        (self._folder / "place.json").write_text(json.dumps(self._place))
        told = {
            "NODE": "pi-room-1", "PLACE": str(self._folder / "place.json"), "BIND": "127.0.0.1", "PORT": str(self._ports[2]),
            "CONTROLLER": controller, "AUTH": auth, "ANNOUNCE_URI": meeting, "ANNOUNCE_S": "0.2", "HTTP_BIND": "127.0.0.1",
            "HTTP_PORT": str(self.http_port), "ROOM_CREDENTIAL": CREDENTIAL, **more,
        }  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **{f"NANO_{name}": value for name, value in told.items()}}
        self._heard.clear()
        with (self._folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "nanoservices.meeting"]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        assert self._heard.wait(20), (self._folder / "log").read_text()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(10) == 0
            self.process = None

    def order(self, mode: wire.Mode, meeting: str | None = None, **more: Any) -> wire.ScreenState:
        order = wire.ScreenOrder(ROOM, "b1", next(self._seq), mode, None, meeting, **more)
        uri = f"coap://127.0.0.1:{self._ports[2]}"
        state: wire.ScreenState = self.wait(self._controller.call(wire.SCREEN, uri, order))
        return state

    def show(self, *items: tuple[str, str, bytes], title: str = "Quarterly plan", **more: Any) -> None:
        """A meeting with these items, ordered."""
        meeting = f"m{next(self._seq)}"
        self.auth.shelves[meeting], self.auth.titles[meeting] = list(items), title
        self.events.clear()
        self.order("meeting", meeting, **more)

    def shown(self) -> None:
        """Until the screen has reported that it shows something."""
        last = time.monotonic() + 30
        while not self.events or self.events[-1].shown_at is None:
            assert time.monotonic() < last, f"nothing is shown; {self.events[-1:]}"
            time.sleep(0.01)

    async def open(self) -> None:
        await self._controller.open(
            "127.0.0.1",
            self._ports[0],
            {
                wire.ANNOUNCE: self._announced,
                wire.EVENTS: self._reported,
                wire.VISITS: self._seen,
            },
        )
        await self.find_auth()

    async def find_auth(self) -> None:
        rows = {wire.CONTENTS: self.auth.contents, wire.ITEM: self.auth.item, wire.AGENDA: self.auth.agenda}
        await self._auth_end.open("127.0.0.1", self._ports[1], rows)

    async def lose_auth(self) -> None:
        await self._auth_end.close()
        self._auth_end = Endpoint()

    async def close(self) -> None:
        await self._controller.close()
        await self._auth_end.close()

    async def _announced(self, _message: wire.Announcement, _sender: str) -> wire.Lease:
        if not self.announces:
            raise NotFound("not now")
        self._heard.set()
        return wire.Lease(self.lease_s)

    async def _seen(self, query: wire.VisitsQuery, _sender: str) -> wire.Visits:
        found = tuple(visit for visit in self.visits if visit.number > int(query.after))
        return wire.Visits("clock", found, max((visit.number for visit in found), default=int(query.after)))

    async def _reported(self, batch: wire.EventBatch, _sender: str) -> wire.Acknowledgement:
        self.events += [event for event in batch.events if isinstance(event, wire.ScreenEvent)]
        return wire.Acknowledgement(batch.events[-1].n)

    def __enter__(self) -> "Rig":
        self._thread.start()
        self.wait(self.open())
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self.wait(self.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


@contextmanager
def screen(folder: Path, place: dict[str, Any] = PLACE, **more: str) -> Iterator[Rig]:
    with Rig(folder, place) as rig:
        rig.start(**more)
        yield rig


WAY_PLACE = {
    "nodes": {"pi-room-1": {"zone": "entrance"}},
    "rooms": {
        "room-1": {"zone": "zone-1", "route": ["entrance", "corridor", "zone-1"]},
        "room-2": {"zone": "zone-2", "route": ["entrance", "corridor", "zone-2"]},
    },
    "plan": {"entrance": [0, 1, 4, 3], "corridor": [4, 1, 8, 3], "zone-1": [12, 0, 5, 2.5], "zone-2": [12, 2.5, 5, 2.5]},
}
