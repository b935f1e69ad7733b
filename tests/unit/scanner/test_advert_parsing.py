"""Anything may come off the air, or from the simulated world: a key, or none."""

import re
from typing import Any

from bleak.backends.scanner import AdvertisementData
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import payload, wire
from nanoservices.scanner.device import bluez_advert, simulated_advert
from nanoservices.scanner.keys import APPLE, EDDYSTONE_SERVICE, ROLLING_SERVICE, Advert, key_of
from nanoservices.scanner.logic import ScanBook
from tests.unit.hostile import any_text, changed_somewhere, odd_values, often

ADDRESSES = any_text | st.from_regex(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", fullmatch=True)
BYTES = st.binary(max_size=30) | st.sampled_from([bytes(size) for size in (0, 8, 10, 18, 20, 23, 100_000)])
SERVICES = st.dictionaries(st.sampled_from([ROLLING_SERVICE, EDDYSTONE_SERVICE, ""]) | any_text, BYTES, max_size=3)
MAKERS = st.dictionaries(st.sampled_from([APPLE, 0, -1, 2**40]), BYTES, max_size=2)
NUMBERS = st.integers() | st.sampled_from([127, -128, 10**400])
KEY = re.compile(r"(hmac|eid|uid|ibeacon|rpa|mac):[0-9a-f]+")


def reported(advert: Advert) -> str | None:
    """The key as it goes over the wire, which takes it."""
    book = ScanBook("entrance", 1.0)
    book.order("s1", "entrance", 5.0, 0.0)
    found = book.hear(advert, 0.0)
    if found is None:
        return None
    event = wire.SightingEvent("sighting", 1, 0.0, "entrance", "s1", found.key, found.rssi_dbm)
    batch = wire.EventBatch("scanner@pi", "b", "c", 0.0, (event,))
    assert payload.decode(wire.EventBatch, payload.encode(batch)) == batch
    return found.key


@often
@given(ADDRESSES, NUMBERS, SERVICES, MAKERS, st.booleans())
def test_any_advert_has_a_key_that_the_wire_takes_or_none(
    address: str, rssi: int, services: dict[str, bytes], makers: dict[int, bytes], is_random: bool
) -> None:
    key = reported(Advert(address, rssi, services, makers, is_random))
    assert key is None or KEY.fullmatch(key)


@often
@given(st.lists(odd_values, min_size=5, max_size=5))
def test_what_is_no_advert_at_all_has_no_key_and_raises_nothing(parts: list[Any]) -> None:
    assert key_of(Advert(*parts)) is None or isinstance(parts[0], str)


SAID = {
    "advert": {
        "address": "C0:00:00:00:00:01",
        "rssi": -61,
        "services": {ROLLING_SERVICE: "00" * 8},
        "manufacturer": {"76": "02"},
    }
}


@often
@given(changed_somewhere(SAID))
def test_any_message_of_the_simulated_world_is_an_advert_or_none(said: Any) -> None:
    if not isinstance(said, dict):
        return
    advert = simulated_advert(said.get("advert"))
    if advert is not None:
        reported(advert)


@often
@given(ADDRESSES, odd_values, SERVICES, MAKERS, st.integers(-200, 200))
def test_any_advert_of_bluez_is_handled(
    address: str, details: Any, services: dict[str, bytes], makers: dict[int, bytes], rssi: int
) -> None:
    data = AdvertisementData(None, makers, services, [], None, rssi, ())
    reported(bluez_advert(address, details, data))
    reported(bluez_advert(address, {"props": details}, data))
