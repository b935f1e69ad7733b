"""What a meeting shows, and the personal contents of a room, on disk: bytes that are known by their sha256."""

import hashlib

from nanoservices.auth.disk import Disk, require_participant
from nanoservices.auth.model import Item, Shelf
from nanoservices.database import Row, Transaction
from nanoservices.errors import Conflict, NotFound

MOST_ITEMS = 64  # on one shelf; the list of them goes over the wire as one payload
_ITEMS = "SELECT name, media_type, sha256, size, owner FROM contents WHERE (meeting = ? OR room = ?) ORDER BY id"
_DATA = "SELECT data FROM contents WHERE (meeting = ? OR room = ?) AND sha256 = ? LIMIT 1"
_DELETE = "DELETE FROM contents WHERE (meeting = ? OR room = ?) AND name = ? RETURNING name"
_INSERT = """INSERT INTO contents (meeting, room, owner, name, media_type, sha256, size, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


class Contents:
    def __init__(self, disk: Disk):
        self._disk = disk

    def put(self, shelf: Shelf, name: str, media_type: str, data: bytes, owner: str | None = None) -> tuple[Item, bool]:
        """Keep `data` under `name`, in the place of what had that name there. The item, and whether the name is new."""
        item = Item(name, media_type, hashlib.sha256(data).hexdigest(), len(data), owner)
        with self._disk.change() as transaction:
            _check(transaction, shelf, name, owner)
            replaced = transaction.execute(_DELETE, (*_of(shelf), name))
            transaction.execute(_INSERT, (*_of(shelf), owner, name, media_type, item.sha256, item.size, data))
        return item, not replaced

    def remove(self, shelf: Shelf, name: str) -> None:
        with self._disk.change() as transaction:
            if not transaction.execute(_DELETE, (*_of(shelf), name)):
                raise NotFound(f"there is no {name} here")

    def items(self, shelf: Shelf) -> list[Item]:
        return [_item(row) for row in self._disk.read(_ITEMS, _of(shelf))]

    def data(self, shelf: Shelf, sha256: str) -> bytes:
        for row in self._disk.read(_DATA, (*_of(shelf), sha256)):
            return bytes(row["data"])
        raise NotFound(f"there is no item {sha256[:12]}… in {shelf.room}; ask for the list again")

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


def _of(shelf: Shelf) -> tuple[str | None, str | None]:
    """The columns `meeting` and `room`: one of them says where an item belongs."""
    return (None, shelf.room) if shelf.meeting is None else (shelf.meeting, None)


def _item(row: Row) -> Item:
    return Item(row["name"], row["media_type"], row["sha256"], row["size"], row["owner"])
