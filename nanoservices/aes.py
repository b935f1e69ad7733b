"""AES-128 (FIPS 197) under many keys at once, with nothing but Python's own integers.

Whose is this private address, one of 1,000 identity resolving keys may say: a thousand blocks, each under a key of its own.
A library that takes one block at a time needs 13 to 16 MB in the image, has no wheel for every Pi, and is slower at that than
this: the blocks lie side by side ("bitsliced"), so that one operation on a long integer is a thousand at once. Every block
takes the same steps whatever its bits are, and nothing is looked up in a table by a secret.

A state is 8 integers, one per bit of a byte, lowest first; byte `p` of block `n` is at bit `p * blocks + n` of each.
docs/identity.md has the figures. Pure.
"""

from collections.abc import Sequence

from nanoservices.aes_sbox import State, substituted

BLOCK = 16
ROUNDS = 10


class ManyKeys:
    """Encrypts one block under each key, all in one go. The keys' schedules are made once, here."""

    def __init__(self, keys: Sequence[bytes]):
        if any(len(key) != BLOCK for key in keys):
            raise ValueError("a key of AES-128 has 16 bytes")
        self.count = len(keys)
        self._every = (1 << self.count) - 1
        n = self.count
        self._whole = (1 << 16 * n) - 1
        row = sum(self._every << 4 * n * column for column in range(4))  # byte 0 of every column
        self._rows_02 = row | row << 2 * n
        self._rows_13 = self._rows_02 << n
        self._rows_23 = row << 2 * n | row << 3 * n
        self._row_0, self._rows_01, self._rows_012 = row, row | row << n, row | row << n | row << 2 * n
        self._keys = self._schedule(_planes(keys))

    def encrypt_one(self, block: bytes) -> State:
        """The same block under every key."""
        return self._encrypt([self._repeated(block, bit) for bit in range(8)])

    def encrypt_each(self, blocks: Sequence[bytes]) -> list[bytes]:
        """Every block under the key at its place."""
        return _blocks(self._encrypt(_planes(blocks)), self.count)

    def ending_with(self, state: State, tail: bytes) -> list[int]:
        """The places of the blocks whose last bytes are these."""
        differs = 0
        for at, byte in enumerate(tail, BLOCK - len(tail)):
            for bit, plane in enumerate(state):
                lanes = plane >> at * self.count & self._every
                differs |= lanes ^ (self._every if byte >> bit & 1 else 0)
        same = self._every & ~differs
        found = []
        while same:
            found.append(same.bit_length() - 1)
            same ^= 1 << found[-1]
        return found[::-1]

    def _repeated(self, block: bytes, bit: int) -> int:
        return sum(self._every << at * self.count for at, byte in enumerate(block) if byte >> bit & 1)

    # --- rounds (FIPS 197, 5.1) -----------------------------------------------------------------------------------------

    def _encrypt(self, state: State) -> State:
        state = [plane ^ key for plane, key in zip(state, self._keys[0], strict=True)]
        for number in range(1, ROUNDS + 1):
            state = [self._rows_shifted(plane) for plane in substituted(state, self._whole)]
            if number < ROUNDS:
                state = self._columns_mixed(state)
            state = [plane ^ key for plane, key in zip(state, self._keys[number], strict=True)]
        return state

    def _rows_shifted(self, plane: int) -> int:
        """Row r goes r columns on: rows 1 and 3 by one, then rows 2 and 3 by two."""
        n = 4 * self.count
        once = plane >> n | plane << 3 * n
        plane ^= (plane ^ once) & self._rows_13
        twice = plane >> 2 * n | plane << 2 * n
        return plane ^ (plane ^ twice) & self._rows_23

    def _columns_mixed(self, state: State) -> State:
        n = self.count
        up = [plane >> n & self._rows_012 | (plane & self._row_0) << 3 * n for plane in state]
        pairs = [plane ^ above for plane, above in zip(state, up, strict=True)]
        doubled = [pairs[7], pairs[0] ^ pairs[7], pairs[1], pairs[2] ^ pairs[7], pairs[3] ^ pairs[7], *pairs[4:7]]
        rows_01 = self._rows_01
        opposite = [pair >> 2 * n & rows_01 | (pair & rows_01) << 2 * n for pair in pairs]
        return [one ^ two ^ three for one, two, three in zip(doubled, up, opposite, strict=True)]

    # --- the keys (FIPS 197, 5.2) ---------------------------------------------------------------------------------------

    def _schedule(self, keys: State) -> list[State]:
        n, column_mask = self.count, (1 << 4 * self.count) - 1
        columns = [[plane >> 4 * n * column & column_mask for plane in keys] for column in range(4)]
        found, constant = [keys], 1
        for _ in range(ROUNDS):
            rotated = [plane >> n | (plane & self._every) << 3 * n for plane in columns[3]]
            mixed = substituted(rotated, column_mask)
            mixed = [plane ^ (self._every if constant >> bit & 1 else 0) for bit, plane in enumerate(mixed)]
            for column in range(4):
                mixed = columns[column] = [one ^ other for one, other in zip(columns[column], mixed, strict=True)]
            found.append([sum(columns[column][bit] << 4 * n * column for column in range(4)) for bit in range(8)])
            constant = constant << 1 ^ (0x11B if constant & 0x80 else 0)
        return found


_BIT = [bytes(48 + (byte >> bit & 1) for byte in range(256)) for bit in range(8)]  # each byte as the digit 0 or 1


def _planes(blocks: Sequence[bytes]) -> State:
    lying = b"".join(bytes(column) for column in zip(*blocks, strict=True))[::-1]
    return [int(lying.translate(digits) or b"0", 2) for digits in _BIT]


def _blocks(state: State, count: int) -> list[bytes]:
    gathered = 0
    for bit, plane in enumerate(state):
        digits = format(plane, "b").zfill(BLOCK * count).encode().translate(_DIGIT)
        gathered |= int.from_bytes(digits, "big") << bit
    lying = gathered.to_bytes(BLOCK * count, "little")
    return [lying[number::count] for number in range(count)]


_DIGIT = bytes.maketrans(b"01", b"\x00\x01")
