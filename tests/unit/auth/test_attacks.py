"""Stories of who should not get in: copies, recordings, other places, and luck."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import wire
from nanoservices.auth.directory import Directory
from nanoservices.auth.kinds import Beacon
from nanoservices.auth.logic import recognise
from nanoservices.auth.memory import MOST_ADDRESSES, MOST_STRANGERS, RPA_S, Memory, Raised
from nanoservices.auth.model import Credential, Meeting
from nanoservices.auth.rotating import Rotating
from nanoservices.auth.zones import distance
from nanoservices.eddystone import Moment, ids
from nanoservices.private_address import address_of
from tests.unit.auth.house import EARLY_S, MAC, NOW, credentials, meeting, tag

IRK = bytes.fromhex("ec0234a357c8ad05341010a60a397d9b")
BEACON = Beacon(b"B" * 16, 10, int(NOW) - 5_000)
DAY_S = 86_400.0
ROUTES = [("entrance", "corridor", "room-1"), ("entrance", "corridor", "room-2")]


class Building:
    """Alice has a phone, too, and bob a beacon; what is heard is asked about there and then."""

    def __init__(self, *meetings: Meeting, more: Iterable[Credential] = ()):
        phone = Credential("p-alice", "alice", "irk", IRK.hex())
        beacon = Credential("e-bob", "bob", "eid", f"{BEACON.key.hex()}:{BEACON.exponent}:{BEACON.zero_unix}")
        held = [*credentials(), phone, beacon, *more]
        self.directory = Directory(held, meetings, early_s=EARLY_S, rotating=Rotating())
        self.directory.prepare(NOW)
        self.memory = Memory(distance(ROUTES))

    def hears(self, key: str, at: float = NOW, zone: str = "entrance", rssi_dbm: int = -50) -> str:
        sighting = wire.Sighting(key, rssi_dbm, 0.0)
        (answer,) = recognise([sighting], self.directory, at, self.memory, zone)
        return answer.reason or f"{answer.participant} by {answer.strength}"

    def alarms(self) -> list[Raised]:
        return self.memory.take()[0]


def building(least: wire.Strength = "rolling", more: Iterable[Credential] = ()) -> Building:
    """Everybody is invited to what is on now, and tomorrow as well."""
    today = meeting("today", "alice", "bob", least=least)
    tomorrow = meeting("tomorrow", "alice", "bob", starts_s=DAY_S - 600, ends_s=DAY_S + 3000, least=least)
    return Building(today, tomorrow, more=more)


def phone(chosen: str = "708194") -> str:
    return f"rpa:{address_of(IRK, bytes.fromhex(chosen))}"


def beacon(at: float = NOW) -> str:
    return f"eid:{ids([Moment(BEACON.key, BEACON.exponent, int(at) - BEACON.zero_unix)])[0]}"


def test_clone_of_a_name_tag_opens_only_what_takes_name_tags() -> None:
    assert building("static").hears(MAC["bob"]) == "bob by static"
    assert building("irk").hears(MAC["bob"]) == "too-weak"
    assert building().hears(MAC["bob"]) == "too-weak"


def test_phone_is_known_by_every_address_it_takes() -> None:
    house = building("irk")
    assert house.hears(phone()) == "alice by irk"
    assert house.hears(phone("4a1b2c"), NOW + 900) == "alice by irk"
    assert building().hears(phone()) == "too-weak"  # where contents are confidential, it is not enough


def test_recorded_address_of_a_phone_is_refused_the_next_day() -> None:
    house = building("irk")
    assert house.hears(phone()) == "alice by irk"
    assert house.hears(phone(), NOW + RPA_S) == "alice by irk"
    assert house.hears(phone(), NOW + RPA_S + 1) == "replay"
    assert house.hears(phone(), NOW + DAY_S) == "replay"
    assert house.hears(phone("4a1b2c"), NOW + DAY_S) == "alice by irk"


def test_recorded_address_is_refused_after_a_restart_too() -> None:
    house = building("irk")
    house.hears(phone())
    _, written = house.memory.take()
    again = building("irk")
    again.memory.know((address.mark, address.first) for address in written)
    assert again.hears(phone(), NOW + DAY_S) == "replay"
    assert written[0].credential == "p-alice"


def test_beacon_is_as_strong_as_a_rolling_tag() -> None:
    house = building()
    assert house.hears(beacon()) == "bob by rolling"
    assert house.hears(beacon(NOW + 2 * 1024), NOW + 2 * 1024) == "bob by rolling"


@pytest.mark.parametrize("says", [beacon, lambda: tag("bob")])
def test_recorded_rolling_id_is_refused_once_its_window_is_over(says: object) -> None:
    key = says()  # type: ignore[operator]
    house = building()
    assert house.hears(key) == "bob by rolling"
    assert house.hears(key, NOW + 2 * 1024) in ("replay", "unknown-key")
    assert house.hears(key, NOW + DAY_S) == "unknown-key"


def test_recorded_rolling_id_is_refused_within_its_tolerance_when_the_tag_has_gone_on() -> None:
    house, recorded = building(), tag("bob")
    assert house.hears(recorded) == "bob by rolling"
    assert house.hears(recorded, NOW + 61) == "bob by rolling"  # its clock may be a minute behind
    assert house.hears(tag("bob", NOW + 62), NOW + 62) == "bob by rolling"
    assert house.hears(recorded, NOW + 64) == "bob by rolling"  # on its way while the tag went on
    assert house.hears(recorded, NOW + 70) == "replay"
    assert house.hears(tag("bob", NOW + 71), NOW + 71) == "bob by rolling"


def test_clock_that_is_set_back_makes_no_old_id_new() -> None:
    house, recorded = building(), tag("bob", NOW - 600)
    assert building().hears(recorded, NOW - 600) == "bob by rolling"
    assert house.hears(tag("bob")) == "bob by rolling"
    assert house.hears(recorded, NOW - 600) == "replay"


def test_recorded_rolling_id_in_a_distant_zone_is_refused_and_an_alarm() -> None:
    house = building()
    assert house.hears(tag("bob"), NOW, "entrance") == "bob by rolling"
    assert house.hears(tag("bob"), NOW + 1, "room-2") == "replay"
    assert house.alarms() == [Raised("two-places", "bob", ("entrance", "room-2"))]
    assert house.hears(tag("bob"), NOW + 1.5, "entrance") == "bob by rolling"  # where it was before it is believed
    house.hears(tag("bob"), NOW + 2, "room-1")
    assert house.alarms() == []  # one alarm about one thing for a while


def test_neighbouring_zones_a_faint_signal_and_a_walk_are_no_alarm() -> None:
    house = building()
    house.hears(tag("bob"), NOW, "entrance")
    assert house.hears(tag("bob"), NOW + 1, "corridor") == "bob by rolling"
    assert house.hears(tag("bob"), NOW + 1.5, "room-1") == "bob by rolling"
    assert house.hears(tag("bob"), NOW + 1.6, "entrance", rssi_dbm=-80) == "bob by rolling"
    assert house.hears(tag("bob"), NOW + 20, "entrance") == "bob by rolling"
    assert house.hears(tag("bob"), NOW + 20.1, "a zone on no route") == "bob by rolling"
    assert house.alarms() == []


def test_flood_of_ten_thousand_random_addresses_gets_nobody_in() -> None:
    chance = random.Random(20310506)
    crowd = [Credential(f"p-{n}", "alice", "irk", chance.randbytes(16).hex()) for n in range(60)]
    house = building("irk", crowd)
    found = {house.hears(f"rpa:{0x40 | n % 64:02x}{chance.randbytes(5).hex()}", NOW + n / 500) for n in range(10_000)}
    assert found == {"unknown-key"}
    assert house.alarms() == [Raised("flood", None, ("entrance",))]
    assert house.hears(phone(), NOW + 21) == "too-weak"  # one of so many could be luck
    assert house.hears(tag("alice", NOW + 21), NOW + 21) == "alice by rolling"  # and this is none
    assert house.hears(phone("4a1b2c"), NOW + 200) == "alice by irk"


def test_memory_is_bounded() -> None:
    memory = Memory()
    memory.know((f"rpa:{n:012x}", NOW) for n in range(MOST_ADDRESSES + 500))
    assert len(memory._addresses) == MOST_ADDRESSES
    house = building("irk")
    chance = random.Random(2)
    for n in range(2 * MOST_STRANGERS + 100):
        house.hears(f"rpa:40{chance.randbytes(5).hex()}", NOW + n / 1000)
    assert len(house.memory._strangers) <= 2 * MOST_STRANGERS


@given(st.lists(st.tuples(st.floats(0, 3000), st.integers(-3, 3)), max_size=12))
def test_whatever_was_heard_before_the_tag_itself_is_let_in(steps: list[tuple[float, int]]) -> None:
    house, at = building(), NOW
    for wait_s, windows in steps:
        house.hears(tag("bob", at + 60 * min(0, windows)), at)  # recordings of any age, but none from the future
        assert house.hears(tag("bob", at), at) == "bob by rolling"
        at += min(wait_s, (NOW + 3000 - at) / 2)


@given(st.lists(st.tuples(st.floats(0, 5000), st.integers(0, 3)), max_size=20))
def test_no_address_is_taken_longer_than_twenty_minutes_after_it_was_first_heard(steps: list[tuple[float, int]]) -> None:
    house, at = Building(meeting("long", "alice", ends_s=200_000, least="irk")), NOW
    first: dict[int, float] = {}
    for wait_s, which in steps:
        at += wait_s
        said = house.hears(phone(f"41000{which}"), at)
        assert said == ("alice by irk" if at - first.setdefault(which, at) <= RPA_S else "replay")
