"""The world's socket: devices of the services on one side, people of the demo on the other."""

import asyncio
import contextlib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nanoservices import simulation
from swarm.demo import doorman
from swarm.demo.doorman import Doorman
from swarm.demo.pace import Pace
from swarm.demo.people import unknown_tag
from swarm.demo.stage import Stage
from swarm.demo.world import World
from swarm.errors import DemoError, InputError
from swarm.labels import Labels


class Scene:
    """A stage with its world and doorman; `sent` remembers whom the doorman let in."""

    def __init__(self, labels: Labels, path: Path):
        self.path = path / "world.sock"
        self.world = World(labels, Pace(10), Random(1), lambda: 0.0)
        self.doorman = Doorman(labels, self.world, "room-1", alone_s=30.0)
        self.stage = Stage(self.world, self.doorman)
        self.sent: list[tuple[str, tuple[str, ...]]] = []

    async def __aenter__(self) -> "Scene":
        await self.stage.open(self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stage.close()

    def opened(self) -> None:
        self.doorman.send = lambda name, route: self.sent.append((name, route))

    async def ask(self, **request: str) -> None:
        await asyncio.to_thread(doorman.ask, self.path, request)


async def device(
    path: Path, node: str, word: str, heard: list[dict[str, Any]]
) -> tuple[simulation.World, "asyncio.Task[None]"]:
    """A service's own end of the line, connected."""
    connected = asyncio.Event()
    line = simulation.World(path, node, word, heard.append)
    task = asyncio.create_task(line.live(lambda why: connected.set() if why is None else None))
    await asyncio.wait_for(connected.wait(), 5)
    return line, task


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  the world has no event for it
            await asyncio.sleep(0.005)


def test_devices_hear_what_happens_in_their_zone_and_are_heard(sample: Labels, tmp_path: Path) -> None:
    async def story() -> None:
        async with Scene(sample, tmp_path) as scene:
            pir: list[dict[str, Any]] = []
            air: list[dict[str, Any]] = []
            _, presence = await device(scene.path, "pi-lobby", "presence", pir)
            scanner_line, scanner = await device(scene.path, "pi-lobby", "scanner", air)
            strip, guidance = await device(scene.path, "pi-lobby", "guidance", [])
            await until(lambda: pir == [{"pin": "GPIO4", "value": 0}])
            scanner_line.say(radio=True)
            strip.say(leds=[[255, 0, 0]], at=1.0)
            await until(lambda: scene.world.is_lit("entrance"))
            scene.world.send_in("bob", unknown_tag(b"bob"), ("entrance",), asyncio.get_running_loop().time())
            scene.stage.poke()
            await until(lambda: {"pin": "GPIO4", "value": 1} in pir and air)
            assert air[0]["advert"].keys() == {"address", "rssi", "services", "manufacturer"}
            guidance.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await guidance
            await until(lambda: not scene.world.is_lit("entrance"))
            presence.cancel()
            scanner.cancel()

    asyncio.run(story())


def test_garbage_on_the_socket_ends_that_line_only(sample: Labels, tmp_path: Path) -> None:
    async def story() -> None:
        async with Scene(sample, tmp_path) as scene:
            for garbage in (b"\xff\xfe\n", b"[1]\n", b"{}\n", b'{"node": "pi-lobby", "word": "guidance"}\n{"leds": [5]}\n'):
                reader, writer = await asyncio.open_unix_connection(str(scene.path))
                writer.write(garbage)
                assert await asyncio.wait_for(reader.read(), 5) == b""
                writer.close()
            pir: list[dict[str, Any]] = []
            _, task = await device(scene.path, "pi-lobby", "presence", pir)
            await until(lambda: pir)
            task.cancel()

    asyncio.run(story())


def test_doorman_lets_people_in_by_the_rest_of_the_way(sample: Labels, tmp_path: Path) -> None:
    async def story() -> None:
        async with Scene(sample, tmp_path) as scene:
            scene.opened()
            await scene.ask(send="bob", zone="corridor")
            await scene.ask(send="stranger", zone="entrance")
            assert scene.sent == [("bob", ("corridor", "room-1")), ("stranger", ("entrance", "corridor", "room-1"))]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"send": "mallory", "zone": "entrance"}, "nobody is called mallory; there are alice, bob"),
        ({"send": "bob", "zone": "cellar"}, "there is no zone cellar; there are entrance, corridor, room-1"),
        ({"send": "carl", "zone": "entrance"}, "carl is here already"),
        ({"leave": "bob"}, "bob is not here"),
    ],
)
def test_doorman_says_what_is_wrong(sample: Labels, tmp_path: Path, request_: dict[str, str], says: str) -> None:
    async def story() -> None:
        async with Scene(sample, tmp_path) as scene:
            scene.opened()
            scene.world.send_in("carl", unknown_tag(b""), ("entrance",), asyncio.get_running_loop().time())
            with pytest.raises(InputError, match=says):
                await scene.ask(**request_)
            assert scene.sent == []

    asyncio.run(story())


def test_whoever_has_just_left_is_not_let_in_and_others_are(sample: Labels, tmp_path: Path) -> None:
    async def story() -> None:
        async with Scene(sample, tmp_path) as scene:
            scene.opened()
            scene.world.send_in("bob", unknown_tag(b""), ("entrance",), asyncio.get_running_loop().time())
            await scene.ask(leave="bob")
            scene.world.step(0.0)
            with pytest.raises(InputError, match=r"bob has only just left, .* try again in 30 s"):
                await scene.ask(send="bob", zone="entrance")
            await scene.ask(send="carl", zone="entrance")
            assert [name for name, _ in scene.sent] == ["carl"]

    asyncio.run(story())


def test_nobody_is_let_in_while_the_story_is_told(sample: Labels, tmp_path: Path) -> None:
    async def story() -> None:
        async with Scene(sample, tmp_path) as scene:
            with pytest.raises(InputError, match="the demo's own people are still about"):
                await scene.ask(send="bob", zone="entrance")

    asyncio.run(story())


def test_asking_where_no_world_is_fails(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="the simulated world does not answer"):
        doorman.ask(tmp_path / "world.sock", {"leave": "bob"})
