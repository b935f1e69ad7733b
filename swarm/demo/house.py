"""A place of labels.yml, running: its services as processes, the world they sense, and somebody who watches."""

import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

from nanoservices.coap import Endpoint
from nanoservices.settings import Secret
from swarm.auth_api import AuthApi
from swarm.demo import ways
from swarm.demo.doorman import Doorman
from swarm.demo.home import Home
from swarm.demo.instance import Instance
from swarm.demo.pace import Pace
from swarm.demo.stage import Stage
from swarm.demo.supervisor import Supervisor, free_ports
from swarm.demo.watcher import News, Watcher
from swarm.demo.world import World
from swarm.labels import Labels
from swarm.words import discover


class House:
    """`async with`: inside, every service is ready. `home` must have been claimed."""

    def __init__(self, labels: Labels, pace: Pace, seed: int, home: Home, say: Callable[[str, str], None], news: News):
        self._home, self._say = home, say
        self._exits = AsyncExitStack()
        self.room, screen_node = ways.room_with_screen(labels)
        self.way = ways.way_in(labels, self.room)
        self.pace = pace
        self.world = World(labels, pace, random.Random(seed), time.time)
        self.doorman = Doorman(labels, self.world, self.room, pace.alone_s)
        self.stage = Stage(self.world, self.doorman)
        self.endpoint = Endpoint()
        self.supervisor = Supervisor(labels, discover(), home, pace)
        self._controller, self._screen = self.supervisor.the("controller"), self.supervisor.the("meeting", screen_node)
        self.watcher = Watcher(self.endpoint, self._controller.uri, self._screen.uri, self.world, self.stage, news)

    async def __aenter__(self) -> "House":
        async with AsyncExitStack() as exits:
            await self.stage.open(self._home.world)
            exits.push_async_callback(self.stage.close)
            await self.endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
            exits.push_async_callback(self.endpoint.close)
            await exits.enter_async_context(self.supervisor)
            await self._until_ready()
            self.watcher.start()
            exits.callback(self.watcher.stop)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._exits.aclose()

    async def _until_ready(self) -> None:
        instances = self.supervisor.instances
        for instance in instances:
            instance.died = self._died
        nodes = len({instance.node for instance in instances})
        self._say(f"starting {len(instances)} services, those of {nodes} nodes", "")
        ready_s = await self.supervisor.until_ready(self.endpoint)
        self._say(f"all are ready after {ready_s:.2f} s", "bold")
        for instance in instances:
            instance.spawned = lambda _: self._remember()
        self._remember()

    def _died(self, instance: Instance) -> None:
        self._say(f"{instance.name} ended with {instance.deaths[-1]}; starting it again", "red")

    def _remember(self) -> None:
        """For other commands, and for whoever wants to look at a service, or to kill one."""
        who = {it.name: {"pid": it.pid, "uri": it.uri, "http_port": it.http_port} for it in self.supervisor.instances}
        state = {"world": str(self._home.world), "controller": self._controller.uri, "screen": self.screen_url}
        self._home.remember({**state, "instances": who})

    @property
    def screen_url(self) -> str:
        return f"http://127.0.0.1:{self._screen.http_port}/"

    def api(self) -> AuthApi:
        """auth's REST, as an admin."""
        token = Secret(self.supervisor.token.read_text(encoding="ascii"))
        return AuthApi(f"http://127.0.0.1:{self.supervisor.the('auth').http_port}", token)

    def check(self) -> None:
        """Raise what has stopped the world or the watching, if something has."""
        self.stage.check()
        self.watcher.check()
