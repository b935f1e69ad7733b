"""The rolling id: its frozen values, and when it changes."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from nanoservices.rolling import counter, token

SECRET = bytes(range(16))


def by_hand(key: bytes, message: bytes) -> str:
    """HMAC as RFC 2104 writes it, so that the frozen values do not rest on the library that made them."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).digest()[:8].hex()


def test_values_are_frozen() -> None:
    assert token(SECRET, 0) == "b4e82ac2f5d86341"
    assert token(SECRET, 1_700_000_000) == "730bbf05bfad6eee"
    assert token(bytes(32), 1_700_000_000, period_s=300) == "a4f523afc970d176"


def test_frozen_values_are_the_ones_of_the_published_algorithm() -> None:
    assert token(SECRET, 1_700_000_000) == by_hand(SECRET, b"nanoswarm-id-1" + (28_333_333).to_bytes(8, "big"))


def test_id_stays_for_its_minute_and_changes_with_it() -> None:
    assert token(SECRET, 60.0) == token(SECRET, 119.999)
    assert token(SECRET, 119.999) != token(SECRET, 120.0)
    assert counter(119.999) == 1
    assert counter(120.0) == 2


@given(st.binary(min_size=16, max_size=32), st.binary(min_size=16, max_size=32), st.floats(0, 4e9))
def test_tags_with_other_secrets_say_other_things(one: bytes, other: bytes, now: float) -> None:
    # HMAC pads a short key with zeros, so keys that differ only in trailing zeros are the same key
    if one.rstrip(b"\0") != other.rstrip(b"\0"):
        assert token(one, now) != token(other, now)
