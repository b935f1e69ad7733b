import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from nanoservices.errors import Unavailable
from nanoservices.guidance import device as module
from nanoservices.guidance.device import GpioStrip
from tests.unit.patience import until

LEDS = (("GPIO17",), ("GPIO22", "GPIO23", "GPIO24"))
PINS = ("GPIO17", "GPIO22", "GPIO23", "GPIO24")
DARK = (0, 0, 0)


@pytest.fixture
def factory() -> Iterator[Any]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.reset()


def levels(factory: Any) -> list[float]:
    return [round(float(factory.pin(name).state), 2) for name in PINS]


def play(strip: GpioStrip, story: Callable[[list[str | None]], Awaitable[None]]) -> None:
    async def run() -> None:
        troubles: list[str | None] = []
        live = asyncio.create_task(strip.live(troubles.append))
        await until(lambda: bool(troubles))
        await story(troubles)
        live.cancel()

    asyncio.run(run())


def test_frame_is_on_the_lines_before_show_returns(factory: Any) -> None:
    strip = GpioStrip(LEDS, "localhost", 0, factory)

    async def story(troubles: list[str | None]) -> None:
        assert (troubles, levels(factory)) == ([None], [0, 0, 0, 0])
        strip.show(((255, 255, 255), (0, 51, 255)))
        assert levels(factory) == [1, 0, 0.2, 1]

    play(strip, story)


def test_strip_is_dark_when_it_is_closed(factory: Any) -> None:
    strip = GpioStrip(LEDS, "localhost", 0, factory)
    pins = [factory.pin(name) for name in PINS]

    async def story(_troubles: list[str | None]) -> None:
        strip.show(((255, 255, 255), (255, 255, 255)))
        await strip.close()
        assert [pin.state for pin in pins] == [0, 0, 0, 0]
        with pytest.raises(Unavailable):
            strip.show((DARK, DARK))

    play(strip, story)


def test_only_leds_that_change_are_written(factory: Any) -> None:
    strip = GpioStrip(LEDS, "localhost", 0, factory)

    async def story(_troubles: list[str | None]) -> None:
        strip.show(((255, 255, 255), DARK))
        written: list[str] = []
        for name in PINS:
            pin = factory.pin(name)
            write = pin._set_state
            pin._set_state = lambda value, name=name, write=write: (written.append(name), write(value))
        strip.show(((255, 255, 255), DARK))
        strip.show(((76, 76, 76), DARK))
        assert written == ["GPIO17"]

    play(strip, story)


def test_strip_that_is_not_open_shows_nothing_and_says_so() -> None:
    with pytest.raises(Unavailable, match="GPIO daemon"):
        GpioStrip(LEDS, "localhost", 0).show((DARK, DARK))


def test_daemon_that_is_not_there_is_named_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.001)
    strip = GpioStrip(LEDS, "127.0.0.1", 1)

    async def story(troubles: list[str | None]) -> None:
        await until(lambda: len(troubles) > 1)
        assert troubles[0] is not None and "127.0.0.1:1" in troubles[0]
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
            strip.show((DARK, DARK))

    play(strip, story)


def test_line_used_twice_is_a_trouble_that_names_it_and_leaves_no_line_open(factory: Any) -> None:
    strip = GpioStrip((("GPIO17",), ("GPIO17",)), "localhost", 0, factory)

    async def story(troubles: list[str | None]) -> None:
        assert troubles[0] is not None and "GPIO17" in troubles[0]
        assert strip._devices == []

    play(strip, story)


def test_strip_that_fails_is_opened_anew_and_dark(factory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    strip = GpioStrip(LEDS, "localhost", 0, factory)
    again = MockFactory(pin_class=MockPWMPin)

    def fail(value: Any) -> None:
        raise OSError("the daemon is gone")

    async def story(troubles: list[str | None]) -> None:
        factory.pin("GPIO17")._set_state = fail
        with pytest.raises(Unavailable, match="the daemon is gone"):
            strip.show(((255, 255, 255), DARK))
        strip._factory = again  # what pigpio's own would be made anew for
        await until(lambda: len(troubles) > 1)
        strip.show(((255, 255, 255), DARK))
        assert levels(again) == [1, 0, 0, 0]

    play(strip, story)
    again.reset()
