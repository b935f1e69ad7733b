"""The probes that run inside of tasks: each thing that can be wrong is named, over real sockets and a real bus."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nanoservices import gpio_probe, probing
from nanoservices.scanner import probe as ble_probe
from swarm.doubles import bus as buses
from swarm.doubles.adapter import Broadcast
from swarm.doubles.bluez import BlueZ
from tests.interop.hardware.air import RING
from tests.interop.hardware.gpio_host import GpioHost
from tests.unit.patience import until

NOBODY = 65534


@pytest.fixture
def pi() -> Iterator[GpioHost]:
    with TemporaryDirectory() as folder, closing(GpioHost(Path(folder) / "gpio.sock")) as host:
        yield host


def gpio(pi: GpioHost, *lines: str, use: gpio_probe.Use = "input") -> list[tuple[str, str | None]]:
    return [(found.about, found.fault) for found in gpio_probe.probe(str(pi.socket), 0, lines, use)]


def test_lines_that_are_as_they_should_be_are_proved_and_left_alone(pi: GpioHost) -> None:
    pi.drive(4, True)
    assert gpio(pi, "GPIO4") == [("GPIO4", None)]
    assert "reads 1" in gpio_probe.probe(str(pi.socket), 0, ["GPIO4"], "input")[0].says
    assert pi.daemon.writes == 0 and pi.daemon.mode(4) == 0
    assert gpio_probe.probe("127.0.0.1", pi.port, ["GPIO4"], "input")[0].fault is None


def test_line_that_is_not_there_or_is_something_else_is_named(pi: GpioHost) -> None:
    pi.daemon._set_mode(17, 1)
    assert gpio(pi, "GPIO4", "GPIO60", "GPIO17") == [("GPIO4", None), ("GPIO60", "line"), ("GPIO17", "line")]
    assert gpio(pi, "GPIO17", "GPIO27", use="output") == [("GPIO17", None), ("GPIO27", "line")]


def test_daemon_that_died_hangs_or_was_never_there_and_a_folder_that_is_not_mounted_are_told_apart(pi: GpioHost) -> None:
    pi.daemon.hangs = True
    assert gpio(pi, "GPIO4") == [(str(pi.socket), "daemon")]
    pi.kill()
    assert gpio(pi, "GPIO4") == [(str(pi.socket), "daemon")]
    pi.socket.unlink(missing_ok=True)
    (found,) = gpio_probe.probe(str(pi.socket), 0, ["GPIO4"], "input")
    assert found.fault == "daemon" and "nobody listens in it" in found.says
    (found,) = gpio_probe.probe("/nowhere/gpio/pigpiod.sock", 0, ["GPIO4"], "input")
    assert found.fault == "socket" and "not mounted" in found.says


def as_nobody(folder: Path, *words: str) -> str:
    """What a probe says to a user that is nobody here; skipped where we cannot become one."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else: run it as root")
    folder.chmod(0o755)
    program = "import os, sys; from nanoservices import gpio_probe, probing; "
    program += "os.setgroups([]); os.setgid(65534); os.setuid(65534); "
    program += "probing.tell(gpio_probe.probe(sys.argv[1], 0, ['GPIO4'], 'input'))"
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False).stdout


def test_socket_that_is_not_for_the_tasks_user_is_named_with_that_user(pi: GpioHost) -> None:
    pi.socket.chmod(0o660)
    said = as_nobody(pi.socket.parent, str(pi.socket))
    assert '"fault": "uid"' in said and f"uid {NOBODY}" in said


def test_who_may_by_its_mode_and_may_not_all_the_same_is_apparmors(monkeypatch: pytest.MonkeyPatch, pi: GpioHost) -> None:
    monkeypatch.setattr(probing, "confinement", lambda: "docker-default")
    pi.socket.chmod(0o666)
    found = probing.unreachable(pi.socket, PermissionError(13, "Permission denied"), "the GPIO daemon", "")
    assert found.fault == "apparmor" and "docker-default" in found.says


