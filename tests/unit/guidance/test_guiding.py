import asyncio
from collections.abc import Awaitable, Callable

import pytest

from nanoservices import wire
from nanoservices.errors import Unavailable
from nanoservices.guidance import guiding as module
from nanoservices.guidance.animation import PALETTE, Frame
from nanoservices.guidance.device import Trouble
from nanoservices.guidance.guiding import Guiding
from nanoservices.process import Process
from nanoservices.settings import Settings
from tests.unit.patience import until

ZONE = "entrance"
DARK = ((0, 0, 0),) * 2


class FakeStrip:
    """Remembers what it showed; `why` is what keeps it from showing anything."""

    def __init__(self) -> None:
        self.shown: list[Frame] = []
        self.why: str | None = None

    async def live(self, trouble: Trouble) -> None:
        await asyncio.Event().wait()

    def show(self, frame: Frame) -> None:
        if self.why is not None:
            raise Unavailable(self.why)
        self.shown.append(frame)

    async def close(self) -> None:
        self.shown.append(DARK)


class Guidance:
    def __init__(self) -> None:
        self.process = Process("guidance", Settings(node="pi-lobby"))
        self.strip = FakeStrip()
        self.guiding = Guiding(self.process, ZONE, self.strip, (True, True))
        self._seq = 0

    async def order(self, visit: str, state: str = "lead", *, again: bool = False, for_s: float = 60.0) -> wire.Guided:
        self._seq += 0 if again else 1
        order = wire.GuideOrder(visit, "b1", self._seq, "lead" if state == "lead" else "stop", (ZONE,), 0, for_s)
        return await self.guiding.put(order, "coap://controller")

    async def visits(self) -> tuple[str, ...]:
        return (await self.guiding.get(None, "coap://somebody")).visits


def play(story: Callable[[Guidance], Awaitable[None]]) -> Guidance:
    async def run() -> Guidance:
        guidance = Guidance()
        await story(guidance)
        await guidance.guiding.close()
        return guidance

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.002)


def test_first_light_is_on_before_the_order_is_answered() -> None:
    async def story(guidance: Guidance) -> None:
        answer = await guidance.order("v1")
        assert guidance.strip.shown == [(PALETTE[0], (0, 0, 0))]
        assert answer.lit and answer.lit_at is not None and answer.lit_at <= answer.sent_at

    play(story)


def test_repeated_order_is_answered_with_the_same_time() -> None:
    async def story(guidance: Guidance) -> None:
        first = await guidance.order("v1")
        assert (await guidance.order("v1", again=True)).lit_at == first.lit_at

    play(story)


def test_stop_is_dark_before_it_is_answered_and_nothing_runs_on() -> None:
    async def story(guidance: Guidance) -> None:
        await guidance.order("v1")
        answer = await guidance.order("v1", "stop")
        assert (answer.lit, answer.lit_at, guidance.strip.shown[-1]) == (False, None, DARK)
        assert guidance.guiding._timer is None
        assert (await guidance.guiding.get(None, "")) == wire.GuideState(ZONE, (), 0)

    play(story)


def test_light_goes_out_by_itself_when_its_time_is_over() -> None:
    async def story(guidance: Guidance) -> None:
        await guidance.order("v1", for_s=0.01)
        await until(lambda: guidance.strip.shown[-1] == DARK)
        assert await guidance.visits() == ()

    play(story)


def test_light_runs_by_itself() -> None:
    async def story(guidance: Guidance) -> None:
        await guidance.order("v1")
        await until(lambda: len(set(guidance.strip.shown)) > 1)
        assert max(guidance.strip.shown[-1][1]) == 255

    play(story)


def test_strip_that_fails_is_said_in_the_answer_and_in_readiness_until_it_works() -> None:
    async def story(guidance: Guidance) -> None:
        guidance.strip.why = "the daemon is gone"
        with pytest.raises(Unavailable, match="the daemon is gone"):
            await guidance.order("v1")
        assert guidance.process.problems["strip"] == "the daemon is gone"
        guidance.strip.why = None
        answer = await guidance.order("v1", again=True)
        assert answer.lit and "strip" not in guidance.process.problems

    play(story)


def test_strip_that_failed_to_go_dark_is_put_out_once_it_works() -> None:
    async def story(guidance: Guidance) -> None:
        await guidance.order("v1")
        guidance.strip.why = "the daemon is gone"
        with pytest.raises(Unavailable):
            await guidance.order("v1", "stop")
        guidance.strip.why = None
        await until(lambda: guidance.strip.shown[-1] == DARK)

    play(story)


def test_lights_are_out_after_the_end_of_the_process_and_no_order_lights_them_again() -> None:
    async def story(guidance: Guidance) -> None:
        await guidance.order("v1")
        await guidance.guiding.close()
        with pytest.raises(Unavailable):
            await guidance.order("v2")

    assert play(story).strip.shown[-1] == DARK
