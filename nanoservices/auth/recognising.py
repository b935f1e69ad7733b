"""Answers questions with what logic.py decides, and has written down what has to outlive this process.

A private address costs half a millisecond with 1,000 IRKs: after each, whoever else asks has a turn.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nanoservices import wire
from nanoservices.auth.logic import PRIVATE, answer
from nanoservices.auth.memory import Memory, NewAddress, Raised
from nanoservices.auth.store import Store
from nanoservices.auth.zones import distance
from nanoservices.errors import Unavailable
from nanoservices.log import about
from nanoservices.place import Room

log = logging.getLogger("auth")

APART_S = 2.0
_SAYS = {
    "two-places": "a key is heard in two distant zones at once: one of them is a copy",
    "flood": "so many strangers' private addresses at once are a trick: none is believed for a while",
}

OnDisk = Callable[..., Awaitable[Any]]  # the work and its arguments


class Recognising:
    def __init__(self, store: Store, rooms: Mapping[str, Room], on_disk: OnDisk, apart_s: float = APART_S):
        self._store = store
        self._on_disk = on_disk
        self._memory = Memory(distance(room.route for room in rooms.values()), apart_s, store.addresses.mark)
        self._read = 0
        self._writing: set[asyncio.Task[None]] = set()
        self.alarms = 0
        store.also_refresh.append(self.refresh)
        if store.is_open:
            self.refresh()

    def refresh(self) -> None:
        """Learn what another process has written down, once for each time that the database is opened."""
        opened = self._store.disk.database.opened
        if opened != self._read:
            self._memory.know(self._store.addresses.newest())
            self._read = opened

    async def answers(self, message: wire.Recognition, now_unix: float) -> wire.Answers:
        if not self._store.is_open:
            raise Unavailable("auth unavailable: it has not read its database yet")
        directory = self._store.directory
        found = []
        for sighting in message.sightings:
            found.append(answer(sighting, directory, now_unix, self._memory, message.zone))
            if sighting.key.startswith(PRIVATE):
                await asyncio.sleep(0)
        self._log(message, found)
        self._note(*self._memory.take())
        return wire.Answers(tuple(found), directory.expected(now_unix))

    def _log(self, message: wire.Recognition, answers: list[wire.Answer]) -> None:
        for each in answers:  # not of strangers, and never the key
            if each.participant is not None:
                who = about(visit=message.scan, participant=each.participant, zone=message.zone, meeting=each.meeting)
                log.info(each.reason or each.decision, extra=who)

    def _note(self, raised: list[Raised], addresses: list[NewAddress]) -> None:
        for alarm in raised:
            self.alarms += 1
            said = about(kind=alarm.kind, participant=alarm.participant, zones=alarm.zones)
            log.warning(_SAYS[alarm.kind], extra=said)
            detail = {"says": _SAYS[alarm.kind], "zones": list(alarm.zones)}
            self._write(self._store.alarms.add, alarm.kind, alarm.participant, detail)
        if addresses:
            self._write(self._store.addresses.add, addresses)

    def _write(self, work: Callable[..., None], *arguments: Any) -> None:
        """Not waited for: nobody stands at the door until the disk has turned."""
        task = asyncio.get_running_loop().create_task(self._written(work, *arguments))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _written(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            await self._on_disk(work, *arguments)
        except Unavailable as error:
            log.error("not written down", extra=about(why=str(error)))

    async def close(self) -> None:
        await asyncio.gather(*self._writing)
