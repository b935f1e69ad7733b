"""Watches bluetoothd over D-Bus, as bleak says nothing when it dies, when its bus does, or when the adapter goes off.

The connection is one of its own: bleak shares its with nobody.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from nanoservices.scanner.bus import ADAPTER, BLUEZ, BUS, BUS_PATH, OBJECTS, PROPERTIES, call, connected

if TYPE_CHECKING:  # loaded with bleak, and so only where a radio is real
    from nanoservices.scanner.bus import Message, MessageBus

log = logging.getLogger("scanner")

RETRY_S = 0.25  # to the bus; what happens on it is told by itself
ANSWER_S = 2.0
AGAIN_S = 0.5  # while something is wrong: what hung and does not any more says nothing by itself


class Overseer:
    """`told` hears why the adapter cannot scan, each time that changes, and None when it can."""

    def __init__(self, adapter: str, told: Callable[[str | None], None]):
        self._adapter = adapter
        self._path = f"/org/bluez/{adapter}"
        self._told = told
        self._look = asyncio.Event()

    async def live(self) -> None:
        while True:
            try:
                await self._watch()
            except Exception as error:  # the socket's, dbus-fast's and the bus's have no nearer ancestor
                log.debug("the bus cannot be watched", extra={"about": {"why": repr(error)}})
            self._told("no way to bluetoothd: its system bus is not there; is dbus running, is /run/dbus mounted?")
            await asyncio.sleep(RETRY_S)

    async def _watch(self) -> None:
        """Until the bus is gone."""
        async with asyncio.timeout(ANSWER_S):
            bus = await connected()
        try:
            async with asyncio.timeout(ANSWER_S):
                bus.add_message_handler(self._heard)
                for rule in self._rules():
                    await call(bus, BUS_PATH, BUS, "AddMatch", "s", [rule])
            await self._follow(bus)
        finally:
            bus.disconnect()

    async def _follow(self, bus: "MessageBus") -> None:
        end = asyncio.create_task(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        try:
            while not end.done():
                self._look.clear()
                why = await self._state(bus)
                self._told(why)
                change = asyncio.create_task(self._look.wait())
                rest_s = None if why is None else AGAIN_S
                await asyncio.wait({end, change}, timeout=rest_s, return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
        finally:
            end.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await end

    def _rules(self) -> tuple[str, ...]:
        """NameOwnerChanged of bluetoothd; what becomes of the adapter, and nothing of devices."""
        objects = f"type='signal',interface='{OBJECTS}'"
        return (
            f"type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{BLUEZ}'",
            f"type='signal',interface='{PROPERTIES}',member='PropertiesChanged',path='{self._path}'",
            f"{objects},member='InterfacesAdded',arg0path='{self._path}'",
            f"{objects},member='InterfacesRemoved',arg0path='{self._path}'",
        )

    def _heard(self, message: "Message") -> None:
        if message.member == "NameOwnerChanged" and message.body[0] == BLUEZ:
            if message.body[1]:  # one that scanned for us is gone, also where another is there already
                self._told("bluetoothd ended; scanning goes on when it is back")
            self._look.set()
        elif message.member in ("PropertiesChanged", "InterfacesAdded", "InterfacesRemoved"):
            self._look.set()

    async def _state(self, bus: "MessageBus") -> str | None:
        """Why the adapter cannot scan; None when it can."""
        try:
            async with asyncio.timeout(ANSWER_S):
                body = await call(bus, self._path, PROPERTIES, "Get", "ss", [ADAPTER, "Powered"])
        except TimeoutError:
            return f"bluetoothd did not answer within {ANSWER_S:g} s"
        except LookupError as error:
            kind = str(error.args[0]).rpartition(".")[2]
            if kind in ("ServiceUnknown", "NameHasNoOwner"):
                return "bluetoothd does not run on this host: systemctl start bluetooth"
            if kind in ("UnknownObject", "UnknownMethod", "InvalidArgs"):
                return f"bluetoothd has no adapter {self._adapter}: see bluetoothctl list, and `ble:` in labels.yml"
            return f"bluetoothd does not tell of {self._adapter}: {': '.join(map(str, error.args))}"
        return None if body[0].value is True else f"the BLE adapter {self._adapter} is off: bluetoothctl power on"
