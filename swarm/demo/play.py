"""One run of the demo, from nothing to its report."""

import asyncio
import datetime
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nanoservices import wire
from swarm import labels_file, labels_rules, waterfall, words
from swarm.demo import expectations, ways
from swarm.demo.cast import Cast
from swarm.demo.home import Home
from swarm.demo.house import House
from swarm.demo.pace import Pace
from swarm.demo.scenario import Scenario
from swarm.demo.teller import Teller
from swarm.errors import DemoError
from swarm.labels import Labels


@dataclass(frozen=True)
class Options:
    labels: Path
    speed: float
    seed: int
    keep: bool


@dataclass
class Run:
    """What came of it."""

    visits: list[wire.Visit] = field(default_factory=list)
    ready_s: float | None = None
    rss_mb: dict[str, float] = field(default_factory=dict)
    why_not_ok: list[str] = field(default_factory=list)
    screen: str = ""

    def plain(self) -> dict[str, Any]:
        result = waterfall.result(self.visits, self.ready_s, self.rss_mb)
        return {**result, "ok": not self.why_not_ok, "why_not_ok": self.why_not_ok}


Report = Callable[[Run], None]


def play(options: Options, home: Home, teller: Teller, report: Report) -> None:
    """Blocking, until the report has been given; with `keep` until somebody ends it. No process is left behind."""
    labels = labels_file.read(options.labels)
    if lacking := labels_rules.lacking(labels, words.discover()):
        raise DemoError(f"{options.labels}: the demo needs {' and '.join(lacking)}; add each to the `run` of one node")
    ways.way_in(labels, ways.room_with_screen(labels)[0])  # refused before anything is touched
    home.claim()
    try:
        asyncio.run(_play(options, labels, home, teller, report))
    except (KeyboardInterrupt, asyncio.CancelledError):
        teller.say("ended")
    finally:
        home.release()


async def _play(options: Options, labels: Labels, home: Home, teller: Teller, report: Report) -> None:
    task = asyncio.current_task()
    assert task is not None
    for signum in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends it as cleanly
        asyncio.get_running_loop().add_signal_handler(signum, task.cancel)
    cast = Cast(options.seed)
    try:
        house = House(labels, Pace(options.speed), options.seed, home, teller.say, teller.visit_changed)
    except OSError as error:
        raise home.refusal(error) from None
    async with house:
        await asyncio.to_thread(cast.enrol, house.api(), house.room, datetime.datetime.now(datetime.UTC))
        teller.say(f"alice has invited bob, carl and david to a meeting in {house.room}")
        scenario = Scenario(house, cast, teller.say)
        await scenario.play()
        house.check()
        report(_result(house, scenario))
        if options.keep:
            await asyncio.sleep(house.pace.alone_s)  # its people have only just left
            house.doorman.send = scenario.let_in
            teller.say("kept; Ctrl-C or `nanoswarm demo stop` ends it", "bold")
            await asyncio.Event().wait()


def _result(house: House, scenario: Scenario) -> Run:
    visits, has_lights = list(house.watcher.visits.values()), house.world.has_lights(house.way[0])
    why = expectations.why_not_ok(visits, scenario.people, house.watcher.modes, house.room, has_lights)
    return Run(visits, house.supervisor.ready_s, house.supervisor.rss_mb(), why, house.screen_url)
