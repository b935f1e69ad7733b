"""presence and guidance over gpiozero's own pigpio client, with a GPIO daemon that dies and hangs."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from nanoservices import clock
from nanoservices.errors import Unavailable
from nanoservices.guidance import device as guidance
from nanoservices.guidance.device import GpioStrip
from nanoservices.presence import device as presence
from nanoservices.presence.device import GpioSensor
from tests.interop.hardware.gpio_host import GpioHost
from tests.unit.patience import until

PIR = 4
LEDS = (("GPIO17",), ("GPIO22", "GPIO23", "GPIO24"))
DARK, WHITE = (0, 0, 0), (255, 255, 255)


class Pi(GpioHost):
    def __init__(self, folder: Path):
        super().__init__(folder / "pigpiod.sock")
        self.motions: list[tuple[bool, float]] = []
        self.troubles: list[str | None] = []
        self.sensor = GpioSensor("GPIO4", str(self.socket), 0)

    def watch(self) -> "asyncio.Task[None]":
        return asyncio.create_task(
            self.sensor.watch(lambda moving, at: self.motions.append((moving, at)), self.troubles.append)
        )

    @property
    def levels(self) -> list[bool]:
        return [moving for moving, _ in self.motions]


def play(story: Callable[[Pi], Awaitable[None]]) -> None:
    async def run(pi: Pi) -> None:
        try:
            async with asyncio.timeout(15):
                await story(pi)
        finally:
            await pi.sensor.close()

    before = set(threading.enumerate())
    with TemporaryDirectory() as folder:
        pi = Pi(Path(folder))
        try:
            asyncio.run(run(pi))
        finally:
            pi.close()
    patience = time.monotonic() + 2
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < patience, left
        time.sleep(0.01)


def test_edges_are_told_as_they_come_and_motion_under_way_at_the_start_too() -> None:
    async def story(pi: Pi) -> None:
        pi.drive(PIR, True)
        await asyncio.sleep(0.02)
        watch = pi.watch()
        await until(lambda: pi.troubles == [None])
        assert pi.levels == [True]
        for level in (False, True, False):
            pi.drive(PIR, level)
            await until(lambda level=level: pi.levels[-1] == level)  # type: ignore[misc]
        assert pi.levels == [True, False, True, False]
        watch.cancel()

    play(story)


def test_daemon_is_reached_over_tcp_as_well() -> None:
    async def story(pi: Pi) -> None:
        pi.sensor = GpioSensor("GPIO4", "127.0.0.1", pi.port)
        watch = pi.watch()
        await until(lambda: pi.troubles == [None])
        pi.drive(PIR, True)
        await until(lambda: pi.levels == [False, True])
        watch.cancel()

    play(story)


@pytest.mark.parametrize("fate", ["dies", "hangs"])
def test_daemon_that_is_lost_ends_the_watch_within_two_seconds(fate: str) -> None:
    async def story(pi: Pi) -> None:
        watch = pi.watch()
        await until(lambda: pi.troubles == [None])
        began = clock.monotonic()
        if fate == "dies":
            pi.kill()
        else:
            pi.daemon.hangs = True
        await until(lambda: len(pi.troubles) > 1)
        noticed_s = clock.monotonic() - began
        with pytest.raises(Unavailable, match="lost"):
            await watch
        assert noticed_s < 2.0
        assert pi.troubles[1] is not None and str(pi.socket) in pi.troubles[1]

    play(story)


def test_daemon_that_is_lost_leaves_no_thread_that_spins() -> None:
    async def story(pi: Pi) -> None:
        watch = pi.watch()
        await until(lambda: pi.troubles == [None])
        pi.kill()
        with pytest.raises(Unavailable):
            await watch
        began = time.process_time()
        await asyncio.sleep(0.3)
        assert time.process_time() - began < 0.15  # one that spins takes all of it

    play(story)


@pytest.mark.parametrize(("pin", "why"), [("GPIO99", "GPIO99"), ("GPIO4", "no permission")])
def test_line_that_is_not_there_or_taken_is_named(pin: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "RETRY_S", 0.01)

    async def story(pi: Pi) -> None:
        pi.daemon.taken = frozenset({PIR})
        pi.sensor = GpioSensor(pin, str(pi.socket), 0)
        watch = pi.watch()
        await until(lambda: len(pi.troubles) > 2)
        assert pi.troubles[0] is not None and pin in pi.troubles[0] and why in pi.troubles[0]
        watch.cancel()

    play(story)


def lit(pi: Pi) -> list[float]:
    return [round(pi.daemon.lit(line), 2) for line in (17, 22, 23, 24)]


async def shining(pi: Pi) -> tuple[GpioStrip, "asyncio.Task[None]", list[Any]]:
    strip = GpioStrip(LEDS, str(pi.socket), 0)
    troubles: list[Any] = []
    live = asyncio.create_task(strip.live(troubles.append))
    await until(lambda: troubles == [None])
    assert lit(pi) == [0, 0, 0, 0]
    strip.show((WHITE, (0, 51, 255)))
    assert lit(pi) == [1, 0, 0.2, 1]
    return strip, live, troubles


def test_strip_shows_colours_before_show_returns_and_is_dark_when_it_is_closed() -> None:
    async def story(pi: Pi) -> None:
        strip, live, _ = await shining(pi)
        await strip.close()
        assert lit(pi) == [0, 0, 0, 0]
        live.cancel()

    play(story)


def test_strip_that_was_left_lit_by_a_killed_process_is_dark_when_the_next_one_opens_it() -> None:
    async def story(pi: Pi) -> None:
        strip, live, _ = await shining(pi)
        live.cancel()
        for line in strip._connection._lines:  # type: ignore[union-attr]
            line.close()  # as the kernel does
        assert lit(pi) == [1, 0, 0.2, 1]
        successor = GpioStrip(LEDS, str(pi.socket), 0)
        await successor._open()
        assert lit(pi) == [0, 0, 0, 0]
        await successor.close()

    play(story)


@pytest.mark.parametrize("fate", ["dies", "hangs"])
def test_strip_notices_a_lost_daemon_with_nothing_to_show_and_shines_on_the_next(
    fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guidance, "RETRY_S", 0.05)

    async def story(pi: Pi) -> None:
        strip, live, troubles = await shining(pi)
        if fate == "hangs":
            pi.daemon.hangs = True
            await until(lambda: len(troubles) > 1)
        pi.kill()
        await until(lambda: len(troubles) > 1)
        with pytest.raises(Unavailable):
            strip.show((DARK, DARK))
        pi.returns()
        await until(lambda: troubles[-1] is None and len(troubles) > 1)
        strip.show((WHITE, DARK))
        assert lit(pi) == [1, 0, 0, 0]
        await strip.close()
        live.cancel()

    play(story)
