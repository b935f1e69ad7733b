import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from nanoservices.presence.device import GpioSensor, SimulatedSensor
from tests.unit.patience import until

PIN = "GPIO4"


class Listener:
    """Remembers what a sensor said."""

    def __init__(self) -> None:
        self.motions: list[bool] = []
        self.times: list[float] = []
        self.troubles: list[str | None] = []

    def motion_changed(self, moving: bool, at: float) -> None:
        self.motions.append(moving)
        self.times.append(at)

    def trouble(self, why: str | None) -> None:
        self.troubles.append(why)


@pytest.fixture
def factory() -> Iterator[Any]:
    factory = MockFactory()
    yield factory
    factory.reset()


async def watched(sensor: GpioSensor, listener: Listener, *levels: Any) -> None:
    """Watch while `levels` are driven one after the other."""
    watch = asyncio.create_task(sensor.watch(listener.motion_changed, listener.trouble))
    await asyncio.sleep(0)
    for drive in levels:
        drive()
    for _ in range(5):
        await asyncio.sleep(0)
    watch.cancel()
    await sensor.close()


def test_line_is_reported_as_it_is_at_start(factory: Any) -> None:
    listener = Listener()
    asyncio.run(watched(GpioSensor(PIN, "localhost", 0, factory), listener))
    assert (listener.motions, listener.troubles) == ([False], [None])


def test_motion_under_way_at_start_is_reported(factory: Any) -> None:
    listener = Listener()

    async def moving_already() -> None:
        sensor = GpioSensor(PIN, "localhost", 0, factory)
        await sensor._open()
        factory.pin(PIN).drive_high()
        await watched(sensor, listener)

    asyncio.run(moving_already())
    assert listener.motions == [True]


def test_pulse_shorter_than_a_turn_of_the_loop_is_both_its_edges(factory: Any) -> None:
    listener = Listener()
    pin = factory.pin(PIN)
    asyncio.run(watched(GpioSensor(PIN, "localhost", 0, factory), listener, pin.drive_high, pin.drive_low))
    assert listener.motions == [False, True, False]
    assert listener.times == sorted(listener.times)


def test_edge_counts_though_the_line_is_low_again_when_it_is_heard(factory: Any) -> None:
    listener = Listener()
    pin = factory.pin(PIN)
    pin._get_state = lambda: False
    asyncio.run(watched(GpioSensor(PIN, "localhost", 0, factory), listener, pin.drive_high))
    assert listener.motions == [False, True]


def test_daemon_that_is_not_there_is_named_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nanoservices.presence.device.RETRY_S", 0.001)
    listener = Listener()

    async def run() -> None:
        watch = asyncio.create_task(GpioSensor(PIN, "127.0.0.1", 1).watch(listener.motion_changed, listener.trouble))
        await until(lambda: len(listener.troubles) > 1)
        watch.cancel()

    asyncio.run(run())
    assert listener.troubles[0] == listener.troubles[1]
    assert listener.troubles[0] is not None and "127.0.0.1:1" in listener.troubles[0]
    assert listener.motions == []


def test_line_that_does_not_exist_is_a_trouble_that_names_it(factory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nanoservices.presence.device.RETRY_S", 30.0)
    listener = Listener()
    asyncio.run(watched(GpioSensor("GPIO99", "localhost", 0, factory), listener))
    assert listener.troubles[0] is not None and "GPIO99" in listener.troubles[0]


@pytest.mark.parametrize("message", [{}, {"pin": PIN}, {"pin": PIN, "value": "high"}, {"pin": "GPIO5", "value": 1}])
def test_simulated_sensor_ignores_what_is_not_about_its_line(message: dict[str, Any], tmp_path: Any) -> None:
    listener = Listener()
    sensor = SimulatedSensor(tmp_path / "world", "pi-lobby", PIN)
    sensor._motion = listener.motion_changed
    sensor._heard(message)
    sensor._heard({"pin": PIN, "value": 1})
    assert listener.motions == [True]
