import asyncio
from collections.abc import Awaitable, Callable

import pytest

from nanoservices import wire
from nanoservices.errors import Unavailable
from nanoservices.process import Process
from nanoservices.scanner import listening as module
from nanoservices.scanner.device import Hear, Trouble
from nanoservices.scanner.keys import Advert
from nanoservices.scanner.listening import Listening
from nanoservices.settings import Settings
from tests.unit.patience import until

ZONE = "entrance"


class FakeRadio:
    """Remembers how it was turned; `why` is what keeps it from going on."""

    def __init__(self) -> None:
        self.turns: list[bool] = []
        self.why: str | None = None

    async def live(self, hear: Hear, trouble: Trouble) -> None:
        await asyncio.Event().wait()

    async def turn(self, on: bool) -> None:
        await asyncio.sleep(0)
        if on and self.why is not None:
            raise Unavailable(self.why)
        self.turns.append(on)


class Scanner:
    def __init__(self) -> None:
        self.process = Process("scanner", Settings(node="pi-lobby"))
        self.radio = FakeRadio()
        self.listening = Listening(self.process, ZONE, self.radio, repeat_s=1.0)

    async def scan(self, scan: str, window_s: float) -> wire.Scans:
        return await self.listening.put(wire.ScanOrder(scan, ZONE, window_s), "coap://controller")

    @property
    def is_on(self) -> bool:
        return self.radio.turns[-1:] == [True]


def play(story: Callable[[Scanner], Awaitable[None]], *, radio_fails: str | None = None) -> Scanner:
    async def run() -> Scanner:
        scanner = Scanner()
        scanner.radio.why = radio_fails
        keep = asyncio.create_task(scanner.listening.keep())
        await until(lambda: scanner.radio.turns == [True, False] or "radio" in scanner.process.problems)
        await story(scanner)
        assert not keep.done()
        await scanner.listening.close()
        keep.cancel()
        return scanner

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.002)


def test_radio_is_tried_at_the_start_and_off_again() -> None:
    async def story(scanner: Scanner) -> None:
        assert scanner.radio.turns == [True, False]

    play(story)


def test_radio_is_on_when_the_order_is_answered_and_off_when_the_scan_is_ended() -> None:
    async def story(scanner: Scanner) -> None:
        answer = await scanner.scan("s1", 5.0)
        assert scanner.is_on and [scan.scan for scan in answer.scans] == ["s1"]
        answer = await scanner.scan("s1", 0)
        assert not scanner.is_on and answer.scans == ()

    assert play(story).listening.radio_on_s() > 0


def test_radio_stays_on_until_the_last_scan_is_over() -> None:
    async def story(scanner: Scanner) -> None:
        await scanner.scan("s1", 5.0)
        await scanner.scan("s2", 0.02)
        await until(lambda: [scan.scan for scan in scanner.listening.state().scans] == ["s1"])
        assert scanner.is_on
        await scanner.scan("s1", 0.01)
        await until(lambda: not scanner.is_on)

    assert play(story).radio.turns == [True, False, True, False]


def test_sightings_go_to_the_outbox_with_the_scan_and_the_zone() -> None:
    async def story(scanner: Scanner) -> None:
        await scanner.scan("s1", 5.0)
        scanner.listening.heard(Advert("C0:00:00:00:00:01", -60, {}, {}))
        scanner.listening.heard(Advert("C0:00:00:00:00:01", -61, {}, {}))

    (event,) = play(story).listening.outbox.batch()
    assert isinstance(event, wire.SightingEvent)
    assert (event.n, event.zone, event.scan, event.key, event.rssi_dbm) == (1, ZONE, "s1", "mac:c00000000001", -60)


def test_radio_that_fails_is_said_in_the_answer_and_in_readiness() -> None:
    async def story(scanner: Scanner) -> None:
        with pytest.raises(Unavailable, match="no adapter hci0"):
            await scanner.scan("s1", 5.0)
        assert scanner.process.problems["radio"] == "no adapter hci0"
        assert (await scanner.scan("s1", 0)).scans == ()

    play(story, radio_fails="no adapter hci0")


def test_radio_that_comes_back_takes_up_the_scan_by_itself() -> None:
    async def story(scanner: Scanner) -> None:
        with pytest.raises(Unavailable):
            await scanner.scan("s1", 5.0)
        scanner.radio.why = None
        await until(lambda: scanner.is_on)
        assert "radio" not in scanner.process.problems

    play(story, radio_fails="no adapter hci0")


def test_radio_that_comes_back_makes_the_scanner_ready_without_a_scan() -> None:
    async def story(scanner: Scanner) -> None:
        scanner.radio.why = None
        await until(lambda: "radio" not in scanner.process.problems and not scanner.is_on)

    assert play(story, radio_fails="no adapter hci0").radio.turns == [True, False]


def test_radio_that_failed_once_is_tried_until_it_works_though_nobody_scans_any_more() -> None:
    async def story(scanner: Scanner) -> None:
        scanner.radio.why = "no adapter hci0"
        with pytest.raises(Unavailable):
            await scanner.scan("s1", 5.0)
        await scanner.scan("s1", 0)
        scanner.radio.why = None
        await until(lambda: "radio" not in scanner.process.problems and not scanner.is_on)

    assert play(story).radio.turns == [True, False] * 2


def test_radio_is_off_after_the_end_of_the_process() -> None:
    async def story(scanner: Scanner) -> None:
        await scanner.scan("s1", 5.0)

    assert play(story).radio.turns[-1] is False


def test_keys_are_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def story(scanner: Scanner) -> None:
        with caplog.at_level("DEBUG"):
            await scanner.scan("s1", 5.0)
            scanner.listening.heard(Advert("C0:00:00:00:00:01", -60, {}, {}))

    play(story)
    assert caplog.records
    assert not [record for record in caplog.records if "c00000000001" in repr(vars(record)).lower().replace(":", "")]
