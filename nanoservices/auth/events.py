"""The event log: closed visits, once each, in the order in which they came."""

import json
from collections.abc import Mapping
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
