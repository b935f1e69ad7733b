"""Who walks about in the simulated world, and what they carry. Data; times are monotonic seconds."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nanoservices.rolling import token

Advert = dict[str, Any]  # as nanoservices/simulation.py has it, without the rssi
Tag = Callable[[float], Advert]  # what the tag says at a unix time

ID_SERVICE = "6e616e6f-7377-6172-6d00-000000000001"  # its service data is the 8 bytes of a rolling id


class Where(Enum):
    WAITING = "waiting for a light"
    WALKING = "on the way"
    THERE = "in the room"
    GONE = "gone"


@dataclass
class Person:
    """Somebody with a tag, who has come into `route[0]` and means to go to its end."""

    name: str
    tag: Tag
    route: tuple[str, ...]
    came_at: float
    knows_the_way: bool = True  # goes on where the door has no lights; others turn back
    where: Where = Where.WAITING
    step: int = 0  # index into route
    adverts_at: float = 0.0
    moves_at: float = float("inf")
    own_light_at: float | None = None  # they know which light is theirs, since then
    saw_light_at: float | None = None
    walked_at: float | None = None
    zones: list[str] = field(default_factory=list)  # where they have been

    @property
    def zone(self) -> str | None:
        return None if self.where is Where.GONE else self.route[self.step]


def rolling_tag(secret: bytes) -> Tag:
    """A tag whose id changes with time, as enrolled with `auth`."""

    address = _address(secret)
    return lambda unix_s: {"address": address, "services": {ID_SERVICE: token(secret, unix_s)}, "manufacturer": {}}


def unknown_tag(seed: bytes) -> Tag:
    """A gadget nobody has enrolled."""
    return lambda unix_s: {"address": _address(seed), "services": {}, "manufacturer": {}}


def _address(seed: bytes) -> str:
    """A static random address: its two top bits are set."""
    data = bytearray(hashlib.sha256(b"address" + seed).digest()[:6])
    data[0] |= 0xC0
    return ":".join(f"{byte:02X}" for byte in data)
