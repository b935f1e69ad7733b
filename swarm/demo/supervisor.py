"""Starts a process for every (node, word) of labels.yml, and says when all are ready."""

import asyncio
import random
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Literal

from nanoservices import clock, wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NanoError
from swarm import slices
from swarm.demo import environment
from swarm.demo.environment import Given
from swarm.demo.home import Home
from swarm.demo.instance import EXIT_SETTINGS, Instance
from swarm.demo.pace import Pace
from swarm.errors import DemoError
from swarm.labels import Labels
from swarm.words import Word

READY_S = 20.0
POLL_S = 0.03
MOST_DEATHS = 3  # while starting
_PORTS = 20_000, 32_000  # below those that Linux takes by itself
_CHANCE = random.SystemRandom()  # two demos at once choose differently, whatever somebody seeded


class Supervisor:
    """`async with`: leaving it ends every process."""

    def __init__(self, labels: Labels, words: Mapping[str, Word], home: Home, pace: Pace):
        self._labels = labels
        self._words = words
        self._home = home
        self._pace = pace
        self.token = home.secret("admin-token")
        self._credential = home.secret("room-credential")
        self._seal_key = home.secret("seal-key")
        self.instances = self._plan()
        self.ready_s: float | None = None

    async def __aenter__(self) -> "Supervisor":
        for instance in self.instances:
            instance.start()
        return self

    async def __aexit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        await asyncio.shield(asyncio.gather(*(instance.stop() for instance in self.instances)))

    def the(self, word: str, node: str | None = None) -> Instance:
        """The instance of `word` (on `node`). DemoError when labels.yml has none."""
        for instance in self.instances:
            if instance.word == word and node in (None, instance.node):
                return instance
        raise DemoError(f"labels.yml runs no {word}{f' on {node}' if node else ''}, which the demo needs; add it to a `run`")

    def rss_mb(self) -> dict[str, float]:
        """Of each word, its largest instance."""
        found: dict[str, float] = {}
        for instance in self.instances:
            found[instance.word] = max(found.get(instance.word, 0.0), instance.rss_mb() or 0.0)
        return found

    async def until_ready(self, endpoint: Endpoint) -> float:
        """Seconds from the first spawn until every instance says that it is ready. DemoError names those that do not."""
        why_not: dict[str, str] = {}
        await asyncio.gather(*(self._until_ready(instance, endpoint, why_not) for instance in self.instances))
        begun = min(instance.spawned_at or clock.monotonic() for instance in self.instances)
        self.ready_s = round(clock.monotonic() - begun, 3)
        return self.ready_s

    async def _until_ready(self, instance: Instance, endpoint: Endpoint, why_not: dict[str, str]) -> None:
        until = clock.monotonic() + READY_S
        why = "it has not answered yet"
        while clock.monotonic() < until:
            self._check_alive(instance)
            try:
                health = await endpoint.call(wire.HEALTH, instance.uri, peer=instance.name)
                if health.ready:
                    return
                why = "; ".join(health.why_not)
            except NanoError as error:
                why = str(error)
            await asyncio.sleep(POLL_S)
        raise DemoError(_failure(instance, f"is not ready after {READY_S:g} s: {why}"))

    def _check_alive(self, instance: Instance) -> None:
        instance.check()
        if EXIT_SETTINGS in instance.deaths or len(instance.deaths) >= MOST_DEATHS:
            raise DemoError(_failure(instance, f"ended at its start, with exit code {instance.deaths[-1]}"))

    # --- what is started ------------------------------------------------------------------------------------------------

    def _plan(self) -> list[Instance]:
        """Everybody's callee first: it is ready when they announce themselves."""
        pairs = [(word, node) for node, entry in self._labels.nodes.items() for word in entry.run]
        called = {word: sum(word in other.calls for other in self._words.values()) for word, _ in pairs}
        pairs.sort(key=lambda pair: (-called[pair[0]], pair[0] != "auth", pair))
        ports = iter(free_ports("udp", len(pairs)))
        http_ports = iter(free_ports("tcp", len(pairs)))
        addressed = [(word, node, next(ports), next(http_ports)) for word, node in pairs]
        uris = {word: f"coap://127.0.0.1:{port}" for word, _, port, _ in addressed}
        given = Given(
            pace=self._pace,
            controller=uris.get("controller", ""),
            auth=uris.get("auth", ""),
            world=self._home.world,
            admin_token=self.token,
            room_credential=self._credential,
            seal_key=self._seal_key,
        )
        return [self._instance(*each, given) for each in addressed]

    def _instance(self, word: str, node: str, port: int, http_port: int, given: Given) -> Instance:
        place = (self._home.path / "place" / f"{word}.json").resolve()
        place.write_text(slices.text(slices.slice_for(self._words[word], self._labels)), encoding="utf-8")
        data = (self._home.path / "data" / f"{word}@{node}").resolve()
        data.mkdir(mode=0o700)
        told = environment.settings(word, node, port, http_port, place, data, given)
        log = self._home.logs / f"{word}@{node}.log"
        return Instance(word, node, port, http_port, environment.inherited() | told, log)


def _failure(instance: Instance, what: str) -> str:
    lines = "\n".join(f"    {line}" for line in instance.last_lines())
    return f"{instance.name} {what}\n  the end of {instance.log}:\n{lines or '    (nothing; is the disk full?)'}"


def free_ports(protocol: Literal["udp", "tcp"], count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody has now: not of those that the kernel gives whoever calls somebody meanwhile."""
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            holder = socket.socket(socket.AF_INET, kind)
            try:
                holder.bind(("127.0.0.1", _CHANCE.randrange(*_PORTS)))
            except OSError:
                holder.close()
            else:
                held.append(holder)
        return [holder.getsockname()[1] for holder in held]
    finally:
        for holder in held:
            holder.close()
