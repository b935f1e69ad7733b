"""Nodes of a lab with hardware as on a Pi: a D-Bus with a bluetoothd, and a GPIO daemon, behind the very same sockets.

Each node's engine sees mounts of its own, so each gets its own /run/dbus and /run/nanoswarm/gpio. The daemons are doubles,
except the bus, which is the real one.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from swarm.doubles import bus
from swarm.lab.plan import SHARED
from tests.lab.conftest import ROOT
from tests.lab.room import state_of_the_lab, until

GPIO, DBUS = Path("/run/nanoswarm/gpio"), Path("/run/dbus")
TASKS = "nanoswarm:x:10001:10001::/:/usr/sbin/nologin"  # what `nanoswarm node prepare` makes known to a node
_AS_PREPARED = 'mount --bind "$0" /etc/passwd && exec "$@"'


class Hardware:
    """Of one node. `lights` is what its LEDs show now, by line."""

    def __init__(self, node: str, folder: Path, stack: ExitStack):
        self.node, self.folder, self._stack = node, folder, stack
        self.lights: dict[str, float] = {}
        for name in ("dbus", "gpio"):
            (folder / name).mkdir(parents=True)
            (folder / name).chmod(0o755)
        self._bus = self._begin("dbus", *self._bus_command())
        until((folder / "dbus/system_bus_socket").exists, f"{node}: a bus")
        self.bluez = self._begin("bluez", *self._double("bluez", "--bus", f"unix:path={folder}/dbus/system_bus_socket"))
        self.gpio = self._begin("gpio", *self._double("pigpiod", "--socket", str(folder / "gpio/pigpiod.sock")))
        until((folder / "gpio/pigpiod.sock").exists, f"{node}: a GPIO daemon")
        (folder / "gpio/pigpiod.sock").chmod(0o666)
        threading.Thread(target=self._follow, daemon=True).start()
        self._mounted()

    def _double(self, name: str, *words: str) -> list[str]:
        return [sys.executable, "-m", f"swarm.doubles.{name}", *words]

    def _bus_command(self) -> list[str]:
        double = bus.Bus(self.folder / "dbus")
        double.write_config()
        passwd = self.folder / "passwd"
        passwd.write_text(Path("/etc/passwd").read_text().rstrip("\n") + f"\n{TASKS}\n")
        return ["unshare", "--mount", "sh", "-c", _AS_PREPARED, str(passwd), *double.command]

    def _begin(self, name: str, *command: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

        def end() -> None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

        self._stack.callback(end)
        return process

    def _mounted(self) -> None:
        """In the mounts of the node's engine, and so in its tasks."""
        engine = str(state_of_the_lab().the(self.node).pid)
        (SHARED / "gpio").mkdir(exist_ok=True)
        DBUS.mkdir(exist_ok=True)
        for source, target in ((self.folder / "gpio", GPIO), (self.folder / "dbus", DBUS)):
            inside = ["nsenter", "--mount", "--target", engine]
            subprocess.run([*inside, "mount", "--bind", str(source), str(target)], check=True)
            self._stack.callback(subprocess.run, [*inside, "umount", "--lazy", str(target)], check=False)

    def _follow(self) -> None:
        assert self.gpio.stdout is not None
        for line in self.gpio.stdout:
            name, _, share = line.partition(" ")
            self.lights[name] = float(share)

    def moves(self, pir: str = "GPIO4") -> None:
        """Somebody passes the PIR."""
        self._say(self.gpio, f"{pir} 1")
        self._say(self.gpio, f"{pir} 0")

    def advertise(self, address: str, services: dict[str, str]) -> None:
        self._say(self.bluez, json.dumps({"address": address, "rssi": -55, "services": services}))

    def power(self, on: bool) -> None:
        self._say(self.bluez, json.dumps({"power": on}))

    def _say(self, process: "subprocess.Popen[str]", line: str) -> None:
        assert process.stdin is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()

    def daemon_dies(self) -> None:
        self.gpio.kill()


@contextmanager
def doubled(nodes: list[str], folder: Path) -> Iterator[dict[str, Hardware]]:
    if not bus.INSTALLED:
        if os.environ.get("CI"):
            raise AssertionError(bus.ABSENT)
        pytest.skip(bus.ABSENT)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, SHARED / "gpio", ignore_errors=True)
        yield {node: Hardware(node, folder / node, stack) for node in nodes}
