"""The lab's simulated world, without a lab around it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nanoservices import simulation
from nanoservices.controller.__main__ import ControllerSettings
from swarm.demo import doorman
from swarm.errors import InputError, LabError
from swarm.lab import lookout, tasks
from swarm.lab.devices import LabPace, Surroundings, Unpeopled, surroundings
from swarm.lab.plan import Plan, plan
from swarm.lab.tasks import Task
from swarm.labels import Labels


@contextlib.asynccontextmanager
async def living(devices: Surroundings | Unpeopled, path: Path) -> AsyncIterator[Path]:
    socket = path / "world.sock"
    await devices.stage.open(socket)
    life = asyncio.create_task(devices.live())
    try:
        yield socket
        assert not life.done(), life.exception()
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        await devices.stage.close()


async def ask(socket: Path, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(doorman.ask, socket, request)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  the world has no event for it
            await asyncio.sleep(0.005)


def test_person_who_is_sent_in_raises_the_pir_of_that_node(sample: Labels, tmp_path: Path) -> None:
    async def scenario() -> None:
        heard: list[dict[str, Any]] = []
        async with living(Surroundings(plan(sample), sample), tmp_path) as socket:
            line = simulation.World(socket, "pi-lobby", "presence", heard.append)
            task = asyncio.create_task(line.live(lambda why: None))
            await until(lambda: {"pin": "GPIO4", "value": 0} in heard)
            await ask(socket, send="bob", zone="entrance")
            await until(lambda: {"pin": "GPIO4", "value": 1} in heard)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())


def test_no_controller_to_be_asked_is_said_once_however_often_it_is_looked_for(
    sample: Labels, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def nowhere(_: Plan, word: str) -> Task:
        looked.append(word)
        raise LabError("no task of controller runs")

    monkeypatch.setattr(tasks, "the", nowhere)
    monkeypatch.setattr(lookout, "RETRY_S", 0.01)

    async def scenario() -> None:
        async with living(Surroundings(plan(sample), sample), tmp_path) as socket:
            await ask(socket, send="bob", zone="entrance")
            await until(lambda: len(looked) > 3)
            await ask(socket, leave="bob")
            await until(lambda: "bob" in caplog.text)

    with caplog.at_level("INFO"):
        asyncio.run(scenario())
    assert caplog.text.count("no task of controller runs") == 1


def test_nobody_is_looked_for_while_nobody_is_about(sample: Labels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(tasks, "the", lambda _, word: looked.append(word))
    monkeypatch.setattr(lookout, "LOOK_S", 0.001)

    async def scenario() -> None:
        async with living(Surroundings(plan(sample), sample), tmp_path) as socket:
            for _ in range(3):
                await ask(socket, leave="everybody")

    asyncio.run(scenario())
    assert looked == []


def test_who_is_there_already_is_let_out_with_the_labs_own_command(sample: Labels, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with living(Surroundings(replace(plan(sample), nodes=()), sample), tmp_path) as socket:
            await ask(socket, send="bob", zone="entrance")
            with pytest.raises(InputError, match="nanoswarm lab leave bob"):
                await ask(socket, send="bob", zone="entrance")
            with pytest.raises(InputError, match=r"nobody there; let out bob"):
                await ask(socket, play=1)
            await ask(socket, leave="bob")

    asyncio.run(scenario())


def test_story_is_told_line_by_line_from_where_one_has_heard_it(sample: Labels, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with living(Surroundings(replace(plan(sample), nodes=()), sample), tmp_path) as socket:
            began = await ask(socket, play=1)
            assert not began["told"]
            while not (lines := (await ask(socket, story=0))["lines"]):
                pass
            assert lines == ["alice comes in at entrance"]
            assert (await ask(socket, story=1))["lines"] == []
            with pytest.raises(InputError, match="played already"):
                await ask(socket, play=1)

    asyncio.run(scenario())


def test_place_without_a_screen_has_devices_and_no_visitors(sample: Labels, tmp_path: Path) -> None:
    bare = replace(sample, nodes={name: node for name, node in sample.nodes.items() if name != "pi-room-1"})

    async def scenario() -> None:
        devices = surroundings(plan(bare), bare)
        assert isinstance(devices, Unpeopled)
        async with living(devices, tmp_path) as socket:
            with pytest.raises(InputError, match="no room has a screen"):
                await ask(socket, send="bob", zone="entrance")

    asyncio.run(scenario())


def test_people_know_how_long_the_controller_remembers_them() -> None:
    settings = ControllerSettings(node="server-1")
    assert LabPace().away_s == settings.away_s
    assert LabPace().alone_s > settings.away_s
