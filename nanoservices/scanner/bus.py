"""Door to dbus-fast, which bleak itself goes through: a connection to a bus, and calls that are answered or refused."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded with bleak, and so only where a radio is real
    from dbus_fast import Message as Message
    from dbus_fast.aio.message_bus import MessageBus as MessageBus

BLUEZ, ADAPTER = "org.bluez", "org.bluez.Adapter1"
BUS, BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
PROPERTIES, OBJECTS = f"{BUS}.Properties", f"{BUS}.ObjectManager"


async def connected(address: str | None = None) -> "MessageBus":
    """To the system's own bus without an address."""
    from dbus_fast import BusType
    from dbus_fast.aio.message_bus import MessageBus

    bus = MessageBus(address, BusType.SYSTEM)
    try:
        return await bus.connect()
    except BaseException:
        bus.disconnect()
        raise


async def call(bus: "MessageBus", path: str, interface: str, member: str, kind: str, body: list[Any]) -> list[Any]:
    """The answer's body, of the bus itself or of bluetoothd. LookupError with the error's name and text."""
    from dbus_fast import Message, MessageFlag, MessageType

    request = Message(
        destination=BUS if interface == BUS else BLUEZ,
        path=path,
        interface=interface,
        member=member,
        signature=kind,
        body=list(body),
        flags=MessageFlag.NO_AUTOSTART,
    )
    reply = await bus.call(request)
    if reply is None or reply.message_type is MessageType.ERROR:
        raise LookupError(*((reply.error_name, *reply.body) if reply is not None else ("no answer",)))
    return list(reply.body)


def le_filter() -> list[dict[str, Any]]:
    """Every advert of BLE, as it comes."""
    from dbus_fast import Variant

    return [{"Transport": Variant("s", "le"), "RSSI": Variant("n", -127), "DuplicateData": Variant("b", True)}]
