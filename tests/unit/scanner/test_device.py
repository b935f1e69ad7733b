import asyncio
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from bleak.backends.scanner import AdvertisementData

from nanoservices.errors import Unavailable
from nanoservices.scanner.device import BlueZRadio, SimulatedRadio, bluez_advert, simulated_advert
from nanoservices.scanner.keys import Advert, key_of

SAID = {"address": "C0:00:00:00:00:01", "rssi": -61, "services": {"0000FEAA-x": "30ee"}, "manufacturer": {"76": "0215"}}


def test_advert_of_the_simulated_world_is_understood() -> None:
    assert simulated_advert(SAID) == Advert("C0:00:00:00:00:01", -61, {"0000feaa-x": b"\x30\xee"}, {76: b"\x02\x15"})


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"address": "C0:00:00:00:00:01"},
        {**SAID, "rssi": "loud"},
        {**SAID, "rssi": float("inf")},
        {**SAID, "services": {"x": "zz"}},
        {**SAID, "services": {"x": 7}},
        {**SAID, "services": 7},
        {**SAID, "manufacturer": {"apple": "00"}},
    ],
)
def test_what_is_no_advert_is_none(said: Any) -> None:
    assert simulated_advert(said) is None


def test_simulated_radio_without_its_world_does_not_turn_on_and_turns_off(tmp_path: Path) -> None:
    async def run() -> None:
        radio = SimulatedRadio(tmp_path / "world", "pi-lobby")
        with pytest.raises(Unavailable, match="world"):
            await radio.turn(True)
        await radio.turn(False)

    asyncio.run(run())


def data(**changes: Any) -> AdvertisementData:
    held = {
        "local_name": None,
        "manufacturer_data": {76: b"\x02\x15"},
        "service_data": {"0000FEAA-0000-1000-8000-00805F9B34FB": bytes.fromhex("30ee0102030405060708")},
        "service_uuids": [],
        "tx_power": None,
        "rssi": -70,
        "platform_data": (),
        **changes,
    }
    return AdvertisementData(**held)


def test_advert_of_bleak_is_understood() -> None:
    heard = bluez_advert("C0:00:00:00:00:01", {"props": {"AddressType": "random"}}, data())
    assert (heard.rssi_dbm, key_of(heard)) == (-70, "eid:0102030405060708")


@pytest.mark.parametrize(
    ("details", "key"),
    [
        ({"props": {"AddressType": "public"}}, "mac:7081940dfbaa"),
        ({"props": {"AddressType": "random"}}, "rpa:7081940dfbaa"),
        ({"props": {}}, "rpa:7081940dfbaa"),
        (None, "rpa:7081940dfbaa"),
    ],
)
def test_only_a_random_address_is_taken_for_a_private_one(details: Any, key: str) -> None:
    assert key_of(bluez_advert("70:81:94:0D:FB:AA", details, data(service_data={}, manufacturer_data={}))) == key


def test_bluetooth_that_is_not_there_is_named_with_the_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")

    async def run() -> None:
        radio = BlueZRadio("hci7")
        with pytest.raises(Unavailable, match="hci7"):
            await radio.turn(True)
        await radio.turn(False)

    asyncio.run(run())


class FakeScanner:
    """Stands where bleak's scanner does; remembers how it was made and what it was told."""

    made: ClassVar[list["FakeScanner"]] = []

    def __init__(self, detected: Any, *, scanning_mode: str, bluez: Any):
        self.detected, self.mode, self.bluez = detected, scanning_mode, bluez
        self.told: list[str] = []
        FakeScanner.made.append(self)

    async def start(self) -> None:
        self.told.append("start")

    async def stop(self) -> None:
        self.told.append("stop")
        raise EOFError("the bus is gone")


class Device:
    address = "C0:00:00:00:00:01"
    details = None


def test_every_time_on_has_a_scanner_of_its_own_and_a_stop_that_fails_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeScanner, "made", [])
    monkeypatch.setattr(sys.modules["bleak"], "BleakScanner", FakeScanner)

    async def run() -> None:
        radio = BlueZRadio("hci0")
        for _ in range(2):
            await radio.turn(True)
            await radio.turn(True)
            await radio.turn(False)

    asyncio.run(run())
    assert [scanner.told for scanner in FakeScanner.made] == [["start", "stop"]] * 2
    assert FakeScanner.made[0].mode == "active"
    assert FakeScanner.made[0].bluez["adapter"] == "hci0"
    assert FakeScanner.made[0].bluez["filters"] == {"RSSI": -127, "DuplicateData": True}


def test_fault_in_what_hears_an_advert_is_logged_without_its_key(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def hear(advert: Advert) -> None:
        raise ValueError(advert.address)

    radio = BlueZRadio("hci0")
    radio._hear = hear
    radio._detected(Device(), data())  # type: ignore[arg-type]
    (record,) = caplog.records
    assert vars(record)["about"] == {"why": "ValueError"}
    assert record.exc_info is None
