import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from nanoservices import simulation
from nanoservices.errors import SettingsError
from nanoservices.simulation import World
from tests.unit.patience import until


class FakeWorld:
    """The other end of the line: remembers what was said to it, on every line there was."""

    def __init__(self, path: Path):
        self.path = path
        self.said: list[list[dict[str, Any]]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines: list[dict[str, Any]] = []
        self.said.append(lines)
        self._writers.append(writer)
        while line := await reader.readline():
            lines.append(json.loads(line))

    def say(self, data: bytes) -> None:
        self._writers[-1].write(data)

    def hang_up(self) -> None:
        self._writers[-1].close()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0)


class Device:
    """Remembers what its line brought."""

    def __init__(self, path: Path):
        self.heard: list[dict[str, Any]] = []
        self.states: list[str | None] = []
        self.line = World(path, "pi-lobby", "scanner", self.heard.append)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "RETRY_S", 0.002)


def play(tmp_path: Path, story: Callable[[FakeWorld, Device], Awaitable[None]], *, world_is_there: bool = True) -> Device:
    async def run() -> Device:
        world, device = FakeWorld(tmp_path / "world"), Device(tmp_path / "world")
        if world_is_there:
            await world.open()
        live = asyncio.create_task(device.line.live(device.states.append))
        try:
            await story(world, device)
            assert not live.done()
        finally:
            live.cancel()
            await asyncio.gather(live, return_exceptions=True)
            await world.close()
        return device

    return asyncio.run(run())


def test_device_says_who_it_is_first(tmp_path: Path) -> None:
    async def story(world: FakeWorld, device: Device) -> None:
        await until(lambda: device.states == [None])
        device.line.say(radio=True)
        await until(lambda: world.said == [[{"node": "pi-lobby", "word": "scanner"}, {"radio": True}]])

    play(tmp_path, story)


def test_world_that_is_not_there_is_named_and_waited_for(tmp_path: Path) -> None:
    async def story(world: FakeWorld, device: Device) -> None:
        await until(lambda: len(device.states) > 1)
        await world.open()
        await until(lambda: device.states[-1] is None)

    device = play(tmp_path, story, world_is_there=False)
    assert device.states[0] is not None and str(tmp_path / "world") in device.states[0]


def test_newest_of_each_kind_is_repeated_when_the_line_comes_back(tmp_path: Path) -> None:
    async def story(world: FakeWorld, device: Device) -> None:
        await until(lambda: device.states == [None])
        for leds in ([1], [2]):
            device.line.say(leds=leds)
        device.line.say(radio=True)
        await until(lambda: len(world.said) == 1 and len(world.said[0]) == 4)
        world.hang_up()
        await until(lambda: len(world.said) == 2 and len(world.said[1]) == 3)
        assert world.said[1][1:] == [{"leds": [2]}, {"radio": True}]

    device = play(tmp_path, story)
    why = device.states[1]
    assert (device.states[0], device.states[2]) == (None, None)
    assert why is not None and "broke" in why


@pytest.mark.parametrize("garbage", [b"\n", b"{\n", b"\xff\xfe\n", b"[1]\n", b"null\n", b'"pin"\n'])
def test_line_that_is_no_object_is_ignored_and_the_next_is_heard(tmp_path: Path, garbage: bytes) -> None:
    async def story(world: FakeWorld, device: Device) -> None:
        await until(lambda: device.states == [None])
        await until(lambda: len(world.said) == 1)
        world.say(garbage + b'{"pin": "GPIO4", "value": 1}\n')
        await until(lambda: len(device.heard) > 0)

    assert play(tmp_path, story).heard == [{"pin": "GPIO4", "value": 1}]


def test_line_without_an_end_is_hung_up_on(tmp_path: Path) -> None:
    async def story(world: FakeWorld, device: Device) -> None:
        await until(lambda: len(world.said) == 1)
        world.say(b"x" * 200_000)
        await until(lambda: len(world.said) == 2)

    play(tmp_path, story)


def test_simulated_device_without_a_world_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="NANO_WORLD"):
        World(None, "pi-lobby", "scanner", lambda message: None)
