"""The ids of Eddystone-EID beacons, as its specification computes them from the beacon's identity key. Pure.

`ticks` are the seconds of the beacon's own clock; its id changes every 2**exponent of them:

    temporary key = AES(identity key, 00 * 11 | FF | 00 00 | ticks' two high bytes)
    id            = AES(temporary key, 00 * 11 | exponent | ticks with their lowest `exponent` bits cleared), 8 bytes of it
"""

from collections.abc import Iterable
from typing import NamedTuple

from nanoservices.aes import ManyKeys

MOST_EXPONENT = 15
MOST_TICKS = 2**32 - 1
_LENGTH = 8
_ZEROS = bytes(11)


class Moment(NamedTuple):
    """One beacon at one time."""

    key: bytes
    exponent: int
    ticks: int


def ids(moments: Iterable[Moment]) -> list[str]:
    """The id of each, in hex; 1,000 at once take some 10 ms."""
    wanted = list(moments)
    epochs = list(dict.fromkeys((moment.key, moment.ticks >> 16) for moment in wanted))
    salted = [_ZEROS + b"\xff" + epoch.to_bytes(4, "big") for _, epoch in epochs]
    temporary = dict(zip(epochs, ManyKeys([key for key, _ in epochs]).encrypt_each(salted), strict=True))
    keys = ManyKeys([temporary[moment.key, moment.ticks >> 16] for moment in wanted])
    return [made[:_LENGTH].hex() for made in keys.encrypt_each([_text(moment) for moment in wanted])]


def _text(moment: Moment) -> bytes:
    cleared = moment.ticks >> moment.exponent << moment.exponent
    return _ZEROS + bytes([moment.exponent]) + cleared.to_bytes(4, "big")
