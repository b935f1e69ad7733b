"""Carries out what the logic says: hides, downloads, shows and reports."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

from nanoservices import clock, wire
from nanoservices.errors import NanoError, PeerSilent, Unavailable
from nanoservices.log import about
from nanoservices.meeting.downloading import Auth, same
from nanoservices.meeting.effects import Download, Effect, Effects, Hide, Show
from nanoservices.meeting.logic import ScreenLogic
from nanoservices.meeting.looking_ahead import LookingAhead
from nanoservices.meeting.view import Contents, Pane, View
from nanoservices.outbox import Outbox
from nanoservices.process import Process

log = logging.getLogger("meeting")

FOREVER = float("inf")
CHECK_S = 5.0  # how long what has been withdrawn or changed may still be seen


class Showing:
    """`looking` tells an idle screen what comes next; without it none says so."""

    def __init__(self, process: Process[Any], room: str, pane: Pane, auth: Auth, looking: LookingAhead | None = None):
        self._process = process
        self._room = room
        self._pane = pane
        self._auth = auth
        self._looking = looking
        self._contents: Contents | None = None
        self._fetched: tuple[int, Contents] | None = None
        self._download: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.Task[None] | None = None
        self._is_closed = False
        self._is_silent = False
        process.when_leased = self._leased
        self.logic = ScreenLogic(room)
        self.outbox = Outbox()
        self._follow(())

    async def put(self, order: wire.ScreenOrder, _sender: str) -> wire.ScreenState:
        """Hidden before the answer leaves: there is no await on the way."""
        if self._is_closed:
            raise Unavailable(f"the screen of {self._room} is being switched off")
        self._follow(self.logic.apply(order, clock.monotonic()))
        return self._state()

    async def get(self, _message: None, _sender: str) -> wire.ScreenState:
        return self._state()

    def _state(self) -> wire.ScreenState:
        logic = self.logic
        mode, meeting, hidden_at = logic.mode, logic.meeting, logic.hidden_at
        return wire.ScreenState(self._room, mode, self._process.clock, clock.monotonic(), meeting, hidden_at, logic.problem)

    def _follow(self, effects: Effects) -> None:
        for effect in effects:
            self._do(effect)
        logic = self.logic
        self.look()
        self._process.problem("contents", logic.problem)
        self._rest()

    def look(self) -> None:
        """Have seen what can be seen now."""
        logic, looking = self.logic, self._looking
        view = View(self._room, logic.mode, self._contents, logic.line, logic.problem, logic.ends_at)
        if looking is not None and logic.mode != "meeting":
            ahead = looking.ahead(titles=logic.is_for_anybody_here)
            view = replace(view, ahead=ahead, ahead_line=looking.line)
        if self._pane.show(view):
            self._process.endpoint.changed(wire.SHOWN)

    def _do(self, effect: Effect) -> None:
        if isinstance(effect, Hide):
            self._drop()
        elif isinstance(effect, Download):
            self._download = self._process.spawn(self._get(effect))
        elif isinstance(effect, Show):
            if self._fetched is not None and self._fetched[0] == effect.ticket:
                self._contents = self._fetched[1]
                self._watch()
        else:
            self.outbox.put(effect.event)
            event = effect.event
            log.info(f"screen {event.mode}", extra=about(visit=event.visit, meeting=event.meeting, problem=event.problem))

    def _drop(self) -> None:
        """Nothing is left to be seen, nor under way."""
        self._contents = self._fetched = None
        for task in (self._download, self._watching):
            if task is not None:
                task.cancel()
        self._download = self._watching = None

    async def _get(self, wanted: Download) -> None:
        await asyncio.sleep(wanted.wait_s)
        try:
            contents = await self._auth.contents(wanted.of)
        except NanoError as error:
            self._follow(self.logic.failed(wanted.ticket, str(error), clock.monotonic()))
            return
        self._fetched = (wanted.ticket, contents)
        self._follow(self.logic.downloaded(wanted.ticket, clock.monotonic()))
        self._fetched = None

    def _watch(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self.logic.shown is not None and self._contents is not None:
            self._watching = self._process.spawn(self._checked(*self.logic.shown, self._contents))

    async def _checked(self, ticket: int, of: str, contents: Contents) -> None:
        """Until it is no more what auth has. An auth that is silent has withdrawn nothing."""
        while True:
            await asyncio.sleep(CHECK_S)
            try:
                if same(contents, await self._auth.listed(of)):
                    continue
            except PeerSilent:
                continue
            except NanoError as error:
                log.info("contents withdrawn", extra=about(why=str(error)))
            self._watching = None  # it is this task, which goes on to hide
            self._follow(self.logic.changed(ticket, clock.monotonic()))
            return

    def _rest(self) -> None:
        """Until the order is over, or the controller's silence is too long."""
        if self._timer is not None:
            self._timer.cancel()
        due = min(self.logic.wake_at() or FOREVER, self._leased_until())
        loop = asyncio.get_running_loop()
        self._timer = None if due == FOREVER else loop.call_later(max(0.0, due - clock.monotonic()), self._time_passed)

    def _leased_until(self) -> float:
        """When the controller's silence is too long; nothing falls due while it is."""
        return FOREVER if self._is_silent else self._process.leased_until

    def _leased(self) -> None:
        """The controller has been heard."""
        if self._is_silent:
            self._is_silent = False
            self._follow(self.logic.heard(clock.monotonic()))

    def _time_passed(self) -> None:
        now = clock.monotonic()
        if not self._is_silent and now >= self._process.leased_until:
            self._is_silent = True
            self._follow(self.logic.silent(now))
        else:
            self._follow(self.logic.time_passed(now))

    async def close(self) -> None:
        """Nothing can be seen any more, and nobody waits for it."""
        self._is_closed = True
        self._drop()
        if self._timer is not None:
            self._timer.cancel()
        self._pane.close()
