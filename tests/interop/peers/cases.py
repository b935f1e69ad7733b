"""One case for every row of wire.TABLE: what a peer asks of an instance, and what the answer must say."""

import hashlib
import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nanoservices import clock, wire
from swarm import labels_file
from swarm.demo import cast
from tests.interop.conftest import ROOT, KeptDemo

LABELS = labels_file.read(ROOT / "labels.yml")
INSTANCES = [f"{word}@{node}" for node, entry in LABELS.nodes.items() for word in entry.run]
CONTROLLER, AUTH = "controller@server-1", "auth@server-1"
ENTRANCE, ROOM = "entrance", "room-1"
_NUMBERS = itertools.count(100_000)  # above what the controller has come to


@dataclass(frozen=True)
class Case:
    """`says`: whether an answer in the row's response shape is the right one."""

    message: Any
    says: Callable[[Any], bool]


def zone_of(name: str) -> str | None:
    return LABELS.nodes[name.split("@")[1]].zone


def credential(kept: KeptDemo) -> str:
    return (kept.cwd / ".nanoswarm/demo/secrets/room-credential").read_text().strip()


def guide_order(kept: KeptDemo, for_s: float) -> wire.GuideOrder:
    """In the controller's name, so that its own orders go on being followed."""
    boot = kept.ask(wire.HEALTH, CONTROLLER).boot
    return wire.GuideOrder(f"peer.{secrets.token_hex(4)}", boot, 1, "lead", (ENTRANCE,), for_s=for_s)


def screen_order(kept: KeptDemo, mode: wire.Mode) -> wire.ScreenOrder:
    """After this the screen takes the controller's orders for late ones: a peer's demo shows nothing to visitors any more."""
    return wire.ScreenOrder(ROOM, kept.ask(wire.HEALTH, CONTROLLER).boot, next(_NUMBERS), mode)


def visit_report(trouble: tuple[str, ...] = ()) -> wire.VisitReport:
    visit = wire.Visit(f"peer.{secrets.token_hex(4)}", ENTRANCE, (wire.Step("a", 1.0),), outcome="nobody", trouble=trouble)
    return wire.VisitReport(visit, clock.name(), "2026-01-31T12:00:00.000+00:00")


def large_report() -> wire.VisitReport:
    """Of 20 kB and a little more."""
    return visit_report(trouble=tuple(f"{number:03} {secrets.token_hex(120)}" for number in range(84)))


def _health(kept: KeptDemo, name: str) -> Case:
    return Case(None, lambda health: (f"{health.word}@{health.node}", health.ready, health.zone) == (name, True, zone_of(name)))


def _announce(kept: KeptDemo, name: str) -> Case:
    who = "presence@pi-lobby"
    boot = kept.ask(wire.HEALTH, who).boot
    told = wire.Announcement("presence", "pi-lobby", boot, ready=True, zone=ENTRANCE, uri=kept.uri(who))
    return Case(told, lambda lease: lease.lease_s > 0)


def _instances(kept: KeptDemo, name: str) -> Case:
    others = {other for other in INSTANCES if other != CONTROLLER}
    return Case(None, lambda found: {f"{peer.word}@{peer.node}" for peer in found.instances} == others)


def _events(kept: KeptDemo, name: str) -> Case:
    """A sighting for a scan that nobody asked for: acknowledged, and nothing else."""
    event = wire.SightingEvent("sighting", 7, time.monotonic(), ENTRANCE, "nobody-asked", "mac:" + "0a" * 6, -60)
    batch = wire.EventBatch("scanner@peer", secrets.token_hex(4), clock.name(), time.monotonic(), (event,))
    return Case(batch, lambda acknowledged: acknowledged.upto == 7)


def _enrol(kept: KeptDemo, name: str) -> Case:
    """The end of an enrolment that never was."""
    return Case(wire.Enrolling(f"peer-{secrets.token_hex(4)}", ENTRANCE, 0.0), lambda done: done.v == 1)


def _visits(kept: KeptDemo, name: str) -> Case:
    def says(found: wire.Visits) -> bool:
        numbers = [visit.number for visit in found.visits]
        return numbers == sorted(numbers) and min(numbers) == 3 and found.next == numbers[-1]

    return Case(wire.VisitsQuery(after="2"), says)


