"""What somebody should look at, such as a key that is heard in two distant zones at once. Never the key itself."""

import json
from dataclasses import dataclass
from typing import Any

from nanoservices.auth.disk import Disk

_SELECT = "SELECT number, at, kind, participant, detail FROM alarms"


@dataclass(frozen=True)
class Alarm:
    """`detail` is what is said to the admin: names of zones, ids of visits; plain JSON."""

    number: int
    at: str
    kind: str
    participant: str | None
    detail: dict[str, Any]


class Alarms:
    def __init__(self, disk: Disk):
        self._disk = disk

    def add(self, kind: str, participant: str | None, detail: dict[str, Any]) -> None:
        """On disk when it returns."""
        with self._disk.write() as transaction:
            transaction.execute(
                "INSERT INTO alarms (at, kind, participant, detail) VALUES (?, ?, ?, ?)",
                (self._disk.now(), kind, participant, json.dumps(detail)),
            )

    def after(self, number: int, limit: int) -> list[Alarm]:
        """Oldest first."""
        rows = self._disk.read(f"{_SELECT} WHERE number > ? ORDER BY number LIMIT ?", (number, limit))
        return [_alarm(row) for row in rows]

    def newest(self, limit: int) -> list[Alarm]:
        """The last ones, newest last."""
        return [_alarm(row) for row in reversed(self._disk.read(f"{_SELECT} ORDER BY number DESC LIMIT ?", (limit,)))]

    def of(self, participant: str) -> list[Alarm]:
        return [_alarm(row) for row in self._disk.read(f"{_SELECT} WHERE participant = ? ORDER BY number", (participant,))]


def _alarm(row: Any) -> Alarm:
    return Alarm(row["number"], row["at"], row["kind"], row["participant"], json.loads(row["detail"]))
