"""python -m nanoservices.scanner.probe BUS ADAPTER SECONDS: is the adapter there, on, and does it hear, as this task sees it?

It listens beside the service, as another client of bluetoothd: neither notices the other.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nanoservices import probing
from nanoservices.probing import Fault, Finding
from nanoservices.scanner.bus import ADAPTER, BUS, BUS_PATH, OBJECTS, PROPERTIES, call, connected, le_filter

if TYPE_CHECKING:
    from nanoservices.scanner.bus import MessageBus

ANSWER_S = 2.0
_START = "on the host: systemctl start bluetooth, or nanoswarm node prepare"
_FAULTS: dict[str, Fault] = {
    "ServiceUnknown": "daemon",
    "NameHasNoOwner": "daemon",
    "NoReply": "daemon",
    "UnknownObject": "adapter",
    "UnknownMethod": "adapter",
    "InvalidArgs": "adapter",
    "NotReady": "power",
}


async def probe(address: str, adapter: str, seconds: float) -> Finding:
    path = Path(address.removeprefix("unix:path="))
    try:
        async with asyncio.timeout(ANSWER_S):
            bus = await connected(address)
    except TimeoutError:
        return Finding(str(path), "daemon", "the system bus does not answer: on the host, systemctl restart dbus")
    except OSError as error:
        if isinstance(error, BrokenPipeError | ConnectionResetError):
            return _unknown_here(path)
        return probing.unreachable(path, error, "the system bus", "on the host: systemctl start dbus")
    except Exception:  # dbus-fast's own errors of a refused greeting have no nearer ancestor
        return _unknown_here(path)
    try:
        return await _heard(bus, adapter, seconds)
    except LookupError as error:
        return _named(str(error.args[0]).rpartition(".")[2], str(error.args[1:]), adapter)
    except TimeoutError:
        return Finding(
            adapter, "daemon", f"bluetoothd has not answered for {ANSWER_S:g} s: on the host, systemctl restart bluetooth"
        )
    finally:
        bus.disconnect()


def _unknown_here(path: Path) -> Finding:
    who = f"uid {os.geteuid()}"
    return Finding(str(path), "uid", f"the system bus does not know {who}: on the host, nanoswarm node prepare makes that user")


async def _heard(bus: "MessageBus", adapter: str, seconds: float) -> Finding:
    path, devices = f"/org/bluez/{adapter}", set()

    def hear(message: Any) -> None:
        if message.member == "InterfacesAdded" and "org.bluez.Device1" in message.body[1]:
            devices.add(message.body[0])
        elif message.member == "PropertiesChanged" and message.body[0] == "org.bluez.Device1":
            devices.add(message.path)

    async with asyncio.timeout(ANSWER_S):
        await _begin(bus, path, hear)
    await asyncio.sleep(seconds)
    async with asyncio.timeout(ANSWER_S):
        await call(bus, path, ADAPTER, "StopDiscovery", "", [])
    if not devices:
        why = "is on, and has heard nothing in {0:g} s: is anything on the air (a phone near it)? is its antenna covered?"
        return Finding(adapter, "silence", f"{adapter} {why.format(seconds)}")
    return Finding(adapter, None, f"{adapter} is on, and has heard {len(devices)} devices in {seconds:g} s")


async def _begin(bus: "MessageBus", path: str, hear: Any) -> None:
    powered = await call(bus, path, PROPERTIES, "Get", "ss", [ADAPTER, "Powered"])
    if powered[0].value is not True:
        raise LookupError("NotReady", "off")
    bus.add_message_handler(hear)
    for rule in (f"interface='{OBJECTS}',member='InterfacesAdded'", f"interface='{PROPERTIES}',path_namespace='{path}'"):
        await call(bus, BUS_PATH, BUS, "AddMatch", "s", [f"type='signal',{rule}"])
    await call(bus, path, ADAPTER, "SetDiscoveryFilter", "a{sv}", le_filter())
    await call(bus, path, ADAPTER, "StartDiscovery", "", [])


def _named(name: str, text: str, adapter: str) -> Finding:
    if name == "AccessDenied" and "apparmor" in text.lower():
        profile = probing.confinement() or "of the container"
        return Finding(adapter, "apparmor", f"AppArmor's profile {profile} keeps the task from bluetoothd: {text[:200]}")
    if name == "AccessDenied":
        return Finding(adapter, "uid", f"the bus does not let uid {os.geteuid()} speak to bluetoothd: nanoswarm node prepare")
    fault = _FAULTS.get(name, "daemon")
    says = {
        "adapter": f"bluetoothd has no adapter {adapter}: see bluetoothctl list there, and `ble:` in labels.yml",
        "power": f"{adapter} is off: on the host, rfkill unblock bluetooth; bluetoothctl power on",
    }
    return Finding(adapter, fault, says.get(fault, f"bluetoothd does not run ({name} {text[:100]}): {_START}"))


if __name__ == "__main__":
    probing.tell([asyncio.run(probe(sys.argv[1], sys.argv[2], float(sys.argv[3])))])
