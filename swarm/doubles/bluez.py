"""org.bluez as bluetoothd shows it: ObjectManager, Adapter1, Device1; adverts only while somebody discovers.

    python -m swarm.doubles.bluez --bus unix:path=/run/dbus/system_bus_socket < adverts.jsonl

A line is an advert, `{"address": "C0:00:00:00:00:01", "rssi": -60, "services": {"<uuid>": "<hex>"}, "manufacturer":
{"76": "<hex>"}}`, or `{"power": false}`; what is none is named on stderr and left out.
"""

import argparse
import asyncio
import json
import sys
import time
from contextlib import suppress
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio.message_bus import MessageBus

from swarm.doubles.adapter import Adapter, Broadcast

ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
OBJECTS, PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"
_ERROR = "org.bluez.Error."
_SWEEP_S = 1.0
_BURST, _BREATH_S = 40, 0.004


class BlueZ:
    """One bluetoothd with one adapter. `kill` is a sudden death; a new one may be started after it."""

    def __init__(self, address: str, adapter: str = "hci0"):
        self._address = address
        self.adapter = Adapter(adapter)
        self._bus: MessageBus | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self.calls: list[tuple[str, str]] = []  # who asked for what
        self._sent = 0
        self.hangs = False  # it takes every call and answers none

    async def start(self) -> None:
        self._bus = await MessageBus(bus_address=self._address).connect()
        self._bus.add_message_handler(self._taken)
        rule = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
        await self._ask("org.freedesktop.DBus", "AddMatch", "s", [rule])
        await self._ask("org.freedesktop.DBus", "RequestName", "su", ["org.bluez", 4])
        await self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [self.adapter.path, self._shown(ADAPTER)])
        self._sweeper = asyncio.create_task(self._sweep())

    async def _ask(self, destination: str, member: str, signature: str, body: list[Any]) -> None:
        assert self._bus is not None
        path = "/org/freedesktop/DBus"
        call = Message(destination=destination, path=path, interface=destination, member=member, signature=signature, body=body)
        reply = await self._bus.call(call)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise RuntimeError(f"the bus refused {member}: {reply and reply.body}")

    async def kill(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.disconnect()
            with suppress(Exception):  # the bus may have died before
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    async def power(self, on: bool) -> None:
        """As `bluetoothctl power on|off`: off ends every discovery, and nobody is asked."""
        self.adapter.powered = on
        if not on:
            self.adapter.discoverers.clear()
            self.adapter.filters.clear()
        await self._told_adapter("Powered", "Discovering")

    async def advertise(self, cast: Broadcast) -> bool:
        """The kernel hears an advert; whether anything was told. Awaited, it is written: so whoever sends is paced."""
        change = self.adapter.changes(cast, time.monotonic())
        if change is None or self._bus is None:
            return False
        is_new, told = change
        path = self.adapter.device(cast.address)
        if is_new:
            await self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, {DEVICE: told}])
        else:
            await self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [DEVICE, told, []])
        return True

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            for path in self.adapter.forgotten(time.monotonic()):
                await self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, [DEVICE]])

    async def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if self._bus is not None:
            await self._bus.send(Message.new_signal(path, interface, member, signature, body))
            self._sent += 1  # paced, as dbus-fast's writer dies of a socket that takes no more
            await asyncio.sleep(_BREATH_S if self._sent % _BURST == 0 else 0)

    async def _told_adapter(self, *names: str) -> None:
        changed = {name: value for name, value in self.adapter.properties().items() if name in names}
        await self._signal(self.adapter.path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [ADAPTER, changed, []])

    def _shown(self, interface: str) -> dict[str, dict[str, Variant]]:
        return {interface: self.adapter.properties()}

    def _taken(self, message: Message) -> Message | bool | None:
        if message.member == "NameOwnerChanged" and message.message_type is MessageType.SIGNAL:
            name, _, owner = message.body
            if not owner:
                self._left(name)
        if message.message_type is not MessageType.METHOD_CALL or message.destination not in ("org.bluez", self._own()):
            return None
        return True if self.hangs else self._answer(message)

    def _own(self) -> str | None:
        return None if self._bus is None else self._bus.unique_name

    def _left(self, name: str) -> None:
        """A client that is gone does not discover any more."""
        self.adapter.filters.pop(name, None)
        if name in self.adapter.discoverers:
            self.adapter.discoverers.discard(name)
            self._tell_later("Discovering")

    def _tell_later(self, name: str) -> None:
        self._telling = asyncio.get_running_loop().create_task(self._told_adapter(name))

    def _answer(self, message: Message) -> Message:
        sender, member = message.sender or "", message.member or ""
        self.calls.append((sender, member))
        if member == "GetManagedObjects" and message.path == "/":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self._objects()])
        if message.path != self.adapter.path:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", f"no object {message.path}")
        if (message.interface, member) == (PROPERTIES, "Get"):
            return Message.new_method_return(message, "v", [self.adapter.properties()[message.body[1]]])
        act = {"SetDiscoveryFilter": self._filter, "StartDiscovery": self._begin, "StopDiscovery": self._end}.get(member)
        if act is None or message.interface != ADAPTER:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", f"no method {member}")
        if not self.adapter.powered:
            return Message.new_error(message, f"{_ERROR}NotReady", "Resource Not Ready")
        fault = act(sender, message.body)
        if fault is not None:
            return Message.new_error(message, _ERROR + fault[0], fault[1])
        return Message.new_method_return(message)

    def _objects(self) -> dict[str, dict[str, dict[str, Variant]]]:
        found = {self.adapter.path: self._shown(ADAPTER)}
        for address, (_, cast) in self.adapter.devices.items():
            told = cast.properties(self.adapter.path)
            if not self.adapter.is_discovering:
                del told["RSSI"]
            found[self.adapter.device(address)] = {DEVICE: told}
        return found

    def _filter(self, sender: str, body: list[Any]) -> tuple[str, str] | None:
        filters = {name: value.value for name, value in body[0].items()}
        if filters:
            self.adapter.filters[sender] = filters
        else:
            self.adapter.filters.pop(sender, None)
        return None

    def _begin(self, sender: str, _body: list[Any]) -> tuple[str, str] | None:
        if sender in self.adapter.discoverers:
            return "InProgress", "Operation already in progress"
        self.adapter.discoverers.add(sender)
        self._tell_later("Discovering")
        return None

    def _end(self, sender: str, _body: list[Any]) -> tuple[str, str] | None:
        if sender not in self.adapter.discoverers:
            return "Failed", "No discovery started"
        self.adapter.discoverers.discard(sender)
        self._tell_later("Discovering")
        return None


async def _carried_out(bluez: BlueZ, line: str) -> None:
    """One line of stdin; ValueError, TypeError, KeyError or AttributeError when it is none."""
    said = json.loads(line)
    if "power" in said:
        await bluez.power(bool(said["power"]))
        return
    services = {str(uuid): bytes.fromhex(data) for uuid, data in said.get("services", {}).items()}
    manufacturer = {int(company): bytes.fromhex(data) for company, data in said.get("manufacturer", {}).items()}
    await bluez.advertise(Broadcast(said["address"], int(said["rssi"]), services, manufacturer))


async def _main(bus: str, adapter: str) -> None:
    bluez = BlueZ(bus, adapter)
    await bluez.start()
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            await _carried_out(bluez, line)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            sys.stderr.write(f"no advert, left out: {line.strip()[:80]} ({error!r})\n")
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A double of bluetoothd; adverts as JSON lines on stdin.")
    parser.add_argument("--bus", default="unix:path=/run/dbus/system_bus_socket")
    parser.add_argument("--adapter", default="hci0")
    asked = parser.parse_args()
    asyncio.run(_main(asked.bus, asked.adapter))
