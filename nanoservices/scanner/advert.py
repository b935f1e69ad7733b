"""From an advertisement to a key: which of its parts tells its owner from others best. Pure; nothing is resolved here.

kind      what it is                                     where it stands in the advertisement
hmac      the kit's rolling id, 8 bytes                  service data of RINGS
eid       Eddystone-EID, 8 bytes                         service data of 0xFEAA, frame 0x30
uid       Eddystone-UID, 10 + 6 bytes                    service data of 0xFEAA, frame 0x00
ibeacon   UUID, major, minor: 20 bytes                   manufacturer data of 0x004C, type 0x02, length 0x15
rpa       resolvable private address (Core, Vol 6 B 1.3) a random address whose top two bits are 01
mac       any other address                              the address
"""

from collections.abc import Mapping
from typing import NamedTuple

RINGS = "6e616e6f-7377-6172-6d00-000000000001"
EDDYSTONE = "0000feaa-0000-1000-8000-00805f9b34fb"
APPLE = 0x004C


class Advert(NamedTuple):
    """One advertisement as the radio heard it: what crosses the border from BlueZ, or from the simulated world."""

    address: str
    rssi_dbm: int
    services: Mapping[str, bytes] = {}
    manufacturer: Mapping[int, bytes] = {}
    random_address: bool = False


def key_of(advert: Advert) -> str | None:
    """The advertisement's strongest key as kind:hex; None when there is nothing in it to go by."""
    ours = advert.services.get(RINGS, b"")
    if len(ours) == 8:
        return f"hmac:{ours.hex()}"
    return _eddystone(advert.services.get(EDDYSTONE, b"")) or _ibeacon(advert.manufacturer) or _address(advert)


def _eddystone(data: bytes) -> str | None:
    if len(data) >= 10 and data[0] == 0x30:  # frame type, transmit power, id
        return f"eid:{data[2:10].hex()}"
    if len(data) >= 18 and data[0] == 0x00:
        return f"uid:{data[2:18].hex()}"
    return None


def _ibeacon(manufacturer: Mapping[int, bytes]) -> str | None:
    data = manufacturer.get(APPLE, b"")
    return f"ibeacon:{data[2:22].hex()}" if len(data) == 23 and data[:2] == b"\x02\x15" else None


def _address(advert: Advert) -> str | None:
    digits = advert.address.replace(":", "").lower()
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        return None
    if len(octets) != 6:
        return None
    kind = "rpa" if advert.random_address and octets[0] >> 6 == 0b01 else "mac"
    return f"{kind}:{octets.hex()}"
