"""What the controller remembers, on disk: so that killed at any moment it goes on where it was.

Keys off the air are not among it. Times are monotonic seconds of one boot; after another boot they are moved by the time
that has passed on the wall clock.
"""

import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nanoservices import clock
from nanoservices.boots import boot_name
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import Peer, Room, Scan, Sensor, Source, Visit
from nanoservices.database import Database
from nanoservices.payload import plain, read

SHAPES: dict[str, type[Any]] = {"visit": Visit, "scan": Scan, "room": Room, "sensor": Sensor, "peer": Peer, "source": Source}
_TIMES = (
    "opened",
    "deadline",
    "edge_at",
    "known_at",
    "began_at",
    "unsure_at",
    "asked_at",
    "ends_at",
    "seen_at",
    "meeting_ends_at",
    "at",
    "heard_at",
)

Rows = dict[tuple[str, str], str | None]  # (kind, id) -> JSON, None to delete


class Store:
    """`changes` compares with what was last written, on the caller's thread; `write` does the disk's part, on any."""

    def __init__(self, path: Path):
        self._database = Database(path, Path(__file__).parent / "schema")
        self._written: dict[tuple[str, str], str] = {}
        self._boot = ""
        self.rows_read = 0
        self._final: dict[str, bool] = {}  # closed visits, and whether they were reported: nothing else changes of them

    def load(self, logic: Controller) -> bool:
        """Fill `logic` with what was written. False when there was nothing."""
        rows = {(row["kind"], row["id"]): row["body"] for row in self._database.read("SELECT kind, id, body FROM state", ())}
        self.rows_read = len(rows)
        meta = json.loads(rows.pop(("meta", "clock"), "{}"))
        shift, self._boot = _shift(meta), str(meta.get("boot", ""))
        homes: dict[str, Any] = {
            "visit": logic.visits.visits, "scan": logic.scans.scans, "room": logic.rooms.rooms,
            "sensor": logic.registry.sensors, "peer": logic.registry.peers, "source": logic.sources,
        }  # fmt: skip
        loaded = [(kind, name, _moved(read(SHAPES[kind], json.loads(body)), shift)) for (kind, name), body in rows.items()]
        for kind, name, value in sorted(loaded, key=lambda row: getattr(row[2], "number", 0)):
            if kind != "room" or name in logic.place.rooms:  # labels.yml may have lost a room meanwhile
                homes[kind][name] = value
        logic.visits.number = max((visit.number for visit in logic.visits.visits.values()), default=0)
        self._written = rows
        self._final = {visit.id: visit.reported for visit in logic.visits.visits.values() if not visit.is_open}
        return bool(rows)

    def began(self, boot: str) -> str:
        """The name of this start, to be written down from now on: `boot`, or a new one that sorts after the last start's."""
        self._boot = boot if boot > self._boot else boot_name(time.time(), after=self._boot)
        return self._boot

    def changes(self, logic: Controller) -> Rows:
        """The rows that are not on disk as they are in memory; they count as written from now on."""
        changed: Rows = {}
        there = set()
        for kind, name, value in self._values(logic):
            there.add((kind, name))
            body = json.dumps(plain(value), separators=(",", ":"))
            if self._written.get((kind, name)) != body:
                changed[kind, name] = self._written[kind, name] = body
        for row in [row for row in self._written if row not in there and not (row[0] == "visit" and row[1] in self._final)]:
            del self._written[row]
            changed[row] = None
        return changed

    def _values(self, logic: Controller) -> Iterator[tuple[str, str, Any]]:
        visits = logic.visits.visits
        self._final = {visit: reported for visit, reported in self._final.items() if visit in visits}
        for visit in visits.values():
            if self._final.get(visit.id) is not visit.reported:
                yield "visit", visit.id, visit
                if not visit.is_open:
                    self._final[visit.id] = visit.reported
        for kind, values in (("scan", logic.scans.scans), ("room", logic.rooms.rooms), ("sensor", logic.registry.sensors)):
            yield from ((kind, name, value) for name, value in values.items())
        for name, peer in logic.registry.peers.items():  # not when it was last heard: that would be a write per announcement
            yield "peer", name, dataclasses.replace(peer, heard_at=0.0)
        yield from (("source", name, source) for name, source in logic.sources.items())

    def write(self, rows: Rows) -> None:
        """On disk when it returns. errors.Unavailable when the disk does not take it."""
        meta = json.dumps({"clock": clock.name(), "monotonic": clock.monotonic(), "wall": time.time(), "boot": self._boot})
        with self._database.transaction() as transaction:
            for (kind, name), body in {**rows, ("meta", "clock"): meta}.items():
                if body is None:
                    transaction.execute("DELETE FROM state WHERE kind = ? AND id = ?", (kind, name))
                else:
                    transaction.execute("REPLACE INTO state (kind, id, body) VALUES (?, ?, ?)", (kind, name, body))

    def forget_written(self, rows: Rows) -> None:
        """`rows` could not be written: they are to be written with the next change."""
        for row in rows:
            self._written[row] = ""  # an older one may be on disk, and then still has to be replaced or deleted
            self._final.pop(row[1], None)

    def close(self) -> None:
        self._database.close()


def _shift(meta: dict[str, Any]) -> float:
    """What to add to the times on disk: nothing on the same boot."""
    if not meta or meta["clock"] == clock.name():
        return 0.0
    passed = max(0.0, time.time() - float(meta["wall"]))  # a Pi without a clock may have gone back: then no time has passed
    return clock.monotonic() - float(meta["monotonic"]) - passed


def _moved(value: Any, shift: float) -> Any:
    if not shift:
        return value
    for name in _TIMES:
        if getattr(value, name, None) is not None:
            setattr(value, name, getattr(value, name) + shift)
    if isinstance(value, Visit):
        value.steps = {name: at + shift for name, at in value.steps.items()}
    if isinstance(value, Room):
        value.intruders = {who: at + shift for who, at in value.intruders.items()}
        value.people = {who: _moved(occupant, shift) for who, occupant in value.people.items()}
    return value
