"""Resolvable private addresses: a phone says another address every quarter of an hour, and who has its identity resolving key
(IRK, from when the two were paired) knows all of them for its own (Bluetooth Core, Vol 6 Part B 1.3.2, Vol 3 Part H 2.2.2).

An address is 24 random bits, the two highest 01, and 24 that the IRK makes of them; as 12 hex digits. Pure.
"""

from collections.abc import Sequence

from nanoservices.aes import BLOCK, ManyKeys

_HALF = 3


class Resolver:
    """Tells whose addresses are: half a millisecond for one address and 1,000 IRKs."""

    def __init__(self, irks: Sequence[bytes]):
        self._irks = tuple(irks)
        self._keys = ManyKeys(self._irks)

    @property
    def count(self) -> int:
        return len(self._irks)

    def whose(self, address: str) -> tuple[bytes, ...]:
        """The IRKs that make it: one at most, but for a chance of 1 in 2**24 for each other one."""
        data = bytes.fromhex(address)
        if not self._irks or len(data) != 2 * _HALF or data[0] >> 6 != 0b01:
            return ()
        made = self._keys.encrypt_one(_padded(data[:_HALF]))
        return tuple(self._irks[place] for place in self._keys.ending_with(made, data[_HALF:]))


def address_of(irk: bytes, chosen: bytes) -> str:
    """The address that 3 random bytes give; their two top bits are set as they have to be."""
    half = bytes([chosen[0] & 0x3F | 0x40, *chosen[1:_HALF]])
    (made,) = ManyKeys([irk]).encrypt_each([_padded(half)])
    return (half + made[-_HALF:]).hex()


def _padded(half: bytes) -> bytes:
    return bytes(BLOCK - _HALF) + half
