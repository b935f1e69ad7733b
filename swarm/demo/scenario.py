"""The story: Alice has invited Bob, Carl and David; a stranger comes by, and Erin, who is invited for tomorrow."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from nanoservices import clock
from swarm.demo import cast
from swarm.demo.cast import Cast
from swarm.demo.pace import Pace
from swarm.demo.people import Person, Where
from swarm.demo.stage import Stage
from swarm.demo.watcher import Watcher
from swarm.demo.world import World
from swarm.waterfall import STRANGER

Say = Callable[[str], None]


class Setting(Protocol):
    """Where it plays: the demo's house, or a lab."""

    world: World
    stage: Stage
    watcher: Watcher
    pace: Pace
    way: tuple[str, ...]


class Scenario:
    """`people` are those who came, by name, also when they have left again."""

    def __init__(self, house: Setting, players: Cast, say: Say):
        self._world, self._stage, self._watcher = house.world, house.stage, house.watcher
        self._pace, self._way = house.pace, house.way
        self._cast, self._say = players, say
        self._strangers = 0
        self.people: dict[str, Person] = {}
        self._newest: dict[str, int] = {}  # the number of the last visit before they came: a lab remembers earlier stories
        self._seeing_in: set[asyncio.Task[None]] = set()

    def send(self, name: str, route: tuple[str, ...]) -> Person:
        """Somebody comes into the first zone of `route`."""
        if name == STRANGER:
            self._strangers += 1
        self._newest[name] = max((visit.number for visit in self._watcher.visits.values()), default=0)
        tag = self._cast.stranger_tag(self._strangers) if name == STRANGER else self._cast.tag(name)
        person = self._world.send_in(name, tag, route, clock.monotonic(), knows_the_way=name in cast.INVITED)
        self.people[name] = person
        self._stage.poke()
        self._say(f"{name} comes in at {route[0]}")
        return person

    def let_in(self, name: str, route: tuple[str, ...]) -> None:
        """As `send`, once the story has been told; whoever turns back is told of."""
        task = asyncio.create_task(self._see_in(self.send(name, route)))
        self._seeing_in.add(task)
        task.add_done_callback(self._seeing_in.discard)

    async def _see_in(self, person: Person) -> None:
        await self._until(lambda: person.where is not Where.WAITING)
        if person.where is Where.GONE and person.walked_at is None:
            self._say(f"{person.name} has seen no light and is gone")

    async def play(self) -> None:
        """Everybody comes and goes. What does not happen within its time is left to the expectations to name."""
        route = self._way
        self.send("alice", route)
        await self._until(lambda: self._on_the_way("alice"))
        self.send("bob", route)
        await asyncio.sleep(self._pace.between_s)
        self.send("carl", route)
        await self._until(lambda: self._on_the_way("bob") and self._on_the_way("carl"))
        await self._turned_back(STRANGER, route)
        await self._turned_back(cast.TOO_EARLY, route)
        self.send("david", route)
        await self._until(lambda: all(self._is_over(name) for name in cast.INVITED))
        if await self._until(lambda: ("meeting", cast.MEETING) in self._watcher.modes):
            self._say(f"the screen shows “{cast.TITLE}”")
        await asyncio.sleep(self._pace.stay_s)
        await self._all_leave()

    async def _until(self, condition: Callable[[], bool]) -> bool:
        return await self._watcher.until(condition, self._pace.budget_s)

    def _on_the_way(self, name: str) -> bool:
        return self.people[name].where is not Where.WAITING

    def _is_over(self, name: str) -> bool:
        return any(visit.outcome is not None and visit.number > self._newest[name] for visit in self._watcher.of(name))

    async def _turned_back(self, name: str, route: tuple[str, ...]) -> None:
        person = self.send(name, route)
        await self._until(lambda: person.where is Where.GONE)
        self._say(f"{name} sees no light and turns back")

    async def _all_leave(self) -> None:
        for person in self._world.people:
            self._world.leave(person)
        self._stage.poke()
        self._say("everybody leaves")
        if await self._until(lambda: bool(self._watcher.modes) and self._watcher.modes[-1][0] != "meeting"):
            self._say("the room is empty: the meeting is off the screen")
