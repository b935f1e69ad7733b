"""Follows the visits and the room's screen over CoAP, and lets people see which light is theirs."""

import asyncio
from collections.abc import Callable

from nanoservices import clock, wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NanoError
from swarm.demo.stage import Stage
from swarm.demo.world import World

POLL_S = 0.05
_PAGE = 40

News = Callable[[wire.Visit, wire.Visit | None], None]  # as it is now, as it was


async def all_visits(endpoint: Endpoint, controller: str, after: int = 0) -> list[wire.Visit]:
    """Every visit the controller remembers with a number above `after`, oldest first."""
    found: list[wire.Visit] = []
    while True:
        page = await endpoint.call(wire.VISITS, controller, wire.VisitsQuery(str(after)), peer="controller")
        found += page.visits
        if len(page.visits) < _PAGE:
            return found
        after = page.next


class Watcher:
    """`visits` by id, in the order they were opened; `modes` is what the screen has shown, one after the other."""

    def __init__(self, endpoint: Endpoint, controller: str, screen: str, world: World, stage: Stage, news: News):
        self._endpoint = endpoint
        self._controller, self._screen = controller, screen
        self._world, self._stage, self._news = world, stage, news
        self._after = 0
        self._task: asyncio.Task[None] | None = None
        self.visits: dict[str, wire.Visit] = {}
        self.modes: list[tuple[wire.Mode, str | None]] = []

    def start(self) -> None:
        self._task = asyncio.create_task(self._live())

    def stop(self) -> None:
        """Stop it before its endpoint is closed; it may be started again."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def turn_to(self, endpoint: Endpoint, controller: str, screen: str) -> None:
        """Ask these from now on, of everything they remember."""
        self._endpoint, self._controller, self._screen = endpoint, controller, screen
        self._after = 0

    def check(self) -> None:
        """Raise what has ended the watching, if something has."""
        if self._task is not None and self._task.done():
            self._task.result()

    async def _live(self) -> None:
        """A service that is away for a moment is asked again."""
        while True:
            try:
                await self._look_at_visits()
                shown = await self._endpoint.call(wire.SHOWN, self._screen, peer="meeting")
                self._note_screen((shown.mode, shown.meeting))
            except NanoError:
                pass  # the scenario's own time limits say what did not come of it
            await asyncio.sleep(POLL_S)

    async def _look_at_visits(self) -> None:
        for visit in await all_visits(self._endpoint, self._controller, self._after):
            was = self.visits.get(visit.id)
            self.visits[visit.id] = visit
            lit_at = next((step.at for step in visit.steps if step.name == "e"), None)
            if visit.participant is not None and lit_at is not None and visit.outcome is None:
                self._world.light_is_on_for(visit.participant, lit_at)
                self._stage.poke()
            if was != visit:
                self._news(visit, was)
        open_ones = [visit.number for visit in self.visits.values() if visit.outcome is None]
        newest = max((visit.number for visit in self.visits.values()), default=0)
        self._after = min(open_ones, default=newest + 1) - 1

    def _note_screen(self, shown: tuple[wire.Mode, str | None]) -> None:
        if not self.modes or self.modes[-1] != shown:
            self.modes.append(shown)

    def of(self, person: str) -> list[wire.Visit]:
        return [visit for visit in self.visits.values() if visit.participant == person]

    def closed(self, person: str) -> bool:
        return any(visit.outcome is not None for visit in self.of(person))

    async def until(self, condition: Callable[[], bool], budget_s: float) -> bool:
        """Wait for `condition`, but not longer than the budget; whether it came true."""
        until = clock.monotonic() + budget_s
        while not condition():
            if clock.monotonic() > until:
                return False
            await asyncio.sleep(POLL_S)
        return True
