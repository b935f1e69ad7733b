"""Whose is a phone's address: the specification's example, and what no address can be."""

import random

from hypothesis import given
from hypothesis import strategies as st

from nanoservices.private_address import Resolver, address_of

IRK = bytes.fromhex("ec0234a357c8ad05341010a60a397d9b")  # Bluetooth Core, Vol 3 Part H, appendix D.7
ADDRESS = "7081940dfbaa"
Keys = st.lists(st.binary(min_size=16, max_size=16), unique=True, max_size=6)


def test_example_of_the_specification() -> None:
    assert address_of(IRK, bytes.fromhex("708194")) == ADDRESS
    assert Resolver([IRK]).whose(ADDRESS) == (IRK,)


def test_owner_is_found_among_a_thousand() -> None:
    chance = random.Random(1)
    irks = [chance.randbytes(16) for _ in range(999)]
    assert Resolver([*irks[:500], IRK, *irks[500:]]).whose(ADDRESS) == (IRK,)
    assert Resolver(irks).whose(ADDRESS) == ()


@given(Keys, st.binary(min_size=3, max_size=3))
def test_address_of_an_irk_is_always_its_own(irks: list[bytes], chosen: bytes) -> None:
    for irk in irks:
        address = address_of(irk, chosen)
        assert int(address[:2], 16) >> 6 == 0b01
        assert irk in Resolver(irks).whose(address)


@given(Keys, st.binary(max_size=9))
def test_what_is_no_private_address_is_nobodys(irks: list[bytes], data: bytes) -> None:
    found = Resolver(irks).whose(data.hex())
    assert set(found) <= set(irks)
    if len(data) != 6 or data[0] >> 6 != 0b01:
        assert found == ()
