"""Several orders to one peer: one that never arrives keeps back no other (RFC 7252 section 4.7 with more than one)."""

from pathlib import Path

import pytest

from nanoservices import clock, wire
from nanoservices.controller.dispatch import LEAD_S
from swarm.demo.watcher import all_visits
from tests.interop.faults.house import Played
from tests.interop.faults.street import SLACK_S, Street, tell

pytestmark = pytest.mark.interop


class Strip:
    """One strip of lights at the door, led by the controller; auth grants everybody the meeting."""

    def __init__(self, street: Street):
        self._street = street
        self.lit_at: dict[str, float] = {}

    def guide(self, order: wire.GuideOrder, _sender: str) -> wire.Guided:
        now = clock.monotonic()
        self.lit_at.setdefault(order.visit, now)
        return wire.Guided(order.visit, True, clock.name(), now, now)

    def recognise(self, message: wire.Recognition, _sender: str) -> wire.Answers:
        granted = (
            wire.Answer("granted", None, f"person-{sighting.key[-1]}", "rolling", "m1", "room-1", 3600.0)
            for sighting in message.sightings
        )
        return wire.Answers(tuple(granted))

    async def open(self) -> tuple[Played, Played]:
        """The strip and its zone's scanner, which listens."""
        house = self._street.house
        await house.play_auth({wire.RECOGNISE: self.recognise, wire.REPORT: lambda message, sender: wire.Done()})
        strip = await house.play("guidance", "led", "led", {wire.GUIDE: self.guide})
        scanner = await self._street.scanner("led")
        await self._street.come(await self._street.door("led"))
        await house.until(lambda: "led" in self._street.scanned_at, "it is scanned")
        return strip, scanner

    async def visit_of(self, person: str) -> wire.Visit:
        while True:
            for visit in await all_visits(self._street.house.watcher, self._street.house.controller):
                if visit.participant == person:
                    return visit


def test_order_that_never_arrives_does_not_keep_back_the_next_to_the_same_peer(tmp_path: Path) -> None:
    """One strip, two people: nothing that is sent for the first arrives, and the second has their light at once."""

    async def story(street: Street) -> None:
        lights = Strip(street)
        strip, scanner = await lights.open()
        first: list[bytes] = []
        strip.from_controller.swallows = lambda data: not first or first[0] in data
        scanner.outbox.put(street.sighting("led", "mac:000000000001"))
        lost = await lights.visit_of("person-1")
        first.append(lost.id.encode())
        began = clock.monotonic()
        scanner.outbox.put(street.sighting("led", "mac:000000000002"))
        await street.house.until(lambda: len(lights.lit_at) == 1, "the second is lit", LEAD_S)
        assert lost.id not in lights.lit_at and min(lights.lit_at.values()) - began < 0.5
        ended = await street.ended("led", began, LEAD_S + SLACK_S)
        assert (ended.id, ended.outcome) == (lost.id, "failed") and "guidance@led: no answer" in str(ended.reason)

    tell(tmp_path, story)
