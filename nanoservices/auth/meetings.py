"""Meetings and who is invited, on disk. Times are UTC there, as text whose order is the order of time."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from nanoservices.auth.disk import Disk, require_participant
from nanoservices.auth.model import Meeting
from nanoservices.database import Row
from nanoservices.errors import Conflict, NotFound

_SELECT = """SELECT id, title, room, starts, ends, least_strength, organiser, participant
    FROM meetings LEFT JOIN invitations ON meeting = id
    WHERE ends > ? AND (id = ? OR ? IS NULL) ORDER BY starts, id, participant"""
_INSERT = """INSERT INTO meetings (id, title, room, starts, ends, least_strength, organiser)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""

Execute = Callable[[str, Sequence[Any]], list[Row]]


class Meetings:
    def __init__(self, disk: Disk):
        self._disk = disk

    def all(self) -> list[Meeting]:
        return _meetings(self._disk.read)

    def not_over_at(self, moment: datetime) -> list[Meeting]:
        return _meetings(self._disk.read, not_over_at=_text(moment))

    def one(self, meeting: str) -> Meeting:
        for found in _meetings(self._disk.read, meeting):
            return found
        raise NotFound(f"there is no meeting {meeting}")

    def add(self, new: Meeting) -> bool:
        """False when it was there before. Conflict when another one has the id."""
        with self._disk.change() as transaction:
            for there in _meetings(transaction.execute, new.id):
                if there != new:
                    raise Conflict(
                        f"id: meeting {new.id} is there already, and differs in {', '.join(_differences(there, new))}"
                    )
                return False
            for index, participant in enumerate(new.invited):
                require_participant(transaction, participant, f"invited[{index}]")
            if new.organiser is not None:
                require_participant(transaction, new.organiser, "organiser")
            values = (new.id, new.title, new.room, _text(new.starts), _text(new.ends), new.least_strength, new.organiser)
            transaction.execute(_INSERT, values)
            for participant in new.invited:
                transaction.execute("INSERT INTO invitations (meeting, participant) VALUES (?, ?)", (new.id, participant))
        return True

    def remove(self, meeting: str) -> None:
        """With its invitations and contents."""
        with self._disk.change() as transaction:
            if not transaction.execute("DELETE FROM meetings WHERE id = ? RETURNING id", (meeting,)):
                raise NotFound(f"there is no meeting {meeting}")


def _meetings(execute: Execute, meeting: str | None = None, not_over_at: str = "") -> list[Meeting]:
    """All of them, or one. One statement, so that all of it is of one moment."""
    rows = execute(_SELECT, (not_over_at, meeting, meeting))
    return [_meeting(list(group)) for _, group in itertools.groupby(rows, key=lambda row: row["id"])]


def _meeting(rows: Sequence[Row]) -> Meeting:
    row = rows[0]
    times = (datetime.fromisoformat(row["starts"]), datetime.fromisoformat(row["ends"]))
    invited = tuple(row["participant"] for row in rows if row["participant"] is not None)
    return Meeting(row["id"], row["title"], row["room"], *times, row["least_strength"], row["organiser"], invited)


def _differences(there: Meeting, new: Meeting) -> Iterable[str]:
    return (name for name, value in vars(there).items() if value != vars(new)[name])


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
