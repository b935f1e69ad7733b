"""The BLE radio, behind one face: it is turned on and off, and hands over what it hears while it is on.

`bluez` is the host's bluetoothd, over D-Bus and by bleak; `simulated` is the world of the demo.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

from nanoservices.errors import Unavailable
from nanoservices.scanner.keys import APPLE, ROLLING_SERVICE, Advert
from nanoservices.scanner.overseer import Overseer
from nanoservices.simulation import World

if TYPE_CHECKING:  # bleak costs 100 ms and megabytes, and a simulated radio does without
    from bleak import BleakScanner
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

log = logging.getLogger("scanner")

Hear = Callable[[Advert], None]
Trouble = Callable[[str | None], None]
RadioKind = Literal["bluez", "simulated"]
ScanMode = Literal["active", "passive"]

TURN_S = 0.9  # twice, as a try may be under way already, is within the budget of whoever asks for a scan
# What a passive scan lets through: where an advert's section of a type begins so (Bluetooth Assigned Numbers 2.3). It cannot
# tell addresses apart, so a passive scan hears no `rpa` and no `mac` that carries nothing else.
PATTERNS = (
    (0x21, UUID(ROLLING_SERVICE).bytes[::-1]),  # service data, 128 bits
    (0x16, b"\xaa\xfe"),  # service data, 16 bits: Eddystone
    (0xFF, APPLE.to_bytes(2, "little") + b"\x02\x15"),  # manufacturer data: iBeacon
)


class Radio(Protocol):
    async def live(self, hear: Hear, trouble: Trouble) -> None:
        """Hand over every advert from the event loop's thread, for ever. `trouble` is told what is wrong by itself."""

    async def turn(self, on: bool) -> None:
        """Turn the radio; Unavailable says why it does not go on. Turning it off always works out."""


class SimulatedRadio:
    def __init__(self, world: Path | None, node: str):
        self._hear: Hear = lambda advert: None
        self._why: str | None = "the simulated world has not been reached yet"
        self._world = World(world, node, "scanner", self._heard)

    async def live(self, hear: Hear, trouble: Trouble) -> None:
        self._hear = hear

        def state(why: str | None) -> None:
            self._why = why
            trouble(why)

        await self._world.live(state)

    async def turn(self, on: bool) -> None:
        if on and self._why is not None:
            raise Unavailable(self._why)
        self._world.say(radio=on)

    def _heard(self, message: dict[str, Any]) -> None:
        advert = simulated_advert(message.get("advert"))
        if advert is None:
            log.warning("the simulated world said what is no advert; ignored")
        else:
            self._hear(advert)


def simulated_advert(said: Any) -> Advert | None:
    """The advert in a message of the world, None when it is none."""
    try:
        services = {str(name).lower(): bytes.fromhex(data) for name, data in said.get("services", {}).items()}
        manufacturer = {int(name): bytes.fromhex(data) for name, data in said.get("manufacturer", {}).items()}
        return Advert(str(said["address"]), int(said["rssi"]), services, manufacturer, bool(said.get("random", True)))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


class BlueZRadio:
    """bleak's own scanner, a new one for every time on: it remembers all devices that it has seen."""

    def __init__(self, adapter: str, mode: ScanMode = "active"):
        self._adapter = adapter
        self._mode = mode
        self._scanner: BleakScanner | None = None
        self._lost: list[BleakScanner] = []  # ended by others; bleak must let go of them all the same
        self._why: str | None = None
        self._hear: Hear = lambda advert: None

    async def live(self, hear: Hear, trouble: Trouble) -> None:
        self._hear = hear

        def told(why: str | None) -> None:
            if why == self._why and why is not None:
                return
            was, self._why = self._why, why
            if why is not None and self._scanner is not None:
                self._lost.append(self._scanner)
                self._scanner = None
            if why is not None or was is not None:  # that it could scan was never in doubt: turning it on is the proof
                trouble(why)

        await Overseer(self._adapter, told).live()

    async def turn(self, on: bool) -> None:
        while self._lost:
            await self._stopped(self._lost.pop())
        if on and self._scanner is None:
            self._must_be_able()
            scanner = await self._started()
            self._lost.append(scanner)
            self._must_be_able()  # it may have been lost while it began
            self._scanner = self._lost.pop()
        elif not on and self._scanner is not None:
            scanner, self._scanner = self._scanner, None
            await self._stopped(scanner)

    def _must_be_able(self) -> None:
        if self._why is not None:
            raise Unavailable(self._why)

    async def _started(self) -> "BleakScanner":
        from bleak import BleakScanner
        from bleak.args.bluez import OrPattern
        from bleak.assigned_numbers import AdvertisementDataType

        # Without both filters newer BlueZ reports strengths in steps of 8 dB, and a tag's advert only when it changes.
        scanner = BleakScanner(
            self._detected,
            scanning_mode=self._mode,
            bluez={
                "adapter": self._adapter,
                "filters": {"RSSI": -127, "DuplicateData": True},
                "or_patterns": [OrPattern(0, AdvertisementDataType(kind), data) for kind, data in PATTERNS],
            },
        )
        try:
            async with asyncio.timeout(TURN_S):
                await scanner.start()
        except Exception as error:  # bleak's own, dbus-fast's and the socket's have no nearer ancestor
            raise Unavailable(f"the BLE adapter {self._adapter} does not scan: {_why(error)}") from None
        return scanner

    async def _stopped(self, scanner: "BleakScanner") -> None:
        try:
            async with asyncio.timeout(TURN_S):
                await scanner.stop()
        except Exception as error:  # as above; BlueZ ends the scan of a client that is gone
            log.warning("the BLE adapter did not confirm that it stopped", extra={"about": {"why": _why(error)}})

    def _detected(self, device: "BLEDevice", data: "AdvertisementData") -> None:
        try:
            self._hear(bluez_advert(device.address, device.details, data))
        except Exception as error:  # bleak would swallow it; the traceback's text could hold somebody's key
            log.error("an advert could not be handled", extra={"about": {"why": type(error).__name__}})


def bluez_advert(address: str, details: Any, data: "AdvertisementData") -> Advert:
    """bleak's face of an advert as ours. BlueZ knows whether an address is random; where it does not say, it may be."""
    properties = details.get("props") if isinstance(details, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    is_random = properties.get("AddressType", "random") == "random"
    services = {uuid.lower(): payload for uuid, payload in data.service_data.items()}
    return Advert(address, data.rssi, services, data.manufacturer_data, is_random)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"bluetoothd did not answer within {TURN_S:g} s"
    if isinstance(error, OSError):
        return f"no way to bluetoothd ({error.strerror or error}); is its system bus there?"
    return ": ".join(str(part) for part in error.args) or type(error).__name__


def open_radio(kind: RadioKind, node: str, adapter: str, *, world: Path | None, mode: ScanMode = "active") -> Radio:
    if kind == "simulated":
        return SimulatedRadio(world, node)
    return BlueZRadio(adapter, mode)
