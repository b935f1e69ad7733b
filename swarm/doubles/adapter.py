"""What a bluetoothd knows of one adapter: who discovers, by which filter, and which devices it has heard of.

Written from BlueZ's own description of org.bluez.Adapter and org.bluez.Device. No D-Bus in here.
"""

from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Variant

REMEMBERED_S = 30.0  # a device that was never paired is forgotten so long after it was heard last
STEP_DB = 8  # without a filter on RSSI, smaller changes are not told

Properties = dict[str, Variant]


@dataclass(frozen=True)
class Broadcast:
    """An advertisement as the kernel hands it to bluetoothd."""

    address: str
    rssi_dbm: int
    services: dict[str, bytes] = field(default_factory=dict)
    manufacturer: dict[int, bytes] = field(default_factory=dict)
    name: str | None = None
    kind: str = "random"  # or `public`

    def properties(self, adapter: str) -> Properties:
        """All of org.bluez.Device1 that bluetoothd tells of such a device, as variants of its types."""
        found = {
            "Address": Variant("s", self.address),
            "AddressType": Variant("s", self.kind),
            "Alias": Variant("s", self.name or self.address.replace(":", "-")),
            "Adapter": Variant("o", adapter),
            "Paired": Variant("b", False),
            "Trusted": Variant("b", False),
            "Blocked": Variant("b", False),
            "Connected": Variant("b", False),
            "ServicesResolved": Variant("b", False),
            "LegacyPairing": Variant("b", False),
            "UUIDs": Variant("as", []),
        }
        return found | ({"Name": Variant("s", self.name)} if self.name is not None else {}) | self.heard()

    def heard(self) -> Properties:
        """What is told again whenever it is heard again and duplicates are asked for."""
        found = {"RSSI": Variant("n", self.rssi_dbm)}
        if self.manufacturer:
            held: dict[int, Any] = {company: Variant("ay", data) for company, data in self.manufacturer.items()}
            found["ManufacturerData"] = Variant("a{qv}", held)
        if self.services:
            found["ServiceData"] = Variant("a{sv}", {uuid: Variant("ay", data) for uuid, data in self.services.items()})
        return found


class Adapter:
    def __init__(self, name: str):
        self.name = name
        self.path = f"/org/bluez/{name}"
        self.powered = True
        self.discoverers: set[str] = set()  # unique names on the bus
        self.filters: dict[str, dict[str, Any]] = {}  # of who set one
        self.devices: dict[str, tuple[float, Broadcast]] = {}  # address -> heard last

    @property
    def is_discovering(self) -> bool:
        return self.powered and bool(self.discoverers)

    def properties(self) -> Properties:
        return {
            "Address": Variant("s", "00:00:5E:00:53:01"),
            "AddressType": Variant("s", "public"),
            "Name": Variant("s", "double"),
            "Alias": Variant("s", "double"),
            "Powered": Variant("b", self.powered),
            "Discovering": Variant("b", self.is_discovering),
            "Roles": Variant("as", ["central", "peripheral"]),
        }

    def device(self, address: str) -> str:
        return f"{self.path}/dev_{address.replace(':', '_')}"

    def changes(self, cast: Broadcast, now: float) -> tuple[bool, Properties] | None:
        """Whether the device is a new one, and what is to be told of it; None for nothing. Only while discovering."""
        if not self.is_discovering:
            return None
        before = self.devices.get(cast.address)
        self.devices[cast.address] = (now, cast)
        if before is None:
            return True, cast.properties(self.path)
        wants_all = any(filters.get("DuplicateData") for filters in self.filters.values())
        by_strength = any("RSSI" in filters for filters in self.filters.values())
        told = cast.heard()
        if not wants_all:
            last = before[1].heard()
            told = {name: value for name, value in told.items() if name == "RSSI" or value != last.get(name)}
        if not by_strength and abs(cast.rssi_dbm - before[1].rssi_dbm) < STEP_DB:
            told.pop("RSSI", None)
        return (False, told) if told else None

    def forgotten(self, now: float) -> list[str]:
        """Paths of the devices that were not heard for REMEMBERED_S; they are removed."""
        gone = [address for address, (at, _) in self.devices.items() if now - at >= REMEMBERED_S]
        for address in gone:
            del self.devices[address]
        return [self.device(address) for address in gone]
