"""One person's data: all of it handed out, or all of it forgotten; and what is old, forgotten by itself."""

from datetime import timedelta
from typing import Any

from nanoservices import payload
from nanoservices.auth.alarms import Alarms
from nanoservices.auth.audit import Audit
from nanoservices.auth.disk import Disk, text_of
from nanoservices.auth.erasures import Erasures, forget
from nanoservices.auth.events import EventLog
from nanoservices.auth.meetings import Meetings
from nanoservices.auth.people import People
from nanoservices.errors import NotFound

_CHUNK = 500  # rows; nobody has to wait long for a turn
_OLD = {"visits": "received", "alarms": "at", "addresses": "since"}

_ADDRESSES = """SELECT since FROM addresses JOIN credentials ON credentials.id = addresses.credential
    WHERE credentials.participant = ? ORDER BY since"""


class Privacy:
    def __init__(self, disk: Disk, people: People, meetings: Meetings, events: EventLog, erasures: Erasures):
        self._disk, self._people, self._meetings, self._events = disk, people, meetings, events
        self._erasures = erasures

    def export(self, participant: str) -> dict[str, Any]:
        """Everything that is kept about one participant, as JSON; of credentials never what they match."""
        person = self._people.one(participant)
        meetings = [held for held in self._meetings.all() if participant in held.people]
        owned = self._disk.read(
            "SELECT room, name, media_type, sha256, size FROM contents WHERE owner = ? ORDER BY room, name", (participant,)
        )
        return {
            "participant": payload.plain(person),
            "credentials": [{"id": held.id, "kind": held.kind} for held in self._people.credentials(participant)],
            "private_addresses_first_heard": [row["since"] for row in self._disk.read(_ADDRESSES, (participant,))],
            "meetings": [_meeting(held, participant) for held in meetings],
            "personal_contents": [dict(zip(("room", *_ITEM), (row["room"], *_item(row)), strict=True)) for row in owned],
            "visits": self._events.of(participant),
            "alarms": [payload.plain(alarm) for alarm in Alarms(self._disk).of(participant)],
            "audit": [payload.plain(entry) for entry in Audit(self._disk).about("participant", participant)],
        }

    def erase(self, participant: str) -> int:
        """Forget one participant for good, visits too; how many those were. It is remembered by pseudonym, so that a backup
        that is put back forgets them again. What others wrote (a meeting's title) stays. NotFound when nothing is known."""
        with self._disk.change() as transaction:
            known = transaction.execute("SELECT 1 FROM participants WHERE id = ?", (participant,))
            seen = transaction.execute("SELECT 1 FROM visits WHERE participant = ? LIMIT 1", (participant,))
            if not known and not seen:
                raise NotFound(f"there is no participant {participant}, and nothing is known about one")
            self._erasures.remember(transaction, self._disk.pseudonym("participant", participant), self._disk.now())
            visits = forget(transaction, participant)
            self._disk.record(transaction, "participant.erase", "participant", participant)
        self._disk.database.tidy()
        return visits

    def forget_old(self, now_unix: float, keep_days: float) -> int:
        """Visits, alarms and addresses that came more than `keep_days` ago; how many there were."""
        before = text_of(now_unix - timedelta(days=keep_days).total_seconds())
        return sum(self._forget_before(table, column, before) for table, column in _OLD.items())

    def _forget_before(self, table: str, column: str, before: str) -> int:
        gone = 0
        select = f"SELECT number FROM {table} WHERE {column} < ? ORDER BY {column} LIMIT ?"  # noqa: S608  # from _OLD
        while rows := self._disk.read(select, (before, _CHUNK)):
            with self._disk.write() as transaction:
                transaction.many(f"DELETE FROM {table} WHERE number = ?", [(row["number"],) for row in rows])  # noqa: S608
            gone += len(rows)
        return gone


_ITEM = ("name", "media_type", "sha256", "bytes")


def _item(row: Any) -> tuple[Any, ...]:
    return row["name"], row["media_type"], row["sha256"], row["size"]


def _meeting(held: Any, participant: str) -> dict[str, Any]:
    role = "organiser" if held.organiser == participant else "invited"
    return {"id": held.id, "title": held.title, "room": held.room, "starts": held.starts.isoformat(), "as": role}