def _zones(kept: KeptDemo, name: str) -> Case:
    return Case(None, lambda found: tuple(zone.zone for zone in found.zones) == LABELS.zones and found.rooms[0].room == ROOM)


def _presence(kept: KeptDemo, name: str) -> Case:
    return Case(None, lambda found: found.zone == zone_of(name) and found.state in ("empty", "occupied"))


def _scan(kept: KeptDemo, name: str) -> Case:
    order = wire.ScanOrder(f"peer.{secrets.token_hex(4)}", zone_of(name) or "", 0.3)
    return Case(order, lambda found: order.scan in [scan.scan for scan in found.scans])


def _scans(kept: KeptDemo, name: str) -> Case:
    return Case(None, lambda found: found.zone == zone_of(name) and found.radio_on_s > 0)


def _recognise(kept: KeptDemo, name: str) -> Case:
    stranger = wire.Sighting("mac:" + secrets.token_hex(6), -60, 0.1)
    question = wire.Recognition(secrets.token_hex(4), "nobody-asked", ENTRANCE, (stranger, stranger))
    return Case(question, lambda found: [answer.reason for answer in found.answers] == ["unknown-key"] * 2)


def _report(kept: KeptDemo, name: str) -> Case:
    return Case(visit_report(), lambda done: done.v == 1)


def _held(kept: KeptDemo, name: str) -> Case:
    """For an enrolment that is over: nothing is kept of it."""
    heard = wire.Sighting("mac:" + secrets.token_hex(6), -40, 0.1)
    return Case(wire.HeldUp(f"peer-{secrets.token_hex(4)}", ENTRANCE, (heard,)), lambda done: done.v == 1)


def _contents(kept: KeptDemo, name: str) -> Case:
    query = wire.ContentsQuery(ROOM, cast.MEETING, credential(kept))
    return Case(query, lambda found: found.title == cast.TITLE and "agenda.md" in [item.name for item in found.items])


def _item(kept: KeptDemo, name: str) -> Case:
    data = cast.AGENDA.encode()
    query = wire.ItemQuery(ROOM, cast.MEETING, hashlib.sha256(data).hexdigest(), credential(kept))
    return Case(query, lambda found: found == data)


def _agenda(kept: KeptDemo, name: str) -> Case:
    def says(found: wire.Agenda) -> bool:
        (now, *later), titled = found.slots, [slot.title for slot in found.slots]
        is_on = now.starts <= found.now < now.ends <= min(slot.starts for slot in later)
        return is_on and titled == [cast.TITLE, "Retrospective"] and found.until > found.now

    return Case(wire.AgendaQuery(ROOM, credential(kept)), says)


def _guide(kept: KeptDemo, name: str) -> Case:
    order = guide_order(kept, for_s=0.3)
    return Case(order, lambda guided: (guided.visit, guided.lit) == (order.visit, True) and guided.lit_at is not None)


def _guided(kept: KeptDemo, name: str) -> Case:
    return Case(None, lambda found: found.zone == zone_of(name))


def _screen(kept: KeptDemo, name: str) -> Case:
    order = screen_order(kept, "hidden")
    return Case(order, lambda found: (found.room, found.mode) == (ROOM, "hidden") and found.hidden_at is not None)


def _shown(kept: KeptDemo, name: str) -> Case:
    return Case(None, lambda found: found.room == ROOM and found.problem is None)


CASES: dict[wire.Resource, Callable[[KeptDemo, str], Case]] = {
    wire.HEALTH: _health,
    wire.ANNOUNCE: _announce,
    wire.INSTANCES: _instances,
    wire.EVENTS: _events,
    wire.VISITS: _visits,
    wire.ZONES: _zones,
    wire.ENROL: _enrol,
    wire.PRESENCE: _presence,
    wire.SCAN: _scan,
    wire.SCANS: _scans,
    wire.RECOGNISE: _recognise,
    wire.REPORT: _report,
    wire.HELD: _held,
    wire.CONTENTS: _contents,
    wire.ITEM: _item,
    wire.AGENDA: _agenda,
    wire.GUIDE: _guide,
    wire.GUIDED: _guided,
    wire.SCREEN: _screen,
    wire.SHOWN: _shown,
}
