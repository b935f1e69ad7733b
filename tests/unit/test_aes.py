"""AES under many keys at once: against the standard's own examples, and against its definition, byte by byte."""

from hypothesis import given
from hypothesis import strategies as st

from nanoservices.aes import ManyKeys
from nanoservices.aes_sbox import substituted

FIPS_KEY = bytes(range(16))
FIPS_TEXT = bytes.fromhex("00112233445566778899aabbccddeeff")
FIPS_MADE = bytes.fromhex("69c4e0d86a7b0430d8cdb78070b4c55a")  # FIPS 197, appendix C.1
Blocks = st.lists(st.tuples(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16)), min_size=1, max_size=9)


def times(one: int, other: int) -> int:
    """Product in GF(2^8) with x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one, other = one << 1 ^ (0x11B if one & 0x80 else 0), other >> 1
    return product


def defined(byte: int) -> int:
    """FIPS 197, 5.1.1: the inverse, then the affine map."""
    inverse = next((other for other in range(256) if times(byte, other) == 1), 0)
    turned = [inverse << by | inverse >> 8 - by for by in range(5)]
    return (turned[0] ^ turned[1] ^ turned[2] ^ turned[3] ^ turned[4] ^ 0x63) & 0xFF


SBOX = [defined(byte) for byte in range(256)]


def plainly(key: bytes, text: bytes) -> bytes:
    """AES-128 as the standard tells it, one byte after the other."""
    words, constant = [list(key[at : at + 4]) for at in range(0, 16, 4)], 1
    for number in range(4, 44):
        word = words[-1]
        if number % 4 == 0:
            word = [SBOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = times(constant, 2)
        words.append([one ^ other for one, other in zip(words[-4], word, strict=True)])
    keys = [[byte for word in words[at : at + 4] for byte in word] for at in range(0, 44, 4)]
    state = [one ^ other for one, other in zip(text, keys[0], strict=True)]
    for number in range(1, 11):
        state = [SBOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if number < 10:
            state = [byte for column in range(0, 16, 4) for byte in mixed(state[column : column + 4])]
        state = [one ^ other for one, other in zip(state, keys[number], strict=True)]
    return bytes(state)


def mixed(column: list[int]) -> list[int]:
    a, b, c, d = column
    return [times(w, 2) ^ times(x, 3) ^ y ^ z for w, x, y, z in ((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))]


def test_every_byte_is_substituted_as_defined() -> None:
    lanes = [sum((byte >> bit & 1) << byte for byte in range(256)) for bit in range(8)]
    made = substituted(lanes, (1 << 256) - 1)
    assert [sum((made[bit] >> byte & 1) << bit for bit in range(8)) for byte in range(256)] == SBOX


def test_example_of_the_standard() -> None:
    assert ManyKeys([FIPS_KEY]).encrypt_each([FIPS_TEXT]) == [FIPS_MADE]
    assert plainly(FIPS_KEY, FIPS_TEXT) == FIPS_MADE  # so that it can be held against ours below


@given(Blocks)
def test_every_block_is_encrypted_under_its_own_key(pairs: list[tuple[bytes, bytes]]) -> None:
    keys, texts = [key for key, _ in pairs], [text for _, text in pairs]
    assert ManyKeys(keys).encrypt_each(texts) == [plainly(key, text) for key, text in pairs]


@given(Blocks)
def test_places_are_found_by_how_their_block_ends(pairs: list[tuple[bytes, bytes]]) -> None:
    keys, text = ManyKeys([key for key, _ in pairs]), pairs[0][1]
    made = [plainly(key, text) for key, _ in pairs]
    for size in (1, 3, 16):
        tail = made[-1][-size:]
        expected = [place for place, block in enumerate(made) if block.endswith(tail)]
        assert keys.ending_with(keys.encrypt_one(text), tail) == expected


def test_no_keys_are_no_blocks() -> None:
    assert ManyKeys([]).encrypt_each([]) == []
    assert ManyKeys([]).ending_with(ManyKeys([]).encrypt_one(FIPS_TEXT), b"\x00") == []
