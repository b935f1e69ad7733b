from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import payload, wire
from nanoservices.scanner.keys import APPLE, EDDYSTONE_SERVICE, ROLLING_SERVICE, Advert, key_of

ADDRESS = "D0:11:22:33:44:55"
EID = bytes.fromhex("30ee0102030405060708")
UID = bytes.fromhex("00ee000102030405060708090a0b0c0d0e0f0000")
IBEACON = bytes.fromhex("0215000102030405060708090a0b0c0d0e0f00010002c5")
ROLLING = bytes(range(8))


def advert(address: str = ADDRESS, *, is_random: bool = True, apple: bytes | None = None, **services: bytes) -> Advert:
    uuids = {"rolling": ROLLING_SERVICE, "eddystone": EDDYSTONE_SERVICE}
    manufacturer = {} if apple is None else {APPLE: apple}
    return Advert(address, -60, {uuids[name]: data for name, data in services.items()}, manufacturer, is_random)


@pytest.mark.parametrize(
    ("heard", "key"),
    [
        (advert(rolling=ROLLING, eddystone=EID, apple=IBEACON), "hmac:0001020304050607"),
        (advert(eddystone=EID, apple=IBEACON), "eid:0102030405060708"),
        (advert(eddystone=UID, apple=IBEACON), "uid:000102030405060708090a0b0c0d0e0f"),
        (advert(eddystone=UID[:18]), "uid:000102030405060708090a0b0c0d0e0f"),
        (advert(apple=IBEACON), "ibeacon:000102030405060708090a0b0c0d0e0f00010002"),
        (advert("70:81:94:0D:FB:AA"), "rpa:7081940dfbaa"),
        (advert("70:81:94:0D:FB:AA", is_random=False), "mac:7081940dfbaa"),
        (advert("30:81:94:0D:FB:AA"), "mac:3081940dfbaa"),
        (advert(), "mac:d01122334455"),
        (advert("d0:11:22:33:44:55"), "mac:d01122334455"),
    ],
)
def test_advert_yields_its_strongest_key(heard: Advert, key: str) -> None:
    assert key_of(heard) == key
    assert payload.read(wire.SightingEvent, event(key)).key == key


def event(key: str) -> dict[str, Any]:
    return {"kind": "sighting", "n": 1, "at": 0.0, "zone": "z", "scan": "s", "key": key, "rssi_dbm": -60}


@pytest.mark.parametrize("data", [ROLLING[:7], ROLLING + b"\0", b""])
def test_rolling_id_of_another_length_is_none(data: bytes) -> None:
    assert key_of(advert(rolling=data)) == "mac:d01122334455"


@pytest.mark.parametrize(
    "data", [EID[:9], EID + b"\0", UID[:17], UID[:19], UID + b"\0", b"\x30", b"\x00", b"", b"\x10" + UID[1:]]
)
def test_eddystone_frame_of_another_length_or_kind_is_none(data: bytes) -> None:
    assert key_of(advert(eddystone=data)) == "mac:d01122334455"


@pytest.mark.parametrize("data", [IBEACON[:22], IBEACON + b"\0", b"\x02\x15", b"", b"\x10\x15" + IBEACON[2:]])
def test_other_things_of_apples_are_no_ibeacon(data: bytes) -> None:
    assert key_of(advert(apple=data)) == "mac:d01122334455"


@pytest.mark.parametrize(
    "address", ["", "D0:11:22:33:44", ADDRESS + ":66", "D0-11-22-33-44-55", "G0:11:22:33:44:55", ADDRESS + "\n"]
)
def test_malformed_address_is_no_key(address: str) -> None:
    assert key_of(advert(address)) is None


def test_malformed_address_does_not_hide_a_stronger_key() -> None:
    assert key_of(advert("", rolling=ROLLING)) == "hmac:0001020304050607"


ANYTHING = st.one_of(
    st.none(), st.integers(), st.text(max_size=20), st.binary(max_size=30), st.lists(st.integers(), max_size=3)
)
KNOWN = [ROLLING_SERVICE, EDDYSTONE_SERVICE, APPLE]
PARTS = st.one_of(st.dictionaries(st.sampled_from(KNOWN), ANYTHING), ANYTHING)


@given(st.tuples(ANYTHING, ANYTHING, PARTS, PARTS, ANYTHING))
def test_whatever_comes_off_the_air_gives_a_key_of_the_contract_or_none(parts: tuple[Any, ...]) -> None:
    key = key_of(Advert(*parts))
    assert key is None or payload.read(wire.SightingEvent, event(key)).key == key
