"""The GPIO daemon for a Pi 5: its protocol half under gpiozero's own client, and over the services' own devices."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nanoservices import gpio
from nanoservices.errors import Unavailable
from nanoservices.guidance.device import GpioStrip
from nanoservices.presence.device import GpioSensor
from swarm.node import gpio_bridge
from tests.unit.patience import until

PI_5 = 0xD04170
PIR, LED, RGB = 4, 17, (22, 23, 24)


class KernelLines:
    """The kernel's half, remembered: what each line is, and shows."""

    def __init__(self, taken: frozenset[int] = frozenset()):
        self.taken = taken  # by a driver of the kernel
        self.levels = dict.fromkeys(range(gpio_bridge.LINES), 0)
        self.listening: dict[int, tuple[int, Callable[[int, int], object]]] = {}
        self.shows: dict[int, float] = {}  # driven, and how much of the time they are on

    def listen(self, line: int, pull: int, changed: Callable[[int, int], object]) -> None:
        self._must_be_free(line)
        self.shows.pop(line, None)
        self.listening[line] = (pull, changed)

    def drive(self, line: int, level: int) -> None:
        self._must_be_free(line)
        self.listening.pop(line, None)
        self.shows[line] = level

    def pulse(self, line: int, hertz: int, share: float) -> None:
        assert line in self.shows and 1 <= hertz <= 10_000
        self.shows[line] = share

    def read(self, line: int) -> int:
        return self.levels[line]

    def free(self, line: int) -> None:
        self.listening.pop(line, None)
        self.shows.pop(line, None)

    def edge(self, line: int, level: int) -> None:
        """From outside, as the kernel tells it."""
        self.levels[line] = level
        if line in self.listening:
            self.listening[line][1](line, level)

    def _must_be_free(self, line: int) -> None:
        if line in self.taken:
            raise OSError("GPIO busy")


class Host:
    def __init__(self, socket: Path, lines: KernelLines):
        self.socket, self.lines = socket, lines
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(gpio_bridge.listen(socket, lines, PI_5))
        self._thread = threading.Thread(target=self.loop.run_forever, name="gpio-bridge", daemon=True)
        self._thread.start()

    def close(self) -> None:
        async def end() -> None:
            self.server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


@pytest.fixture
def host() -> Iterator[Host]:
    with TemporaryDirectory() as folder, closing(Host(Path(folder) / "s", KernelLines(frozenset({5})))) as bridge:
        yield bridge


def strip(host: Host) -> GpioStrip:
    return GpioStrip(((f"GPIO{LED}",), tuple(f"GPIO{line}" for line in RGB)), str(host.socket), 0)


def test_edges_reach_presence_and_motion_under_way_at_its_start_too(host: Host) -> None:
    async def story() -> None:
        host.lines.levels[PIR] = 1
        motions: list[bool] = []
        sensor = GpioSensor(f"GPIO{PIR}", str(host.socket), 0)
        watch = asyncio.create_task(sensor.watch(lambda moving, _at: motions.append(moving), lambda why: None))
        await until(lambda: motions == [True])
        for level in (0, 1, 0):
            host.lines.edge(PIR, level)
            await until(lambda level=level: motions[-1] == bool(level))  # type: ignore[misc]
        assert motions == [True, False, True, False]
        watch.cancel()
        await sensor.close()

    asyncio.run(story())


def test_strip_shines_in_its_colours_and_is_dark_and_free_once_it_is_closed(host: Host) -> None:
    async def story() -> None:
        lights = strip(host)
        troubles: list[str | None] = []
        live = asyncio.create_task(lights.live(troubles.append))
        await until(lambda: troubles == [None])
        lights.show(((255, 255, 255), (255, 0, 51)))
        shown = [host.lines.shows[line] for line in (LED, *RGB)]
        assert shown == [1, 1, 0, pytest.approx(0.2, abs=0.01)]
        live.cancel()
        await lights.close()
        await until(lambda: not any(host.lines.shows.values()))

    asyncio.run(story())


def test_what_a_client_lit_that_was_killed_is_put_out(host: Host) -> None:
    async def story() -> None:
        lights = strip(host)
        live = asyncio.create_task(lights.live(lambda why: None))
        await until(lambda: bool(lights._devices))
        lights.show(((255, 255, 255), (0, 0, 0)))
        assert host.lines.shows[LED] == 1
        assert lights._connection is not None
        for line in lights._connection._lines:
            line._socket.shutdown(socket.SHUT_RDWR)  # as the kernel does for a process that is gone
        await until(lambda: not host.lines.shows.get(LED))
        live.cancel()
        await lights.close()

    asyncio.run(story())


def test_line_of_another_client_or_of_the_kernel_is_refused_and_the_first_keeps_it(host: Host) -> None:
    async def story() -> None:
        sensor = GpioSensor(f"GPIO{PIR}", str(host.socket), 0)
        await sensor._open()
        for pin in (f"GPIO{PIR}", "GPIO5"):
            other = GpioSensor(pin, str(host.socket), 0)
            with pytest.raises(Unavailable, match=f"{pin} cannot be used"):
                await other._open()
        motions: list[bool] = []
        sensor._follow(lambda moving, _at: motions.append(moving))
        host.lines.edge(PIR, 1)
        await until(lambda: motions == [False, True])
        await sensor.close()
        await until(lambda: PIR not in host.lines.listening)

    asyncio.run(story())


def test_line_may_be_read_by_who_does_not_have_it(host: Host) -> None:
    async def story() -> None:
        sensor = GpioSensor(f"GPIO{PIR}", str(host.socket), 0)
        await sensor._open()
        connection = await gpio.connect(str(host.socket), 0)
        host.lines.edge(PIR, 1)
        assert connection.factory.connection.read(PIR) == 1
        gpio.release(connection, connection.factory)
        assert PIR in host.lines.listening
        await sensor.close()

    asyncio.run(story())


def test_nonsense_ends_its_own_connection_and_no_other(host: Host) -> None:
    async def story() -> None:
        sensor = GpioSensor(f"GPIO{PIR}", str(host.socket), 0)
        await sensor._open()
        for nonsense in (b"\xff" * 16, b"GET / HTTP/1.1\r\n\r\n", bytes(15)):
            with socket.socket(socket.AF_UNIX) as stranger:
                stranger.settimeout(5)
                stranger.connect(str(host.socket))
                stranger.sendall(nonsense)
                stranger.shutdown(socket.SHUT_WR)
                with suppress(ConnectionError):
                    while stranger.recv(64):
                        continue
        assert sensor._line.value == 0
        await sensor.close()

    asyncio.run(story())


def test_socket_is_its_owners_and_its_groups(host: Host) -> None:
    assert host.socket.stat().st_mode & 0o777 == 0o660
