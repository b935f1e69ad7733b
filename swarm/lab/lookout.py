"""Lets the people of a lab see which light is theirs: watches the visits wherever the controller's task runs now."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NanoError
from swarm.demo.stage import Stage
from swarm.demo.watcher import Watcher
from swarm.demo.world import World
from swarm.errors import SwarmError
from swarm.lab import tasks
from swarm.lab.plan import Plan
from swarm.lab.tasks import Task

CONTROLLER = "coap://127.0.0.1:5683"  # beside its task
LOOK_S = 0.05
RETRY_S = 0.5


class Lookout:
    """`screen_node` has the screen that is watched too."""

    def __init__(self, plan: Plan, screen_node: str, world: World, stage: Stage, say: Callable[[str], None]):
        self._plan, self._screen_node, self._say = plan, screen_node, say
        self._task: Task | None = None
        self._line = AsyncExitStack()
        self._said = ""
        self.watcher = Watcher(Endpoint(), CONTROLLER, CONTROLLER, world, stage, lambda visit, was: None)

    async def live(self, is_wanted: Callable[[], bool], check: Callable[[], None]) -> None:
        """For ever. Nobody is asked anything while it is not wanted; `check` raises what else ought to end it."""
        try:
            while True:
                check()
                self.watcher.check()
                await asyncio.sleep(LOOK_S if await self._follow(is_wanted()) else RETRY_S)
        finally:
            await self._turn_away()

    async def _follow(self, is_wanted: bool) -> bool:
        """Turn the watcher to where the controller is. False when it is nowhere, which is said once."""
        try:
            if not is_wanted:
                await self._turn_away()
            elif self._task is None or not self._task.runs:
                await self._turn_away()
                await self._turn_to(await asyncio.to_thread(tasks.the, self._plan, "controller"))
        except (SwarmError, NanoError) as error:
            if str(error) != self._said:
                self._said = str(error)
                self._say(f"nobody sees a light: {error}")
            return False
        return True

    async def _turn_to(self, task: Task) -> None:
        async with AsyncExitStack() as line:
            endpoint = await line.enter_async_context(tasks.endpoint_beside(task))
            told = await endpoint.call(wire.INSTANCES, CONTROLLER, peer="controller")
            where = {(instance.word, instance.node): instance.uri for instance in told.instances}
            self.watcher.turn_to(endpoint, CONTROLLER, where.get(("meeting", self._screen_node), CONTROLLER))
            self.watcher.start()
            self._line, self._task = line.pop_all(), task

    async def _turn_away(self) -> None:
        self._task = None
        self.watcher.stop()
        await self._line.aclose()
