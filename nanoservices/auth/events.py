"""The event log: closed visits, once each, in the order in which they came."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from nanoservices import payload, wire
from nanoservices.auth.disk import Disk
from nanoservices.auth.gathering import Gathering
from nanoservices.database import Transaction

_INSERT = """INSERT INTO visits (id, closed, received, zone, participant, meeting, room, outcome, reason, report)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_MOST_CLOSED = 100  # characters; a time has fewer, and the report keeps what was said


class EventLog:
    def __init__(self, disk: Disk):
        self._disk = disk
        self._gathering = Gathering(self._write)
        self.close = self._gathering.close

    def submit(self, report: wire.VisitReport) -> "Future[bool]":
        """Done once it is on disk: False when the visit is there already; it stays as it was reported first."""
        return self._gathering.put(report)

    def add(self, report: wire.VisitReport) -> bool:
        return self.submit(report).result()

    def _write(self, reports: Sequence[wire.VisitReport]) -> list[bool]:
        """All of them in one transaction, and so with one wait for the disk."""
        with self._disk.write() as transaction:
            there = _there(transaction, [report.visit.id for report in reports])
            fresh: dict[str, wire.VisitReport] = {}
            are_new = []
            for report in reports:
                is_new = report.visit.id not in there and report.visit.id not in fresh
                are_new.append(is_new)
                if is_new:
                    fresh[report.visit.id] = self._without_forgotten(transaction, report)
            received = self._disk.now()
            transaction.many(_INSERT, [_row(report, received) for report in fresh.values()])
        return are_new

    def _without_forgotten(self, transaction: Transaction, report: wire.VisitReport) -> wire.VisitReport:
        """Of somebody who was erased while the visit went on, nothing is kept."""
        who = report.visit.participant
        if who is None or transaction.execute("SELECT 1 FROM participants WHERE id = ?", (who,)):
            return report
        pseudonym = self._disk.pseudonym("participant", who)
        if not transaction.execute("SELECT 1 FROM erasures WHERE pseudonym = ?", (pseudonym,)):
            return report  # removed, and part of this history all the same
        return dataclasses.replace(report, visit=dataclasses.replace(report.visit, participant=None))

    def after(self, number: int, limit: int) -> list[dict[str, Any]]:
        """Reports as they came, oldest first, each with its `number`."""
        return self.some(number, None, limit, {})

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last ones, newest last."""
        return self.some(None, None, limit, {})

    def some(
        self, after: int | None, before: int | None, limit: int, wanted: Mapping[str, str | None], organiser: str | None = None
    ) -> list[dict[str, Any]]:
        """Reports as they came, each with its `number`: those next `after` one; else the newest (`before` one).

        `wanted`: columns and what is in them; `organiser`: of whose meetings alone.
        """
        conditions, values = ["number > ?", "number < ?"], [after or 0, 2**62 if before is None else before]
        held = {name: value for name, value in wanted.items() if value is not None}
        conditions += [f"{name} = ?" for name in held]
        everything: list[Any] = [*values, *held.values()]
        if organiser is not None:
            conditions.append("meeting IN (SELECT id FROM meetings WHERE organiser = ?)")
            everything.append(organiser)
        order = "DESC" if after is None else "ASC"
        sql = f"SELECT number, report FROM visits WHERE {' AND '.join(conditions)} ORDER BY number {order} LIMIT ?"  # noqa: S608
        rows = self._disk.read(sql, (*everything, limit))
        return [{"number": row["number"], **json.loads(row["report"])} for row in (reversed(rows) if after is None else rows)]

    def of(self, participant: str) -> list[dict[str, Any]]:
        """All of one participant's, oldest first."""
        rows = self._disk.read("SELECT number, report FROM visits WHERE participant = ? ORDER BY number", (participant,))
        return [{"number": row["number"], **json.loads(row["report"])} for row in rows]


def _there(transaction: Transaction, ids: Sequence[str]) -> set[str]:
    marks = ", ".join("?" * len(ids))
    return {row["id"] for row in transaction.execute(f"SELECT id FROM visits WHERE id IN ({marks})", ids)}  # noqa: S608  # marks


def _row(report: wire.VisitReport, received: str) -> tuple[str | None, ...]:
    visit = report.visit
    return (
        *(visit.id, report.closed[:_MOST_CLOSED], received, visit.zone, visit.participant, visit.meeting, visit.room),
        *(visit.outcome, visit.reason, payload.encode(report).decode()),
    )
