"""The proxy itself: its fates are those of its weather and its seed, and its lines carry what fate lets through."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.interop.faults.fate import FAIR, FOUL, Fates, Weather
from tests.interop.faults.proxy import Line, Proxy

MANY = 10_000


def fates(weather: Weather, seed: str = "s", count: int = MANY) -> list[tuple[float, ...]]:
    of = Fates(seed)
    return [of.next(weather) for _ in range(count)]


def test_in_fair_weather_every_datagram_arrives_once_and_at_once() -> None:
    assert set(fates(FAIR)) == {(0.0,)}


@pytest.mark.parametrize("drop", [0.0, 0.1, 0.3, 1.0])
def test_as_many_are_lost_as_the_weather_says(drop: float) -> None:
    lost = sum(not copies for copies in fates(Weather(drop=drop)))
    assert lost == pytest.approx(MANY * drop, abs=MANY * 0.02)


def test_some_come_twice_and_some_are_held_back_and_the_tally_says_how_many() -> None:
    of = Fates("s")
    came = [of.next(FOUL) for _ in range(MANY)]
    assert of.tally.seen == MANY and of.tally.lost == sum(not copies for copies in came)
    assert of.tally.doubled == sum(len(copies) == 2 for copies in came) > 0.7 * MANY * 0.7 * FOUL.duplicate
    assert of.tally.held == sum(bool(copies) and copies[0] > 0 for copies in came) > 0.7 * MANY * 0.7 * FOUL.reorder


def test_datagram_that_is_held_back_is_overtaken_but_not_kept() -> None:
    held = [copies[0] for copies in fates(Weather(reorder=1.0, held_s=0.1, delay_s=1.0))]
    assert 1.05 <= min(held) < max(held) <= 1.15


def test_same_seed_meets_the_same_fates_and_another_seed_others() -> None:
    assert fates(FOUL, "one", 100) == fates(FOUL, "one", 100) != fates(FOUL, "two", 100)


def test_outage_loses_everything_and_changes_no_later_fate() -> None:
    through, cut = Fates("s"), Fates("s")
    for _ in range(50):
        through.next(FOUL)
        assert cut.next(FOUL, out=True) == ()
    assert [through.next(FOUL) for _ in range(50)] == [cut.next(FOUL) for _ in range(50)]


# --- the lines ------------------------------------------------------------------------------------------------------------


class Echo(asyncio.DatagramProtocol):
    """Answers everything with itself, and remembers who asked."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, tuple[str, int]]] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append((data, addr))
        self.transport.sendto(data, addr)


class Caller:
    """A socket of its own, connected to a line."""

    def __init__(self, line: Line):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(("127.0.0.1", int(line.uri.rpartition(":")[2])))

    def say(self, *words: bytes) -> None:
        for word in words:
            self._socket.send(word)

    async def answers(self, wait_s: float = 0.2) -> list[bytes]:
        await asyncio.sleep(wait_s)
        found = []
        while True:
            try:
                found.append(self._socket.recv(100))
            except BlockingIOError:
                return found

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()


def on_a_line(story: Callable[[Line, Echo], Coroutine[Any, Any, None]], weather: Weather = FAIR) -> None:
    async def run() -> None:
        transport, echo = await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
        proxy = Proxy(1, weather)
        try:
            await story(proxy.line("to echo", "coap://127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])), echo)
        finally:
            proxy.close()
            transport.close()

    asyncio.run(run())


def test_answers_go_back_to_whoever_asked() -> None:
    async def story(line: Line, echo: Echo) -> None:
        with Caller(line) as one, Caller(line) as other:
            one.say(b"1a", b"1b")
            other.say(b"2a", b"2b")
            assert (await one.answers(), await other.answers()) == ([b"1a", b"1b"], [b"2a", b"2b"])
        assert len({sender for _, sender in echo.heard}) == 2

    on_a_line(story)


def test_cut_line_carries_nothing_until_it_is_whole_again() -> None:
    async def story(line: Line, echo: Echo) -> None:
        with Caller(line) as caller:
            line.go_out()
            caller.say(b"lost")
            assert await caller.answers() == [] and echo.heard == []
            line.come_back()
            caller.say(b"there")
            assert await caller.answers() == [b"there"]

    on_a_line(story)


def test_what_is_swallowed_is_lost_both_ways_and_nothing_else_is() -> None:
    async def story(line: Line, echo: Echo) -> None:
        line.swallows = lambda data: data.startswith(b"x")
        with Caller(line) as caller:
            caller.say(b"x1", b"a", b"x2", b"b")
            assert await caller.answers() == [b"a", b"b"]
        assert [data for data, _ in echo.heard] == [b"a", b"b"]

    on_a_line(story)


def test_datagram_that_is_held_back_is_overtaken_by_the_next() -> None:
    async def story(line: Line, echo: Echo) -> None:
        with Caller(line) as caller:
            line.weather = Weather(reorder=1.0, held_s=0.1)
            caller.say(b"first")
            await asyncio.sleep(0.02)
            line.weather = FAIR
            caller.say(b"second")
            assert await caller.answers(0.4) == [b"second", b"first"]

    on_a_line(story)


def test_line_that_is_shut_refuses_as_a_port_where_nobody_listens_does() -> None:
    async def story(line: Line, echo: Echo) -> None:
        with Caller(line) as caller:
            line.shut()
            caller.say(b"lost")
            with pytest.raises(ConnectionRefusedError):
                await caller.answers()
            line.reopen()
            caller.say(b"there")
            assert await caller.answers() == [b"there"]

    on_a_line(story)


def test_line_in_foul_weather_loses_what_its_tally_says() -> None:
    async def story(line: Line, echo: Echo) -> None:
        with Caller(line) as caller:
            for number in range(400):
                caller.say(b"%d" % number)
                await asyncio.sleep(0)
            answers = await caller.answers(0.5)
        assert len(answers) == line.tally.seen - line.tally.lost + line.tally.doubled - len(echo.heard)
        assert 0.35 * 400 < len(set(answers)) < 0.65 * 400  # there and back again: 0.7 x 0.7

    on_a_line(story, FOUL)
