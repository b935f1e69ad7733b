"""Asks auth what comes next in the room, again and again."""

import asyncio
import logging
from collections.abc import Callable

from nanoservices import clock
from nanoservices.errors import NanoError, PeerRefused
from nanoservices.log import about
from nanoservices.meeting.agenda import Agenda, Ahead
from nanoservices.meeting.downloading import Auth

log = logging.getLogger("meeting")

ASK_S = 5.0
SOON_S = 0.05  # after the moment itself, so that it has passed


class LookingAhead:
    """`titles`: whether auth is asked what meetings are about at all."""

    def __init__(self, auth: Auth, titles: bool):
        self._auth = auth
        self._titles = titles
        self._agenda = Agenda()

    @property
    def line(self) -> str | None:
        return self._agenda.line

    def ahead(self, titles: bool) -> Ahead | None:
        return self._agenda.ahead(clock.monotonic(), titles)

    async def live(self, changed: Callable[[], None]) -> None:
        """For ever; `changed` is called whenever there may be something else to say."""
        while True:
            await self._ask()
            changed()
            now = clock.monotonic()
            due = self._agenda.wake_at(now)
            await asyncio.sleep(ASK_S if due is None else min(ASK_S, due - now + SOON_S))
            changed()  # at once, also when auth takes long

    async def _ask(self) -> None:
        before = self._agenda.line
        try:
            self._agenda.told(await self._auth.agenda(self._titles), clock.monotonic())
        except PeerRefused as error:
            if error.answer_code.startswith("4"):
                self._agenda.refused(str(error))
            else:
                self._agenda.unheard()
        except NanoError:
            self._agenda.unheard()
        if self._agenda.line not in (None, before):
            log.info("agenda not had", extra=about(why=self._agenda.line))
