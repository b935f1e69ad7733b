"""What a meeting shows, and the personal contents of a room, on disk: bytes that are known by their sha256."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator

from nanoservices.auth.disk import Disk, Subject, require_participant
from nanoservices.auth.model import Item, Shelf
from nanoservices.database import Row, Transaction
from nanoservices.errors import Conflict, NotFound

MOST_ITEMS = 64  # on one shelf; the list of them goes over the wire as one payload
_ITEMS = "SELECT name, media_type, sha256, size, owner FROM contents WHERE (meeting = ? OR room = ?) ORDER BY id"
_PART = """SELECT pieces.data AS data FROM contents
    LEFT JOIN pieces ON pieces.content = contents.id AND pieces.number = ?
    WHERE (meeting = ? OR room = ?) AND sha256 = ? ORDER BY contents.id LIMIT 1"""
_DELETE = "DELETE FROM contents WHERE (meeting = ? OR room = ?) AND name = ?"
_INSERT = """INSERT INTO contents (meeting, room, owner, name, media_type, sha256, size)
    VALUES (?, ?, ?, ?, ?, '', 0)"""


class Contents:
    def __init__(self, disk: Disk):
        self._disk = disk

    def put(
        self, shelf: Shelf, name: str, media_type: str, pieces: Iterable[bytes], owner: str | None = None
    ) -> tuple[Item, bool]:
        """Keep `pieces` under `name`, in the place of what had that name there: all of them, or (when they raise) none.
        The item, and whether the name is new."""
        with self._disk.change(is_long=True) as transaction:
            _check(transaction, shelf, name, owner)
            replaced = transaction.change(_DELETE, (*_of(shelf), name))
            number = transaction.insert(_INSERT, (*_of(shelf), owner, name, media_type))
            sha256, size = _write(transaction, number, pieces)
            transaction.execute("UPDATE contents SET sha256 = ?, size = ? WHERE id = ?", (sha256, size, number))
            self._disk.record(transaction, "contents.put", *_subject(shelf))
        return Item(name, media_type, sha256, size, owner), not replaced

    def remove(self, shelf: Shelf, name: str) -> None:
        with self._disk.change() as transaction:
            if not transaction.change(_DELETE, (*_of(shelf), name)):
                raise NotFound(f"there is no {name} here")
            self._disk.record(transaction, "contents.remove", *_subject(shelf))

    def items(self, shelf: Shelf) -> list[Item]:
        return [_item(row) for row in self._disk.read(_ITEMS, _of(shelf))]

    def part(self, shelf: Shelf, sha256: str, number: int) -> bytes:
        """One of the pieces that were put; none behind the last."""
        rows = self._disk.read(_PART, (number, *_of(shelf), sha256))
        if not rows:  # never there, or just replaced
            raise NotFound(f"there is no item {sha256[:12]}… in {shelf.room}; ask for the list again")
        return rows[0]["data"] or b""

    def parts(self, shelf: Shelf, sha256: str) -> Iterator[bytes]:
        """One after the other, so that nobody has to hold them all."""
        return itertools.takewhile(bool, (self.part(shelf, sha256, number) for number in itertools.count()))

    def owners(self) -> list[tuple[str, str]]:
        """Pairs of a room and somebody whose personal contents it has."""
        rows = self._disk.read("SELECT DISTINCT room, owner FROM contents WHERE room IS NOT NULL")
        return [(row["room"], row["owner"]) for row in rows]


def _check(transaction: Transaction, shelf: Shelf, name: str, owner: str | None) -> None:
    if shelf.meeting is not None and not transaction.execute("SELECT 1 FROM meetings WHERE id = ?", (shelf.meeting,)):
        raise NotFound(f"there is no meeting {shelf.meeting}")
    if owner is not None:
        require_participant(transaction, owner, "owner")
    there = {row["name"]: row["owner"] for row in transaction.execute(_ITEMS, _of(shelf))}
    if there.get(name, owner) != owner:
        raise Conflict(f"name: {name} is another owner's in this room; take another name")
    if name not in there and len(there) >= MOST_ITEMS:
        raise Conflict(f"name: {len(there)} items are there already, and no more can be shown; remove one first")


def _write(transaction: Transaction, content: int, pieces: Iterable[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for number, piece in enumerate(pieces):
        transaction.execute("INSERT INTO pieces (content, number, data) VALUES (?, ?, ?)", (content, number, piece))
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _of(shelf: Shelf) -> tuple[str | None, str | None]:
    """The columns `meeting` and `room`: one of them says where an item belongs."""
    return (None, shelf.room) if shelf.meeting is None else (shelf.meeting, None)


def _item(row: Row) -> Item:
    return Item(row["name"], row["media_type"], row["sha256"], row["size"], row["owner"])


def _subject(shelf: Shelf) -> tuple[Subject, str]:
    return ("room", shelf.room) if shelf.meeting is None else ("meeting", shelf.meeting)
