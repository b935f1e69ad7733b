"""The scanner's real radio: bleak's BlueZ backend over a real D-Bus, with a bluetoothd that dies, hangs and goes off."""

import asyncio
import time
from dataclasses import replace

import pytest

from nanoservices.errors import Unavailable
from tests.interop.hardware.air import RING, RING_KEY, Air, play
from tests.unit.patience import until


async def heard(air: Air) -> float:
    """Have the ring advertise until it is sighted once more; seconds that took."""
    began, before = time.monotonic(), len(air.sightings)
    async with asyncio.timeout(10):
        while len(air.sightings) == before:
            await air.bluez.advertise(RING)
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def ready(air: Air) -> None:
    """Tried once, and off again."""
    await until(lambda: air.why is None and ("StopDiscovery" in [call for _, call in air.bluez.calls]) and not air.discovers)


def test_ring_is_sighted_while_a_scan_is_asked_for_and_the_radio_is_off_before_and_after() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        assert not await air.bluez.advertise(RING)  # as real ones: nothing is told while nobody discovers
        await air.scan()
        (filters,) = air.bluez.adapter.filters.values()
        assert filters == {"Transport": "le", "RSSI": -127, "DuplicateData": True}
        await heard(air)
        assert (air.sightings[0].key, air.sightings[0].rssi_dbm) == (RING_KEY, -60)
        await air.scan(0)
        assert not air.discovers
        on_s = air.listening.radio_on_s()
        await asyncio.sleep(0.05)
        assert air.listening.radio_on_s() == on_s > 0

    play(story)


def test_every_change_of_strength_is_heard_though_it_is_less_than_a_step_of_bluez() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        await air.scan()
        for dbm in (-60, -61, -62):
            await air.bluez.advertise(replace(RING, rssi_dbm=dbm))
            await asyncio.sleep(0.08)
        await until(lambda: [sighting.rssi_dbm for sighting in air.sightings] == [-60, -61, -61])  # the median

    play(story)


def test_adapter_that_goes_off_in_a_scan_is_told_and_scans_on_when_it_is_back() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        await air.scan()
        await heard(air)
        await air.bluez.power(False)
        await until(lambda: "hci0 is off" in (air.why or ""))
        with pytest.raises(Unavailable, match="is off"):
            await air.scan()
        await air.bluez.power(True)
        await until(lambda: air.discovers and air.why is None)
        await heard(air)

    play(story)


def test_bluetoothd_that_dies_is_told_and_scanned_with_again_once_it_is_back() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        await air.scan()
        await heard(air)
        for _ in range(3):
            await air.bluez.kill()
            await until(lambda: "bluetoothd" in (air.why or ""))
            with pytest.raises(Unavailable, match="bluetoothd"):
                await air.scan()
            await air.bluez_returns()
            await until(lambda: air.discovers and air.why is None)
            await heard(air)
        radio = air.listening._radio
        assert len(air.bluez.adapter.discoverers) == 1 and not radio._lost  # type: ignore[attr-defined]

    play(story)


def test_bus_that_restarts_is_told_and_scanned_on_again_once_it_is_back() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        await air.scan()
        await heard(air)
        await air.bluez.kill()
        await air.bus.kill()
        await until(lambda: "system bus" in (air.why or ""))
        await air.bus.start()
        await air.bluez_returns()
        await until(lambda: air.discovers and air.why is None)
        await heard(air)

    play(story)


def test_adapter_that_is_not_there_is_named_and_found_when_it_comes() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        await air.bluez.kill()
        air.bluez = type(air.bluez)(air.bus.address, "hci1")
        await air.bluez.start()
        await until(lambda: "no adapter hci0" in (air.why or ""))
        await air.bluez.kill()
        await air.bluez_returns()
        await until(lambda: air.why is None)

    play(story)


def test_bluetoothd_that_hangs_refuses_a_scan_in_time_and_says_so() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        air.bluez.hangs = True
        async with asyncio.timeout(3):
            with pytest.raises(Unavailable, match="did not answer"):
                await air.scan()
        assert "did not answer" in (air.why or "")
        air.bluez.hangs = False
        await until(lambda: air.discovers and air.why is None)

    play(story)


def test_bluetoothd_that_hung_when_it_was_looked_at_is_looked_at_again() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        air.bluez.hangs = True
        await air.bluez.power(False)  # told, and so looked at
        air.bluez.adapter.powered = True
        await until(lambda: "did not answer within 2 s" in (air.why or ""))
        air.bluez.hangs = False  # and says nothing
        await until(lambda: air.why is None)

    play(story)


def test_radio_that_hears_nothing_is_started_anew_and_called_deaf_until_it_hears() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        await air.scan()
        await until(lambda: "deaf" in air.process.problems.get("silence", ""))
        starts = [call for _, call in air.bluez.calls].count("StartDiscovery")
        assert starts >= 3  # the trial at the start, the scan, and anew
        await heard(air)
        assert "silence" not in air.process.problems

    play(story, silence_s=0.1)


def test_adverts_that_are_malformed_harm_nobody() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        await air.scan()
        for number, spoilt in enumerate(
            (
                {"manufacturer": {76: b""}},
                {"manufacturer": {76: b"\x02\x15\x00"}},
                {"manufacturer": {65535: bytes(4000)}},
                {"services": {"0000feaa-0000-1000-8000-00805f9b34fb": b"\x30"}},
                {"services": {"no uuid": bytes(300)}},
                {"name": "\ufffd" * 300, "rssi_dbm": 127},
                {"kind": "neither"},
            )
        ):
            cast = replace(RING, address=f"C0:00:00:00:01:{number:02X}", manufacturer={})
            await air.bluez.advertise(replace(cast, **spoilt))  # type: ignore[arg-type]
        await heard(air)
        assert air.why is None and air.sightings[-1].key == RING_KEY

    play(story)


def test_flood_of_random_addresses_is_heard_and_forgotten_with_the_scan() -> None:
    async def story(air: Air) -> None:
        await ready(air)
        await air.scan()
        for number in range(2500):
            await air.bluez.advertise(
                replace(RING, address=f"C0:00:00:00:{number >> 8:02X}:{number & 255:02X}", manufacturer={})
            )
        await air.bluez.advertise(RING)
        await until(lambda: air.sightings[-1].key == RING_KEY)
        assert len(air.listening.book._strengths) <= 2000
        assert len(air.listening.outbox) <= 1000  # bounded, whatever comes
        await air.scan(0)
        assert not air.listening.book._strengths

    play(story)
