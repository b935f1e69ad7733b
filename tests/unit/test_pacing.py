import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nanoservices import clock, outbox, wire
from nanoservices.announcing import announce
from nanoservices.coap import Endpoint
from nanoservices.errors import PeerSilent
from nanoservices.pacing import BETWEEN_S, pause_s
from tests.unit.patience import until

AWAY = PeerSilent("controller", "nobody listens there")


def test_first_try_again_comes_soon_and_later_ones_less_often() -> None:
    pauses = [pause_s(failures, 0.0) for failures in range(1, 6)]
    assert pauses == sorted(pauses) and pauses[0] <= 0.1 < pauses[1]


def test_peer_that_is_back_after_however_long_is_noticed_within_half_a_second() -> None:
    assert all(0 < pause_s(failures, 0.0) < 0.4 for failures in (1, 2, 3, 10, 1_000_000))


def test_try_that_has_waited_for_an_answer_is_followed_by_the_next_at_once() -> None:
    assert all(pause_s(failures, 2.0) == 0.0 for failures in (1, 2, 10))


def test_time_that_a_try_took_is_taken_off_its_pause() -> None:
    assert pause_s(1, 0.04) == pytest.approx(BETWEEN_S[0] - 0.04)


class Absent:
    """Stands where an Endpoint does: each call takes `took_s` and comes to nothing; remembers when it was called."""

    def __init__(self, took_s: float):
        self.at: list[float] = []
        self._took_s = took_s

    async def call(self, *_: Any, **__: Any) -> Any:
        self.at.append(clock.monotonic())
        await asyncio.sleep(self._took_s)
        raise AWAY

    @property
    def gaps_s(self) -> list[float]:
        return [later - sooner for sooner, later in zip(self.at, self.at[1:], strict=False)]


def delivered_to(absent: Absent) -> None:
    async def run() -> None:
        box = outbox.Outbox()
        box.put(wire.PresenceEvent("presence", 0, 1.0, "entrance", "occupied", edge=True))
        work = asyncio.create_task(
            outbox.deliver(box, cast(Endpoint, cast(Any, absent)), "coap://c", "presence@pi", "b1", lambda why: None)
        )
        await until(lambda: len(absent.at) == 5)
        work.cancel()

    asyncio.run(run())


def announced_to(absent: Absent) -> None:
    settings = SimpleNamespace(controller="coap://c", node="pi", announce_uri=None)
    seam = {"endpoint": absent, "settings": settings, "word": "presence", "boot": "b1", "zone": "entrance", "problems": {}}

    async def run() -> None:
        service: Any = SimpleNamespace(**seam, readiness_changed=asyncio.Event(), problem=lambda about_what, text: None)
        work = asyncio.create_task(announce(service))
        await until(lambda: len(absent.at) == 5)
        work.cancel()

    asyncio.run(run())


@pytest.mark.parametrize("told", [delivered_to, announced_to])
def test_controller_where_nobody_listens_is_tried_seldom_but_never_left_for_long(told: Any) -> None:
    absent = Absent(0.0)
    told(absent)
    assert sum(absent.gaps_s) > 0.09 * len(absent.gaps_s)  # no storm; one held up may come close to the next
    assert pause_s(len(absent.at), 0.0) < 0.4


@pytest.mark.parametrize("told", [delivered_to, announced_to])
def test_controller_that_answers_nothing_is_asked_again_without_a_rest(told: Any) -> None:
    absent = Absent(BETWEEN_S[-1] + 0.02)
    told(absent)
    assert min(absent.gaps_s) < BETWEEN_S[-1] + 0.1
