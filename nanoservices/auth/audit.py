"""The audit log: who did what to whom, in pseudonyms. It is only added to; both databases have triggers that see to that.

It is written by Disk.record, in the transaction of what it tells about.
"""

from dataclasses import dataclass

from nanoservices.auth.disk import Disk, Subject

_SELECT = "SELECT number, at, actor, action, subject FROM audit"


@dataclass(frozen=True)
class Entry:
    """`actor` is a token's id, or `auth` itself; `subject` a pseudonym."""

    number: int
    at: str
    actor: str
    action: str
    subject: str


class Audit:
    def __init__(self, disk: Disk):
        self._disk = disk

    def after(self, number: int, limit: int) -> list[Entry]:
        """Oldest first."""
        rows = self._disk.read(f"{_SELECT} WHERE number > ? ORDER BY number LIMIT ?", (number, limit))
        return [Entry(**{name: row[name] for name in Entry.__dataclass_fields__}) for row in rows]

    def about(self, kind: Subject, own_id: str) -> list[Entry]:
        """All that was done to one whose id is known to who asks."""
        rows = self._disk.read(f"{_SELECT} WHERE subject = ? ORDER BY number", (self._disk.pseudonym(kind, own_id),))
        return [Entry(**{name: row[name] for name in Entry.__dataclass_fields__}) for row in rows]
