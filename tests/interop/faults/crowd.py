"""1,000 events of a house of 50 zones: in every zone somebody moves, and its scanner hears 19 people come by.

So 100 outboxes report, each over a line of its own, as the nodes of a large house do: a presence sensor its edge, a
scanner a queue that grows while a batch is on its way. Every event has an effect of its own, by which it is counted: an
edge makes a scan whose id follows from it, a key makes one question to auth and one refused visit.
"""

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from nanoservices import clock, wire
from nanoservices.controller.scans import hashed
from tests.interop.faults.fate import FAIR, Tally, Weather
from tests.interop.faults.house import House, Played, percentile
from tests.interop.faults.proxy import Proxy

ZONES, PEOPLE = 50, 19  # of each zone
EVENTS = ZONES * (1 + PEOPLE)
COME_S, PASS_S = 2.0, 6.0  # within how long all the motions begin, and how long it takes a zone's people to come by


@dataclass
class Outcome:
    """What came of it. `effects` counts what the controller did by the event behind it: 1 each is exactly once."""

    sent: set[str] = field(default_factory=set)
    effects: Counter[str] = field(default_factory=Counter)
    acknowledged_s: list[float] = field(default_factory=list)
    effect_s: list[float] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def line(self) -> str:
        """For a table: n, then p50, p95 and the largest time to the effect and to the acknowledgement."""
        shown = [f"{len(self.effect_s):5}"]
        for times in (self.effect_s, self.acknowledged_s):
            shown += [f"{percentile(times, 0.5):6.2f}", f"{percentile(times, 0.95):6.2f}", f"{max(times):6.2f}"]
        return "  ".join(
            [*shown, f"{self.tally.lost}/{self.tally.seen} lost, {self.tally.doubled} doubled, {self.tally.held} held"]
        )


class Crowd:
    def __init__(self, house: House, seed: int):
        self._house = house
        self._chance = Random(f"crowd {seed}")
        self.outcome = Outcome()
        self._questions: dict[str, wire.Recognition] = {}
        self._visits: dict[str, wire.Visit] = {}
        self._scans: dict[str, set[str]] = {}
        self._come: list[asyncio.Task[None]] = []

    # --- auth, which knows everybody and invited nobody

    def recognise(self, message: wire.Recognition, _sender: str) -> wire.Answers:
        if message.id not in self._questions:
            self._questions[message.id] = message
            self.outcome.effects.update(sighting.key for sighting in message.sightings)
        return wire.Answers(tuple(_refused(sighting.key) for sighting in message.sightings))

    def report(self, message: wire.VisitReport, _sender: str) -> wire.Done:
        visit = message.visit
        if visit.id not in self._visits and visit.participant is not None:
            self._visits[visit.id] = visit
            self.outcome.effects[visit.participant] += 1
        return wire.Done()

    # --- a zone

    async def zone(self, number: int) -> None:
        zone, node = f"zone-{number}", f"pi-{number}"
        self._scans[zone] = set()

        def scan(order: wire.ScanOrder, _sender: str) -> wire.Scans:
            if not self._scans[zone]:
                self._come.append(asyncio.create_task(self._pass_by(scanner, order.scan, number)))
            self._scans[zone].add(order.scan)
            return wire.Scans(zone, (), 0.0)

        scanner = await self._house.play("scanner", node, zone, {wire.SCAN: scan})
        sensor = await self._house.play("presence", node, zone, {})
        self._come.append(asyncio.create_task(self._move(sensor)))

    async def _move(self, sensor: Played) -> None:
        await self._house.until(lambda: len(self._house.played) == 2 * ZONES, "everybody is there")
        await asyncio.sleep(self._chance.uniform(0, COME_S))
        self.outcome.sent.add(hashed("s", f"{sensor.source}/1"))
        now = clock.monotonic()
        sensor.outbox.put(wire.PresenceEvent("presence", 0, now, sensor.zone, "occupied", edge=True))

    async def _pass_by(self, scanner: Played, scan: str, number: int) -> None:
        for person in range(PEOPLE):
            await asyncio.sleep(self._chance.uniform(0, 2 * PASS_S / PEOPLE))
            key = f"mac:{number:04x}{person:08x}"
            self.outcome.sent |= {key, _person(key)}
            scanner.outbox.put(wire.SightingEvent("sighting", 0, clock.monotonic(), scanner.zone, scan, key, -60))

    # --- all of it

    async def pass_through(self) -> None:
        await self._house.play_auth({wire.RECOGNISE: self.recognise, wire.REPORT: self.report})
        for number in range(ZONES):
            await self.zone(number)
        whole, played = 2 * EVENTS - ZONES, self._house.played
        await self._house.until(lambda: len(self.outcome.sent) == whole, "all events are sent", 60)
        with contextlib.suppress(AssertionError):  # what is missing then, the outcome says better
            await self._house.until(lambda: not any(len(each.outbox) for each in played), "all are acknowledged", 30)
            await self._house.until(lambda: len(self._visits) >= ZONES * PEOPLE, "auth has all visits", 15)
        await asyncio.sleep(0.3)  # time for one too many
        self._sum_up()

    def _sum_up(self) -> None:
        self.outcome.effects.update(scan for scans in self._scans.values() for scan in scans)
        self.outcome.acknowledged_s = [s for played in self._house.played for s in played.outbox.waited_s]
        known_at: dict[str, float] = {}
        for visit in self._visits.values():
            steps = {step.name: step.at for step in visit.steps}
            self.outcome.effect_s.append(steps["c"] - steps["advert"])
            known_at[visit.zone] = steps["b"] - steps["a"]
        self.outcome.effect_s += known_at.values()
        self.outcome.tally = sum((line.tally for played in self._house.played for line in played.lines), Tally())


def _person(key: str) -> str:
    return f"person-{key[4:]}"


def _refused(key: str) -> wire.Answer:
    return wire.Answer("refused", "not-invited", _person(key), "static")


def place() -> dict[str, object]:
    zones = [f"zone-{number}" for number in range(ZONES)]
    nodes = {f"pi-{number}": {"zone": zone, "run": ["presence", "scanner"]} for number, zone in enumerate(zones)}
    return {"zones": zones, "rooms": {}, "nodes": {**nodes, "server-1": {"run": ["controller", "auth"]}}}


def thousand_events(folder: Path, weather: Weather, seed: int) -> Outcome:
    """Send the crowd through a house in this weather; the way to auth is fair."""

    async def run() -> Outcome:
        proxy = Proxy(seed, weather)
        async with House(folder, place(), proxy, scan_window_s=45) as house:
            house.to_auth.weather = FAIR
            crowd = Crowd(house, seed)
            await crowd.pass_through()
            return crowd.outcome

    return asyncio.run(run())
