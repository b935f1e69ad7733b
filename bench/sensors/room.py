"""An entrance with real services: presence and scanner on the doubles' sockets, controller and auth beside them."""

import asyncio
import datetime
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.sensors.devices import Devices
from nanoservices import rolling, wire
from nanoservices.coap import Endpoint
from nanoservices.settings import Secret
from swarm import labels_file
from swarm.auth_api import AuthApi
from swarm.demo.home import Home
from swarm.demo.instance import Instance
from swarm.demo.pace import Pace
from swarm.demo.supervisor import Supervisor, free_ports
from swarm.doubles.adapter import Broadcast
from swarm.words import discover

LABELS = """zones: [entrance, room-1]
rooms: {room-1: {zone: room-1, route: [entrance, room-1]}}
nodes:
  pi-lobby: {zone: entrance, run: [presence, scanner], gpio: {pir: GPIO4}, ble: hci0}
  server-1: {run: [controller, auth]}
"""
SERVICE = "6e616e6f-7377-6172-6d00-000000000001"
PIR = 4


@dataclass
class Room:
    devices: Devices
    supervisor: Supervisor
    endpoint: Endpoint

    def the(self, word: str) -> Instance:
        return self.supervisor.the(word)

    def tag(self, name: str) -> Broadcast:
        """What the person's tag advertises now."""
        token = rolling.token(secret_of(name), time.time())
        number = int(name.rpartition("-")[2])
        address = f"C0:00:00:00:{number >> 8:02X}:{number & 255:02X}"
        return Broadcast(address, -60, {SERVICE: bytes.fromhex(token)})

    def enrol(self, people: list[str]) -> None:
        auth = self.the("auth")
        api = AuthApi(f"http://127.0.0.1:{auth.http_port}", Secret(self.supervisor.token.read_text().strip()))
        now, hour = datetime.datetime.now(datetime.UTC), datetime.timedelta(hours=1)
        for name in people:
            api.add_participant(name, name)
            api.add_rolling_credential(name, secret_of(name))
        api.add_meeting("bench", "Bench", "room-1", starts=now - hour, ends=now + hour, invited=people)

    async def heard(self) -> float:
        """How many adverts the scanner has taken off the air so far, by its own count."""
        told = await self.endpoint.call(wire.HEALTH, self.the("scanner").uri, None, peer="scanner")
        return float((told.figures or {})["adverts"])

    async def scan(self, window_s: float) -> wire.Scans:
        order = wire.ScanOrder("bench", "entrance", window_s)
        found: wire.Scans = await self.endpoint.call(wire.SCAN, self.the("scanner").uri, order, peer="scanner")
        return found


def secret_of(name: str) -> bytes:
    return name.encode().ljust(16, b".")[:16]


@asynccontextmanager
async def room(home: Home, devices: Devices) -> AsyncIterator[Room]:
    file = home.path / "labels.yml"
    await asyncio.to_thread(file.write_text, LABELS)
    supervisor = Supervisor(labels_file.read(file), discover(), home, Pace(1.0))
    more = {
        "presence": {"NANO_PINS": "pigpio", "NANO_GPIO_HOST": str(devices.gpio_socket)},
        "scanner": {"NANO_RADIO": "bluez", "DBUS_SYSTEM_BUS_ADDRESS": devices.bus.address},
    }
    for instance in supervisor.instances:
        instance.environment |= more.get(instance.word, {})
        if instance.word in more:
            instance.environment.pop("NANO_WORLD")
    endpoint = Endpoint()
    await endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
    try:
        async with supervisor:
            await supervisor.until_ready(endpoint)
            yield Room(devices, supervisor, endpoint)
    finally:
        await endpoint.close()


def cpu_s(pid: int) -> float:
    """What the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
