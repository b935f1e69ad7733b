"""What is put on a node, under systemd's own programs: its units, and the way to pigpiod through a Unix socket."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nanoservices.presence.device import GpioSensor
from swarm.node.wishes import Options, wishes
from tests.interop.hardware.gpio_host import GpioHost
from tests.unit.patience import until

PROXY = Path("/usr/lib/systemd/systemd-socket-proxyd")
ROOT = Path(__file__).parents[3]


def need(path: str | None, what: str) -> None:
    if path is None or not Path(path).exists():
        why = f"{what} is absent: apt-get install systemd"
        if os.environ.get("CI"):
            raise AssertionError(why)
        pytest.skip(why)


@pytest.mark.parametrize("daemon", ["pigpiod", "bridge"])
def test_units_are_what_systemd_understands(daemon: str, tmp_path: Path) -> None:
    need(shutil.which("systemd-analyze"), "systemd-analyze")
    (tmp_path / "pigpiod.service").write_text("[Service]\nExecStart=/bin/false\n")  # its package's own
    units = []
    for wish in wishes(Options(gpio=daemon, kiosk="http://127.0.0.1:8080/"), {}).files:  # type: ignore[arg-type]
        name = wish.path.removeprefix("/etc/systemd/system/")
        if name != wish.path:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(
                wish.text.replace("/usr/bin/cage", "/bin/true").replace("/usr/bin/pigpiod", "/bin/true")
            )
            units += [name] if "/" not in name else []
    told = subprocess.run(
        ["systemd-analyze", "verify", *units, "pigpiod.service"],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (0, "")


@pytest.fixture
def way_to_pigpiod() -> Iterator[tuple[GpioHost, Path]]:
    """The double of pigpiod behind TCP, and systemd's proxy before it, as nanoswarm-gpio.socket has it started."""
    need(str(PROXY), PROXY.name)
    need(shutil.which("systemd-socket-activate"), "systemd-socket-activate")
    with TemporaryDirectory() as folder, closing(GpioHost(Path(folder) / "own")) as host:
        way = Path(folder) / "s"
        command = ["systemd-socket-activate", "--listen", str(way), str(PROXY), f"127.0.0.1:{host.port}"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as proxy:
            try:
                asyncio.run(until(way.exists))
                yield host, way
            finally:
                proxy.terminate()


def test_edges_come_through_the_socket_before_pigpiod_and_its_death_does_too(way_to_pigpiod: tuple[GpioHost, Path]) -> None:
    host, way = way_to_pigpiod

    async def story() -> None:
        motions: list[bool] = []
        troubles: list[str | None] = []
        sensor = GpioSensor("GPIO4", str(way), 0)
        watch = asyncio.create_task(sensor.watch(lambda moving, _at: motions.append(moving), troubles.append))
        await until(lambda: troubles == [None])
        host.drive(4, True)
        await until(lambda: motions == [False, True])
        host.kill()
        await until(lambda: len(troubles) == 2 and "is lost" in str(troubles[1]))
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await sensor.close()

    asyncio.run(story())


def test_bridge_needs_nothing_of_the_kit_and_says_what_is_missing_on_a_machine_that_is_no_pi(tmp_path: Path) -> None:
    shutil.copy(ROOT / "swarm/node/gpio_bridge.py", tmp_path)
    command = [sys.executable, "-I", "-S", str(tmp_path / "gpio_bridge.py"), "--socket", str(tmp_path / "s")]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert told.returncode == 1
    assert "lgpio" in told.stderr or "linux,revision" in told.stderr
