"""One run of the demo, from nothing to its report."""

import asyncio
import datetime
import random
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.settings import Secret
from swarm import labels_file, waterfall
from swarm.auth_api import AuthApi
from swarm.demo import expectations, ways
from swarm.demo.cast import Cast
from swarm.demo.doorman import Doorman
from swarm.demo.home import Home
from swarm.demo.instance import Instance
from swarm.demo.pace import Pace
from swarm.demo.scenario import Scenario
from swarm.demo.stage import Stage
from swarm.demo.supervisor import Supervisor, free_ports
from swarm.demo.teller import Teller
from swarm.demo.watcher import Watcher
from swarm.demo.world import World
from swarm.labels import Labels
from swarm.words import discover


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
    room, screen_node = ways.room_with_screen(labels)
    home.claim()
    try:
        asyncio.run(_Play(options, labels, room, screen_node, home, teller).run(report))
    except (KeyboardInterrupt, asyncio.CancelledError):
        teller.say("ended")
    finally:
        home.release()


class _Play:
    def __init__(self, options: Options, labels: Labels, room: str, screen_node: str, home: Home, teller: Teller):
        self._options, self._labels, self._home, self._teller = options, labels, home, teller
        self._room, self._screen_node = room, screen_node
        self._way = ways.way_in(labels, room)
        self._pace = Pace(options.speed)
        self._cast = Cast(options.seed)
        self._world = World(labels, self._pace, random.Random(options.seed), time.time)
        self._doorman = Doorman(labels, self._world, room)
        self._stage = Stage(self._world, self._doorman)
        self._endpoint = Endpoint()

    async def run(self, report: Report) -> None:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        async with AsyncExitStack() as stack:
            await self._stage.open(self._home.world)
            stack.push_async_callback(self._stage.close)
            await self._endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
            stack.push_async_callback(self._endpoint.close)
            supervisor = Supervisor(self._labels, discover(), self._home, self._pace)
            controller, screen = supervisor.the("controller"), supervisor.the("meeting", self._screen_node)
            await stack.enter_async_context(supervisor)
            await self._start(supervisor)
            watcher = Watcher(self._endpoint, controller.uri, screen.uri, self._world, self._stage, self._teller.visit_changed)
            watcher.start()
            stack.callback(watcher.stop)
            scenario = Scenario(self._world, self._stage, watcher, self._pace, self._cast, self._teller.say)
            await scenario.play(self._way)
            self._stage.check()
            watcher.check()
            report(self._result(supervisor, watcher, scenario, screen))
            if self._options.keep:
                await self._keep(scenario)

    async def _start(self, supervisor: Supervisor) -> None:
        for instance in supervisor.instances:
            instance.died = lambda it: self._teller.say(f"{it.name} ended with {it.deaths[-1]}; starting it again", "red")
        count, nodes = len(supervisor.instances), len({instance.node for instance in supervisor.instances})
        self._teller.say(f"starting {count} services, the ones of {nodes} nodes")
        ready_s = await supervisor.until_ready(self._endpoint)
        self._teller.say(f"all are ready after {ready_s:.2f} s", "bold")
        self._home.remember(self._state(supervisor))
        token = Secret(supervisor.token.read_text(encoding="ascii"))
        api = AuthApi(f"http://127.0.0.1:{supervisor.the('auth').http_port}", token)
        await asyncio.to_thread(self._cast.enrol, api, self._room, datetime.datetime.now(datetime.UTC))
        self._teller.say(f"alice has invited bob, carl and david to a meeting in {self._room}")

    def _state(self, supervisor: Supervisor) -> dict[str, Any]:
        """For other commands and for whoever wants to look at, or kill, a service."""
        screen = supervisor.the("meeting", self._screen_node)
        return {
            "world": str(self._home.world),
            "controller": supervisor.the("controller").uri,
            "screen": f"http://127.0.0.1:{screen.http_port}/",
            "instances": {i.name: {"pid": i.pid, "uri": i.uri, "http_port": i.http_port} for i in supervisor.instances},
        }

    def _result(self, supervisor: Supervisor, watcher: Watcher, scenario: Scenario, screen: Instance) -> Run:
        visits = list(watcher.visits.values())
        has_lights = self._world.has_lights(self._way[0])
        why = expectations.why_not_ok(visits, scenario.people, watcher.modes, self._room, has_lights)
        url = f"http://127.0.0.1:{screen.http_port}/"
        return Run(visits, supervisor.ready_s, supervisor.rss_mb(), why, url)

    async def _keep(self, scenario: Scenario) -> None:
        self._doorman.send = scenario.send
        self._teller.say("kept; Ctrl-C or `nanoswarm demo stop` ends it", "bold")
        await asyncio.Event().wait()
