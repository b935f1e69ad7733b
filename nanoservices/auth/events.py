"""The event log: closed visits, once each, in the order in which they came."""

import json
from typing import Any

from nanoservices import payload, wire
from nanoservices.auth.disk import Disk

_INSERT = """INSERT INTO visits (id, closed, zone, participant, meeting, room, outcome, reason, report)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class EventLog:
    def __init__(self, disk: Disk):
        self._disk = disk

    def add(self, report: wire.VisitReport) -> bool:
        """On disk when it returns. False when the visit is there already; it stays as it was reported first."""
        visit = report.visit
        values = (
            *(visit.id, report.closed, visit.zone, visit.participant, visit.meeting, visit.room),
            *(visit.outcome, visit.reason, payload.encode(report).decode()),
        )
        with self._disk.write() as transaction:
            if transaction.execute("SELECT 1 FROM visits WHERE id = ?", (visit.id,)):
                return False
            transaction.execute(_INSERT, values)
        return True

    def after(self, number: int, limit: int) -> list[dict[str, Any]]:
        """Reports as they came, oldest first, each with its `number`."""
        rows = self._disk.read("SELECT number, report FROM visits WHERE number > ? ORDER BY number LIMIT ?", (number, limit))
        return [{"number": row["number"], **json.loads(row["report"])} for row in rows]

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last ones, newest last."""
        rows = self._disk.read("SELECT number, report FROM visits ORDER BY number DESC LIMIT ?", (limit,))
        return [{"number": row["number"], **json.loads(row["report"])} for row in reversed(rows)]
