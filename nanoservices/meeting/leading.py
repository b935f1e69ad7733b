"""A screen on the way: watches the controller's visits and shows those that are led past it."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from nanoservices import wire
from nanoservices.errors import NanoError
from nanoservices.log import about
from nanoservices.meeting.floor_plan import Plan
from nanoservices.meeting.view import Pane, View
from nanoservices.meeting.way import led, oldest_open
from nanoservices.place import Room
from nanoservices.process import Process

log = logging.getLogger("meeting")

LOOK_S = 0.1
SILENT_S = 3.0  # so long the picture may be old; then it goes
WELCOME = "Welcome"
WAITING = "Waiting for the controller"
_PAGE = 40


class Leading:
    """`live` runs for ever."""

    def __init__(self, process: Process[Any], zone: str, rooms: Mapping[str, Room], plan: Plan, pane: Pane, names: bool):
        self._process, self._zone, self._rooms = process, zone, rooms
        self._plan, self._pane, self._names = plan, pane, names
        self._after = 0
        self._visits: dict[str, wire.Visit] = {}

    async def live(self) -> None:
        failed_s = 0.0
        while True:
            try:
                await self._look()
                failed_s = 0.0
            except NanoError as error:
                failed_s += LOOK_S
                if failed_s == LOOK_S:
                    log.info("visits not seen", extra=about(why=str(error)))
                if failed_s * 2 >= SILENT_S:
                    self._after, self._visits = 0, {}
                    self._pane.show(View(self._zone, line=WAITING))
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        """What is new, and what was open when it was looked at last. A number that goes back is another controller's."""
        while True:
            query = wire.VisitsQuery(str(self._after))
            page: wire.Visits = await self._process.endpoint.call(
                wire.VISITS, self._process.settings.controller, query, peer="controller"
            )
            if page.next < self._after:
                self._after, self._visits = 0, {}
                continue
            self._visits |= {visit.id: visit for visit in page.visits}
            newest = max((visit.number for visit in page.visits), default=self._after)
            if len(page.visits) < _PAGE:
                break
            self._after = newest
        first = oldest_open(self._visits.values())
        self._after = newest if first is None else first - 1
        self._visits = {visit.id: visit for visit in self._visits.values() if visit.outcome is None}
        shown = led(self._visits.values(), self._rooms, self._zone, self._names)
        self._pane.show(View(self._zone, line=None if shown else WELCOME, way=shown))
