"""The demo's house, every service a real process, with a bad line between any two that talk to each other."""

import asyncio
import datetime
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanoservices import wire
from swarm import labels_file
from swarm.demo.cast import Cast
from swarm.demo.home import Home
from swarm.demo.house import House
from swarm.demo.pace import Pace
from swarm.demo.scenario import Scenario
from tests.interop.conftest import ROOT
from tests.interop.faults.fate import Weather
from tests.interop.faults.proxy import Proxy


@dataclass(frozen=True)
class Patient(Pace):
    """People who walk fast, in a place whose settings are those of a real one: it is the lines that take their time."""

    speed: float = 4.0

    patience_s = property(lambda self: 15.0)
    hold_s = property(lambda self: 3.0)
    away_s = property(lambda self: 12.0)
    scan_window_s = property(lambda self: 8.0)
    arrive_s = property(lambda self: 60.0)
    budget_s = property(lambda self: 45.0)


def rewire(house: House, proxy: Proxy) -> None:
    """Every service finds the others at the ends of lines."""
    controller, auth = house.supervisor.the("controller"), house.supervisor.the("auth")
    for instance in house.supervisor.instances:
        told = instance.environment
        if instance is not controller:
            told["NANO_CONTROLLER"] = proxy.line(f"{instance.name} to controller", controller.uri).uri
            told["NANO_ANNOUNCE_URI"] = proxy.line(f"controller to {instance.name}", instance.uri).uri
        if "NANO_AUTH" in told:
            told["NANO_AUTH"] = proxy.line(f"{instance.name} to auth", auth.uri).uri


@dataclass
class Played:
    """What is left of a story that has been played."""

    house: House
    scenario: Scenario
    proxy: Proxy

    def visits(self, person: str) -> list[wire.Visit]:
        return self.house.watcher.of(person)

    def said(self, word: str, what: str) -> Counter[str]:
        """How often the instances of `word` logged `what`, by visit (or scan)."""
        found: Counter[str] = Counter()
        for instance in self.house.supervisor.instances:
            if instance.word == word:
                lines = [json.loads(line) for line in instance.log.read_text().splitlines() if line.startswith("{")]
                found.update(line["visit"] for line in lines if line["says"] == what and "visit" in line)
        return found

    async def lights(self) -> list[str]:
        """The visits that are still led."""
        guides = [instance for instance in self.house.supervisor.instances if instance.word == "guidance"]
        states = [await self.house.endpoint.call(wire.GUIDED, guide.uri) for guide in guides]
        return [visit for state in states for visit in state.visits]


Story = Callable[[Played], Coroutine[Any, Any, None]]


def play(folder: Path, weather: Weather, story: Story, seed: int = 1) -> None:
    """Everybody is ready and enrolled in fair weather; then it changes, and `story` is told."""

    async def run() -> None:
        cast, proxy = Cast(seed), Proxy(seed)
        house = House(labels_file.read(ROOT / "labels.yml"), Patient(), seed, home, _quiet, lambda visit, was: None)
        rewire(house, proxy)
        try:
            async with house:
                await asyncio.to_thread(cast.enrol, house.api(), house.room, datetime.datetime.now(datetime.UTC))
                proxy.become(weather)
                await story(Played(house, Scenario(house, cast, _quiet), proxy))
        finally:
            proxy.close()

    home = Home(folder)
    home.claim()
    try:
        asyncio.run(run())
    finally:
        home.release()


def _quiet(*_: str) -> None:
    return None
