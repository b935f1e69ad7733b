"""Meetings and who is invited, on disk. Times are UTC there, as text whose order is the order of time."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from nanoservices.auth.disk import Disk, require_participant
from nanoservices.auth.model import Meeting
from nanoservices.database import Row, Transaction
from nanoservices.errors import Conflict, NotFound

_SELECT = """SELECT id, title, room, starts, ends, least_strength, organiser, participant
    FROM meetings LEFT JOIN invitations ON meeting = id
    WHERE ends > ? AND (id = ? OR ? IS NULL) ORDER BY starts, id, participant"""
_INSERT = """INSERT INTO meetings (title, room, starts, ends, least_strength, organiser, id)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_UPDATE = """UPDATE meetings SET title = ?, room = ?, starts = ?, ends = ?, least_strength = ?, organiser = ?
    WHERE id = ?"""
_OVERLAP = """SELECT id, starts, ends FROM meetings
    WHERE room = ? AND starts < ? AND ends > ? AND id <> ? ORDER BY starts LIMIT 1"""
_AHEAD = """SELECT title, starts, ends FROM meetings WHERE room = ? AND ends > ? AND starts < ?
    ORDER BY starts, id LIMIT ?"""

Execute = Callable[[str, Sequence[Any]], Sequence[Row]]
Check = Callable[[Meeting | None], None]  # is shown what is there before it is changed, and may refuse


class Meetings:
    def __init__(self, disk: Disk):
        self._disk = disk

    def all(self) -> list[Meeting]:
        return _meetings(self._disk.read)

    def not_over_at(self, moment: datetime) -> list[Meeting]:
        return _meetings(self._disk.read, not_over_at=text(moment))

    def ahead(self, room: str, since: datetime, until: datetime, most: int) -> list[tuple[str, datetime, datetime]]:
        """Title, start and end of the first meetings there that are on at `since` or begin before `until`."""
        rows = self._disk.read(_AHEAD, (room, text(since), text(until), most))
        return [(row["title"], datetime.fromisoformat(row["starts"]), datetime.fromisoformat(row["ends"])) for row in rows]

    def one(self, meeting: str) -> Meeting:
        for found in _meetings(self._disk.read, meeting):
            return found
        raise NotFound(f"there is no meeting {meeting}")

    def add(self, new: Meeting) -> bool:
        """False when it was there before. Conflict when another one has the id, or the room at that time."""
        with self._disk.change() as transaction:
            there = find(transaction, new.id)
            if there not in (None, new):
                raise Conflict(f"id: meeting {new.id} is there already, and differs in {', '.join(_differences(there, new))}")
            return there is None and write(self._disk, transaction, new, there)

    def put(self, new: Meeting, check: Check = lambda there: None) -> bool:
        """Whether it is new; else it is in the place of what was there, with the contents of that."""
        with self._disk.change() as transaction:
            check(there := find(transaction, new.id))
            write(self._disk, transaction, new, there)
        return there is None

    def remove(self, meeting: str, check: Check = lambda there: None) -> None:
        """With its invitations and contents."""
        with self._disk.change() as transaction:
            there = find(transaction, meeting)
            if there is None:
                raise NotFound(f"there is no meeting {meeting}")
            check(there)
            transaction.execute("DELETE FROM meetings WHERE id = ?", (meeting,))
            self._disk.record(transaction, "meeting.remove", "meeting", meeting)


def find(transaction: Transaction, meeting: str) -> Meeting | None:
    return next(iter(_meetings(transaction.execute, meeting)), None)


def write(disk: Disk, transaction: Transaction, new: Meeting, there: Meeting | None) -> bool:
    """Whether anything has changed, and then it is in the audit log. PayloadError names somebody who is no participant,
    Conflict the meeting that has the room at that time."""
    if new == there:
        return False
    known = set() if there is None else {*there.invited, there.organiser}
    for index, participant in enumerate(new.invited):
        if participant not in known:
            require_participant(transaction, participant, f"invited[{index}]")
    if new.organiser is not None and new.organiser not in known:
        require_participant(transaction, new.organiser, "organiser")
    if there is None or (new.room, new.starts, new.ends) != (there.room, there.starts, there.ends):
        _require_room(transaction, new)
    values = (new.title, new.room, text(new.starts), text(new.ends), new.least_strength, new.organiser, new.id)
    transaction.execute(_INSERT if there is None else _UPDATE, values)
    old = () if there is None else there.invited
    for participant in sorted(set(old) - set(new.invited)):
        transaction.execute("DELETE FROM invitations WHERE meeting = ? AND participant = ?", (new.id, participant))
    for participant in sorted(set(new.invited) - set(old)):
        transaction.execute("INSERT INTO invitations (meeting, participant) VALUES (?, ?)", (new.id, participant))
    disk.record(transaction, "meeting.add" if there is None else "meeting.change", "meeting", new.id)
    return True


def _require_room(transaction: Transaction, new: Meeting) -> None:
    for row in transaction.execute(_OVERLAP, (new.room, text(new.ends), text(new.starts), new.id)):
        raise Conflict(
            f"starts: {new.room} is taken by meeting {row['id']} from {_shown(row['starts'])} to {_shown(row['ends'])}"
        )


def _meetings(execute: Execute, meeting: str | None = None, not_over_at: str = "") -> list[Meeting]:
    """All of them, or one. One statement, so that all of it is of one moment."""
    rows = execute(_SELECT, (not_over_at, meeting, meeting))
    return [meeting_of(list(group)) for _, group in itertools.groupby(rows, key=lambda row: row["id"])]


def meeting_of(rows: Sequence[Row]) -> Meeting:
    row = rows[0]
    times = (datetime.fromisoformat(row["starts"]), datetime.fromisoformat(row["ends"]))
    invited = tuple(row["participant"] for row in rows if row["participant"] is not None)
    return Meeting(row["id"], row["title"], row["room"], *times, row["least_strength"], row["organiser"], invited)


def _differences(there: object, new: object) -> Iterable[str]:
    return (name for name, value in vars(there).items() if value != vars(new)[name])


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _shown(text: str) -> str:
    return datetime.fromisoformat(text).isoformat().replace("+00:00", "Z")
