"""Private addresses of enrolled phones that have been heard, on disk, so that no restart makes an old one new again. They are
there as pseudonyms, and go with their credential."""

from collections.abc import Iterable
from datetime import datetime

from nanoservices.auth.disk import Disk, text_of
from nanoservices.auth.memory import MOST_ADDRESSES, NewAddress

_INSERT = """INSERT INTO addresses (mark, credential, since)
    SELECT ?, id, ? FROM credentials WHERE id = ? AND NOT EXISTS (SELECT 1 FROM addresses AS there WHERE there.mark = ?)"""


class Addresses:
    def __init__(self, disk: Disk):
        self._disk = disk

    def mark(self, key: str) -> str:
        """What stands for an address here. Not before the database has been read."""
        return self._disk.pseudonym("address", key)

    def add(self, new: Iterable[NewAddress]) -> None:
        """Those of a credential that has been removed meanwhile are forgotten."""
        rows = [(held.mark, text_of(held.first), held.credential, held.mark) for held in new]
        with self._disk.write() as transaction:
            transaction.many(_INSERT, rows)

    def newest(self) -> list[tuple[str, float]]:
        """Marks, and when each was first heard (unix seconds), oldest first."""
        rows = self._disk.read("SELECT mark, since FROM addresses ORDER BY since DESC LIMIT ?", (MOST_ADDRESSES,))
        return [(row["mark"], datetime.fromisoformat(row["since"]).timestamp()) for row in reversed(rows)]