@pytest.mark.parametrize(
    ("said", "profile"),
    [
        ("docker-default (enforce)\n", "docker-default"),
        ("unconfined\n", None),
        ("docker-default (complain)\n", None),
        ("", None),
    ],
)
def test_profile_counts_when_it_is_enforced(tmp_path: Path, said: str, profile: str | None) -> None:
    (tmp_path / "current").write_text(said)
    assert probing.confinement(tmp_path / "current") == profile
    assert probing.confinement(tmp_path / "absent") is None


# --- BLE


def on_the_bus(story: Callable[[buses.Bus, BlueZ], Awaitable[None]]) -> None:
    if not buses.INSTALLED:
        if os.environ.get("CI"):
            raise AssertionError(buses.ABSENT)
        pytest.skip(buses.ABSENT)

    async def run() -> None:
        with TemporaryDirectory() as folder:
            bus = buses.Bus(Path(folder))
            await bus.start()
            bluez = BlueZ(bus.address)
            await bluez.start()
            try:
                async with asyncio.timeout(15):
                    await story(bus, bluez)
            finally:
                await bluez.kill()
                await bus.kill()

    asyncio.run(run())


async def ble(bus: buses.Bus, adapter: str = "hci0", seconds: float = 0.2) -> tuple[str, str | None]:
    found = await ble_probe.probe(bus.address, adapter, seconds)
    return found.about, found.fault


def test_adverts_that_flow_are_counted_and_the_radio_is_off_again() -> None:
    async def story(bus: buses.Bus, bluez: BlueZ) -> None:
        probing_now = asyncio.create_task(ble_probe.probe(bus.address, "hci0", 0.5))
        await until(lambda: bluez.adapter.is_discovering)
        await bluez.advertise(RING)
        await bluez.advertise(Broadcast("C0:00:00:00:00:02", -70))
        found = await probing_now
        assert found.fault is None and "heard 2 devices" in found.says
        assert not bluez.adapter.is_discovering

    on_the_bus(story)


def test_silence_an_adapter_that_is_off_and_one_that_is_not_there_are_told_apart() -> None:
    async def story(bus: buses.Bus, bluez: BlueZ) -> None:
        assert await ble(bus) == ("hci0", "silence")
        assert await ble(bus, "hci7") == ("hci7", "adapter")
        await bluez.power(False)
        assert await ble(bus) == ("hci0", "power")

    on_the_bus(story)


def test_bluetoothd_that_hangs_or_is_dead_and_a_bus_that_is_dead_or_not_mounted_are_told_apart() -> None:
    async def story(bus: buses.Bus, bluez: BlueZ) -> None:
        bluez.hangs = True
        assert await ble(bus) == ("hci0", "daemon")
        await bluez.kill()
        assert await ble(bus) == ("hci0", "daemon")
        await bus.kill()
        assert await ble(bus) == (str(bus.socket), "daemon")
        found = await ble_probe.probe("unix:path=/nowhere/dbus/system_bus_socket", "hci0", 1)
        assert found.fault == "socket"

    on_the_bus(story)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("An AppArmor policy prevents this sender from sending this message", "apparmor"), ("Rejected send message", "uid")],
)
def test_call_that_is_forbidden_is_apparmors_or_the_users(text: str, fault: str) -> None:
    found = ble_probe._named("AccessDenied", text, "hci0")
    assert found.fault == fault


def test_bus_that_hangs_up_on_a_user_it_does_not_know_is_said_so() -> None:
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        path = Path(folder) / "system_bus_socket"
        server.bind(str(path))
        server.listen()

        def reject() -> None:
            with server.accept()[0] as client:
                client.recv(1)  # its greeting; then it is hung up on

        thread = threading.Thread(target=reject)
        thread.start()
        found = asyncio.run(ble_probe.probe(f"unix:path={path}", "hci0", 1))
        thread.join()
    assert found.fault == "uid"
