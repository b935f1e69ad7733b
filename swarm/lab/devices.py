"""The lab's simulated devices, and the people who walk past them: the demo's world, beside a room that runs on the lab.

`python -m swarm.lab.devices`, started by `lab up` and ended with the lab. Every node's tasks find its socket at
/run/nanoswarm/world.sock, where NANO_WORLD of a simulated device points. When labels.yml changes it begins anew with
what it says then, and the devices come back by themselves. On the control line of the demo it also takes {"play": seed}
and {"story": n}, which tells what happened from line n on.
"""

import asyncio
import logging
import os
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm import labels_file
from swarm.demo import ways
from swarm.demo.cast import Cast
from swarm.demo.doorman import Doorman
from swarm.demo.pace import Pace
from swarm.demo.scenario import Scenario
from swarm.demo.stage import Stage
from swarm.demo.world import World
from swarm.errors import InputError, LabError
from swarm.lab import home
from swarm.lab.lookout import Lookout
from swarm.lab.plan import WORLD, Plan, fitted
from swarm.lab.story import Story
from swarm.labels import Labels

SEED = 1
LOOK_S, RETRY_S = 0.5, 2.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabPace(Pace):
    """People walk as in the demo; the services take the times they are set to, which nobody has made shorter here."""

    @property
    def away_s(self) -> float:
        return 20.0  # the controller's own setting

    @property
    def budget_s(self) -> float:
        return 60.0  # until a room is known to be empty: presence's hold_s, and then away_s


class Surroundings:
    """What the demo's house is to the demo, without the services."""

    def __init__(self, plan: Plan, labels: Labels):
        self.room, screen_node = ways.room_with_screen(labels)
        self.way = ways.way_in(labels, self.room)
        self.pace: Pace = LabPace()
        self.world = World(labels, self.pace, random.Random(SEED), time.time)
        self.stage = Stage(self.world, self._control)
        self._lookout = Lookout(plan, screen_node, self.world, self.stage, log.warning)
        self.watcher = self._lookout.watcher
        self._story = Story(self, self.room)
        self._doorman = Doorman(labels, self.world, self.room, self.pace.alone_s, "nanoswarm lab leave")
        self._doorman.send = Scenario(self, Cast(SEED), log.info).let_in

    def _control(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._story(request) if self._story.is_meant(request) else self._doorman(request)

    async def live(self) -> None:
        """For ever."""
        await self._lookout.live(lambda: bool(self.world.people) or self._story.is_on, self._check)

    def _check(self) -> None:
        self.stage.check()
        self._story.check()


class Unpeopled:
    """Devices of a place with no room to be led to: they work, and nobody comes."""

    def __init__(self, labels: Labels, why: str):
        self._why = why
        self.stage = Stage(World(labels, LabPace(), random.Random(SEED), time.time), self._control)

    def _control(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"ok": False, "says": self._why}

    async def live(self) -> None:
        """For ever."""
        while True:
            self.stage.check()
            await asyncio.sleep(LOOK_S)


def surroundings(plan: Plan, labels: Labels) -> Surroundings | Unpeopled:
    try:
        return Surroundings(plan, labels)
    except InputError as error:
        return Unpeopled(labels, str(error))


async def serve(devices: Surroundings | Unpeopled, labels: Path) -> None:
    """For ever."""
    seen = changed_at(labels)
    _forget_earlier()
    await devices.stage.open(WORLD)
    _let_everybody()
    async with asyncio.TaskGroup() as group:
        group.create_task(devices.live())
        group.create_task(begin_anew_when_changed(labels, seen))


def _forget_earlier() -> None:
    WORLD.unlink(missing_ok=True)


def _let_everybody() -> None:
    """The services run as a user of their own."""
    WORLD.chmod(0o666)


def changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns


async def begin_anew_when_changed(path: Path, seen: int) -> None:
    """In the same process, so that the lab still knows it. A file that is wrong, or half written, changes nothing."""
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            now = changed_at(path)
            if now != seen:
                seen = now
                labels_file.read(path)
                os.execv(sys.executable, [sys.executable, "-m", "swarm.lab.devices"])  # noqa: S606  # no shell
        except (OSError, InputError) as error:
            log.warning("the devices stay as they are: %s", error)
            await asyncio.sleep(RETRY_S)


def main() -> None:
    state = home.load()
    if state is None:
        raise LabError("there is no lab here; build one with: nanoswarm lab up")
    labels = fitted(labels_file.read(state.labels), len(state.plan.nodes))
    asyncio.run(serve(surroundings(state.plan, labels), state.labels))


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    main()
