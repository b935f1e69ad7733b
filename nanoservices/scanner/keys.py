"""Which key does an advert carry? Pure; anything may come off the air, so nothing here raises.

The table, strongest first: an advert yields the first key that it carries whole.

    hmac:<16 hex>      our own rolling id: service data of ROLLING_SERVICE, 8 bytes
    eid:<16 hex>       Eddystone-EID: service data of feaa, 30 <tx power> <8 bytes>
    uid:<32 hex>       Eddystone-UID: service data of feaa, 00 <tx power> <16 bytes>, two reserved bytes or none
    ibeacon:<40 hex>   manufacturer data of Apple: 02 15 <uuid, major, minor: 20 bytes> <tx power>
    rpa:<12 hex>       the address, where it is a resolvable private one: random, its two top bits 01
    mac:<12 hex>       the address
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

ROLLING_SERVICE = "6e616e6f-7377-6172-6d00-000000000001"
EDDYSTONE_SERVICE = "0000feaa-0000-1000-8000-00805f9b34fb"
APPLE = 0x004C
_ADDRESS = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")


class Advert(NamedTuple):
    """What crosses the border to the radio. Services go by their 128-bit UUID in small letters."""

    address: str
    rssi_dbm: int
    services: Mapping[str, bytes]
    manufacturer: Mapping[int, bytes]
    is_random: bool = True  # the address is not a registered one


def key_of(advert: Advert) -> str | None:
    """The strongest key of `advert`; None when it has not even an address."""
    return next((key for reader in _READERS if (key := reader(advert)) is not None), None)


def _rolling(advert: Advert) -> str | None:
    data = _held(advert.services, ROLLING_SERVICE)
    return f"hmac:{data.hex()}" if len(data) == 8 else None


def _eddystone_eid(advert: Advert) -> str | None:
    data = _held(advert.services, EDDYSTONE_SERVICE)
    return f"eid:{data[2:].hex()}" if len(data) == 10 and data[0] == 0x30 else None


def _eddystone_uid(advert: Advert) -> str | None:
    data = _held(advert.services, EDDYSTONE_SERVICE)
    return f"uid:{data[2:18].hex()}" if len(data) in (18, 20) and data[0] == 0x00 else None


def _ibeacon(advert: Advert) -> str | None:
    data = _held(advert.manufacturer, APPLE)
    return f"ibeacon:{data[2:22].hex()}" if len(data) == 23 and data[:2] == b"\x02\x15" else None


def _private_address(advert: Advert) -> str | None:
    digits = _digits(advert.address)
    is_resolvable = digits is not None and advert.is_random is True and int(digits[:2], 16) >> 6 == 0b01
    return f"rpa:{digits}" if is_resolvable else None


def _address(advert: Advert) -> str | None:
    digits = _digits(advert.address)
    return None if digits is None else f"mac:{digits}"


_READERS: tuple[Callable[[Advert], str | None], ...] = (
    _rolling,
    _eddystone_eid,
    _eddystone_uid,
    _ibeacon,
    _private_address,
    _address,
)


def _held(data: object, name: str | int) -> bytes:
    """The bytes under `name`; none at all where something else is."""
    value = data.get(name) if isinstance(data, Mapping) else None
    return bytes(value) if isinstance(value, bytes | bytearray) else b""


def _digits(address: object) -> str | None:
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address.lower()):
        return None
    return address.lower().replace(":", "")
