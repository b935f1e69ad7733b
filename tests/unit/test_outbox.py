import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import pacing, wire
from nanoservices.coap import Endpoint
from nanoservices.errors import PeerError, PeerRefused, PeerSilent
from nanoservices.outbox import BATCH, Outbox, deliver
from tests.unit.patience import until


def sighting(key: str = "mac:0a0b0c0d0e0f") -> wire.SightingEvent:
    return wire.SightingEvent("sighting", 0, 1.0, "entrance", "s1", key, -60)


def presence() -> wire.PresenceEvent:
    return wire.PresenceEvent("presence", 0, 1.0, "entrance", "occupied", edge=True)


def numbers(outbox: Outbox) -> list[int]:
    return [event.n for event in outbox.batch()]


def test_events_are_numbered_from_one_in_their_order() -> None:
    outbox = Outbox()
    for _ in range(3):
        outbox.put(sighting())
    assert numbers(outbox) == [1, 2, 3]


def test_batch_is_the_oldest_events_and_at_most_one_message_full() -> None:
    outbox = Outbox()
    for _ in range(BATCH + 5):
        outbox.put(sighting())
    assert numbers(outbox) == list(range(1, BATCH + 1))


def test_acknowledged_events_are_forgotten_and_their_numbers_not_used_again() -> None:
    outbox = Outbox()
    for _ in range(3):
        outbox.put(sighting())
    outbox.acknowledge(2)
    outbox.put(sighting())
    assert numbers(outbox) == [3, 4]


def test_acknowledging_twice_is_acknowledging_once() -> None:
    outbox = Outbox()
    for _ in range(3):
        outbox.put(sighting())
    for _ in range(2):
        outbox.acknowledge(1)
    assert numbers(outbox) == [2, 3]


def test_full_outbox_gives_up_sightings_before_presence() -> None:
    outbox = Outbox(most=2)
    outbox.put(presence())
    outbox.put(sighting())
    outbox.put(presence())
    assert (numbers(outbox), outbox.dropped) == ([1, 3], 1)
    outbox.put(presence())
    assert (numbers(outbox), outbox.dropped) == ([3, 4], 2)


@given(st.lists(st.one_of(st.sampled_from(["sighting", "presence"]), st.integers(0, 60)), max_size=80))
def test_outbox_is_bounded_in_order_and_loses_nothing_unsaid(steps: list[str | int]) -> None:
    outbox = Outbox(most=8)
    put = acknowledged = 0
    for step in steps:
        if isinstance(step, int):
            before = len(outbox)
            outbox.acknowledge(step)
            acknowledged += before - len(outbox)
        else:
            outbox.put(sighting() if step == "sighting" else presence())
            put += 1
        assert len(outbox) <= 8 and outbox.filled.is_set() == (len(outbox) > 0)
        assert put == len(outbox) + outbox.dropped + acknowledged
        assert numbers(outbox) == sorted(set(numbers(outbox)))


class FakeController:
    """Stands where an Endpoint does: answers by script, then acknowledges everything; remembers what it was sent."""

    def __init__(self, *script: PeerError):
        self._script = list(script)
        self.batches: list[list[int]] = []

    async def call(self, row: wire.Resource, uri: str, message: wire.EventBatch, *, peer: str) -> wire.Acknowledgement:
        assert (row, uri, message.source, message.boot) == (wire.EVENTS, "coap://c", "scanner@pi", "b1")
        self.batches.append([event.n for event in message.events])
        await asyncio.sleep(0)
        if self._script:
            raise self._script.pop(0)
        return wire.Acknowledgement(self.batches[-1][-1])


def delivered(outbox: Outbox, controller: FakeController, holds: Callable[[], bool]) -> list[str | None]:
    states: list[str | None] = []

    async def run() -> None:
        endpoint = cast(Endpoint, cast(Any, controller))
        work = asyncio.create_task(deliver(outbox, endpoint, "coap://c", "scanner@pi", "b1", states.append))
        await until(holds)
        work.cancel()

    asyncio.run(run())
    return states


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "BETWEEN_S", (0.001,))


def test_every_event_is_delivered_in_order_one_batch_at_a_time() -> None:
    outbox, controller = Outbox(), FakeController()
    for _ in range(BATCH + 2):
        outbox.put(sighting())
    states = delivered(outbox, controller, lambda: len(outbox) == 0)
    assert controller.batches == [list(range(1, BATCH + 1)), [BATCH + 1, BATCH + 2]]
    assert states == [None] * 2


def test_silent_controller_gets_the_same_events_again(quick: None) -> None:
    outbox, controller = Outbox(), FakeController(PeerSilent("controller", "no answer"), PeerRefused("controller", "5.03", ""))
    outbox.put(presence())
    states = delivered(outbox, controller, lambda: len(outbox) == 0)
    assert (controller.batches, outbox.dropped) == ([[1], [1], [1]], 0)
    assert [why is None for why in states] == [False, False, True]


def test_event_that_will_never_be_taken_is_given_up_alone_and_blocks_no_other() -> None:
    class Strict(FakeController):
        async def call(self, row: wire.Resource, uri: str, message: wire.EventBatch, *, peer: str) -> wire.Acknowledgement:
            answer = await super().call(row, uri, message, peer=peer)
            if 3 in self.batches[-1]:
                raise PeerRefused("controller", "4.00", "zone: is missing")
            return answer

    outbox, controller = Outbox(), Strict()
    for _ in range(BATCH + 1):
        outbox.put(sighting())
    delivered(outbox, controller, lambda: len(outbox) == 0)
    taken = [n for batch in controller.batches if 3 not in batch for n in batch]
    assert taken == [n for n in range(1, BATCH + 2) if n != 3]
    assert outbox.dropped == 1


def test_no_of_somebody_else_at_the_controllers_address_loses_nothing(quick: None) -> None:
    outbox, controller = Outbox(), FakeController(PeerRefused("controller", "4.04", ""), PeerRefused("controller", "4.05", ""))
    outbox.put(presence())
    states = delivered(outbox, controller, lambda: len(outbox) == 0)
    assert (controller.batches, outbox.dropped) == ([[1], [1], [1]], 0)
    assert [why is None for why in states] == [False, False, True]
