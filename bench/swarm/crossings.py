"""Many visits through a room on a lab: from one node's PIR edge to another node's light, and how far that is for a datagram."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench import figure, visits
from bench.coap.figures import spread
from bench.swarm import asking, deploys, stacks
from bench.swarm.asking import PING
from bench.swarm.site import TOKEN, Say, Site
from nanoservices import wire
from swarm.auth_api import AuthApi
from swarm.demo import ways
from swarm.demo.cast import Cast
from swarm.demo.pace import Pace
from swarm.demo.stage import Stage
from swarm.demo.watcher import Watcher
from swarm.demo.world import World
from swarm.lab import tasks
from swarm.lab.plan import DEVICES, SHARED, Plan

SEED, SPEED, SOCKET = 1, 20.0, "bench.sock"
AUTH_PORT = 8081


@dataclass
class House:
    """What bench.visits lets people into, on the lab."""

    world: World
    stage: Stage
    watcher: Watcher
    way: tuple[str, ...]


def measure(site: Site, plan: Plan, count: int, every_s: float, say: Say) -> dict[str, Any]:
    """Of so many visits: each hop's and the cue's p50, p95 and p99 in ms, and what did not go as it should."""
    pace = Pace(SPEED)
    deploys.up(site, stacks.paced(site.ours(), pace, f"{DEVICES}/{SOCKET}"))
    try:
        return asyncio.run(_measure(site, plan, count, every_s, pace, say))
    finally:
        site.engine.remove_stack(stacks.NAME)


async def _measure(site: Site, plan: Plan, count: int, every_s: float, pace: Pace, say: Say) -> dict[str, Any]:
    people, cast = [f"visitor-{number}" for number in range(count)], Cast(SEED)
    async with _house(site, plan, pace) as house:
        room, _ = ways.room_with_screen(site.labels)
        node = site.nodes[site.labels.running("auth")[0]]
        await asyncio.to_thread(visits.enrol, AuthApi(f"http://{node.address}:{AUTH_PORT}", TOKEN), cast, people, room)
        say(f"{count} people are invited; one comes every {every_s:g} s")
        await visits.come_and_go(house, cast, people, every_s)
        found = visits.figures([*house.watcher.visits.values()], None, {})
        ping = spread(await asyncio.to_thread(_pings_ms, site))._asdict()
    told = figure.plain(visits.told([*house.watcher.visits.values()], {}, "across nodes, "))
    return {
        "figures": told,
        "visits": found["visits"],
        "not_completed": found["not_completed"],
        "ms": found["ms"],
        "ping_ms": ping,
    }


@asynccontextmanager
async def _house(site: Site, plan: Plan, pace: Pace) -> AsyncIterator[House]:
    """Its world's devices have a socket of their own, beside those of the lab."""
    labels = site.labels
    room, screen_node = ways.room_with_screen(labels)
    world = World(labels, pace, random.Random(SEED), time.time)
    stage = Stage(world, lambda _request: {"ok": False, "says": "a benchmark has no doorman"})
    path = SHARED / SOCKET
    path.unlink(missing_ok=True)
    await stage.open(path)
    path.chmod(0o666)
    try:
        await asyncio.to_thread(_until_ready, site)
        async with tasks.endpoint_beside(await asyncio.to_thread(tasks.the, plan, "controller")) as endpoint:
            controller = "coap://127.0.0.1:5683"
            told: wire.Instances = await endpoint.call(wire.INSTANCES, controller, peer="controller")
            screen = next(each.uri for each in told.instances if (each.word, each.node) == ("meeting", screen_node))
            watcher = Watcher(endpoint, controller, screen, world, stage, lambda visit, was: None)
            watcher.start()
            try:
                yield House(world, stage, watcher, ways.way_in(labels, room))
                stage.check()
                watcher.check()
            finally:
                watcher.stop()
    finally:
        await stage.close()
        path.unlink(missing_ok=True)


def _pings_ms(site: Site, count: int = 200) -> list[float]:
    """The floor of every hop: there and back between the controller's node and another, with a service that only resets."""
    home = site.labels.running("controller")[0]
    far = next((node for node in site.labels.running("presence") if node != home), home)
    container = next(each for each in site.engines[far].containers() if each.service == f"{stacks.NAME}_presence")
    address = site.engine.address(site.engines[far].task_of(container.id))
    took = asking.ask(site.nodes[home].address, deploys.WITHIN_S, trips=address, say=PING.hex(), count=count)
    return [1000 * seconds for seconds in took]


def _until_ready(site: Site) -> None:
    node = site.nodes[site.labels.running("controller")[0]]
    asking.ask(node.address, deploys.WITHIN_S, room=sum(site.running().values()) - 1)
