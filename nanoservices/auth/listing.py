"""Lists, a page at a time: each gives up to `limit` + 1, so that one knows whether there are more.

A cursor is the sort key of the last one on the page before, so that what comes or goes in between neither repeats nor hides
another one.
"""

import base64
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nanoservices.auth.disk import Disk
from nanoservices.auth.meetings import meeting_of
from nanoservices.auth.model import Meeting, Participant
from nanoservices.errors import PayloadError

_STRIDE = 1000  # participants that are looked through at once
_PARTICIPANTS = "SELECT id, name, email FROM participants WHERE id > ? AND (email = ? OR ? IS NULL) ORDER BY id LIMIT ?"
_MEETINGS = """SELECT page.id, title, room, starts, ends, least_strength, organiser, participant FROM (
    SELECT id, title, room, starts, ends, least_strength, organiser FROM meetings
    WHERE (starts > ? OR (starts = ? AND id > ?)) AND ends > ? AND starts < ? AND (room = ? OR ? IS NULL)
    AND (organiser = ? OR ? IS NULL)
    AND (? IS NULL OR organiser = ? OR id IN (SELECT meeting FROM invitations WHERE participant = ?))
    ORDER BY starts, id LIMIT ?) AS page
    LEFT JOIN invitations ON meeting = page.id ORDER BY starts, page.id, participant"""
_LATEST = "9999-12-31T23:59:59.999999+00:00"


@dataclass(frozen=True)
class MeetingsWanted:
    """`since` and `until` as the database has times (meetings.text): that are on at some time between."""

    room: str | None = None
    participant: str | None = None  # invited, or organising
    organiser: str | None = None
    since: str = ""
    until: str = _LATEST


class Listing:
    def __init__(self, disk: Disk):
        self._disk = disk

    def participants(self, cursor: str | None, limit: int, q: str | None, email: str | None) -> list[Participant]:
        found = self._participants(_read(cursor, 1), q, email)
        return list(itertools.islice(found, limit + 1))

    def _participants(self, after: Sequence[str], q: str | None, email: str | None) -> Iterator[Participant]:
        """`q` is looked for here, as no two databases agree on which letters are the same."""
        wanted, last = (q or "").casefold(), after[0]
        while True:
            rows = self._disk.read(_PARTICIPANTS, (last, email, email, _STRIDE))
            for row in rows:
                if wanted in f"{row['id']}\n{row['name']}".casefold():
                    yield Participant(row["id"], row["name"], row["email"])
            if len(rows) < _STRIDE:
                return
            last = rows[-1]["id"]

    def meetings(self, cursor: str | None, limit: int, wanted: MeetingsWanted) -> list[Meeting]:
        starts, after = _read(cursor, 2)
        room, organiser, who = wanted.room, wanted.organiser, wanted.participant
        times = (starts, starts, after, wanted.since, wanted.until)
        values = (*times, room, room, organiser, organiser, who, who, who, limit + 1)
        rows = self._disk.read(_MEETINGS, values)
        return [meeting_of(list(group)) for _, group in itertools.groupby(rows, key=lambda row: row["id"])]


def cursor_of(*key: str | datetime) -> str:
    parts = [part.isoformat(timespec="microseconds") if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _read(cursor: str | None, parts: int) -> list[str]:
    """PayloadError when it is none of ours."""
    if cursor is None:
        return [""] * parts
    try:
        key: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(isinstance(part, str) and _is_plain(part) for part in key):
        raise PayloadError("cursor: is not what an earlier answer gave as `next`")
    return key


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
