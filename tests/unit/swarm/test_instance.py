"""Processes of the demo: started again when they die, ended with us, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from swarm.demo import environment, instance
from swarm.demo.environment import Given
from swarm.demo.instance import Instance
from swarm.demo.pace import Pace

GIVEN = Given(Pace(2), "coap://127.0.0.1:1", "coap://127.0.0.1:2", Path("w"), Path("token"), Path("credential"), Path("seal"))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment in which `nanoservices.sleeper` sleeps, `.deaf` does so against SIGTERM, and `.broken` cannot start."""
    folder = tmp_path / "nanoservices"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    ready = "print('up', flush=True); time.sleep(60)"
    (folder / "sleeper.py").write_text(f"import time; {ready}")
    (folder / "deaf.py").write_text(f"import signal, time; signal.signal(15, signal.SIG_IGN); {ready}")
    (folder / "broken.py").write_text("import sys; sys.exit('broken: no such pin')")
    monkeypatch.setattr(instance, "RESTART_S", 0.01)
    monkeypatch.setattr(instance, "GRACE_S", 0.1)
    return {"PYTHONPATH": str(tmp_path), "PATH": os.defpath, "PYTHONSAFEPATH": "1"}


def made(word: str, tmp_path: Path, env: dict[str, str]) -> Instance:
    return Instance(word, "pi-1", 1, 2, env, tmp_path / f"{word}.log")


async def until_up(it: Instance, times: int = 1) -> int:
    async with asyncio.timeout(10):
        while not (it.log.exists() and it.log.read_text().count("up") >= times and it.pid):  # noqa: ASYNC110  a log file
            await asyncio.sleep(0.01)
    assert it.pid is not None
    return it.pid


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_killed_one_is_started_again_and_stopping_ends_it(house: dict[str, str], tmp_path: Path) -> None:
    async def story() -> None:
        it = made("sleeper", tmp_path, house)
        it.start()
        first = await until_up(it)
        os.kill(first, signal.SIGKILL)
        second = await until_up(it, times=2)
        assert second != first
        assert it.deaths == [-signal.SIGKILL]
        assert (it.rss_mb() or 0) > 1
        await it.stop()
        assert not is_alive(second)
        assert it.pid is None

    asyncio.run(story())


def test_one_that_is_deaf_to_sigterm_is_killed(house: dict[str, str], tmp_path: Path) -> None:
    async def story() -> None:
        it = made("deaf", tmp_path, house)
        it.start()
        pid = await until_up(it)
        async with asyncio.timeout(10):
            await it.stop()
        assert not is_alive(pid)

    asyncio.run(story())


def test_one_that_cannot_start_leaves_its_last_lines(house: dict[str, str], tmp_path: Path) -> None:
    async def story() -> None:
        it = made("broken", tmp_path, house)
        it.start()
        async with asyncio.timeout(10):
            while len(it.deaths) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await it.stop()
        assert it.deaths[0] == 1
        assert it.last_lines(1) == ["broken: no such pin"]

    asyncio.run(story())


def test_when_we_are_killed_they_die_too(house: dict[str, str], tmp_path: Path) -> None:
    ours = textwrap.dedent(f"""
        import asyncio
        from pathlib import Path
        from swarm.demo.instance import Instance
        async def main():
            it = Instance("sleeper", "pi-1", 1, 2, {house!r}, Path({str(tmp_path / "sleeper.log")!r}))
            it.start()
            while not (it.log.exists() and "up" in it.log.read_text()):
                await asyncio.sleep(0.01)
            print(it.pid, flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """)
    with subprocess.Popen([sys.executable, "-c", ours], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    for _ in range(500):
        if not is_alive(child):
            return
        subprocess.run(["sleep", "0.01"], check=True)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("a service outlived the demo")


def test_each_word_gets_its_settings_and_a_seventh_the_general_ones() -> None:
    def names(word: str) -> set[str]:
        told = environment.settings(word, "pi-1", 5, 6, Path("place"), Path("data"), GIVEN)
        return {name.removeprefix("NANO_") for name in told}

    assert names("lamp") == set(environment.GENERAL)
    assert names("presence") == {*environment.GENERAL, "PINS", "WORLD", "HOLD_S", "CHATTER_S"}
    assert "ADMIN_TOKEN_FILE" in names("auth")
    assert not {name for word in environment.MORE for name in names(word)} & {"ADMIN_TOKEN", "ROOM_CREDENTIAL"}


def test_settings_meant_for_another_instance_are_not_passed_on() -> None:
    assert environment.inherited({"NANO_PORT": "1", "PATH": "/bin"}) == {"PATH": "/bin"}


def test_stopped_while_it_is_being_spawned_it_is_gone_when_stop_returns(house: dict[str, str], tmp_path: Path) -> None:
    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    async def story() -> None:
        before = children()
        it = made("sleeper", tmp_path, house)
        it.start()
        await asyncio.sleep(0)  # there is a process, and nobody has been told yet
        assert it.pid is None
        assert children() > before
        await it.stop()
        assert children() == before

    asyncio.run(story())


def test_one_that_cannot_be_spawned_says_so_when_it_is_looked_at(house: dict[str, str], tmp_path: Path) -> None:
    async def story() -> None:
        it = made("sleeper", tmp_path / "no-such-folder", house)
        it.start()
        it.check()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(FileNotFoundError):
            it.check()
        await it.stop()

    asyncio.run(story())
