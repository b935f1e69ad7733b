"""What survives a kill: the controller's disk, and all that auth keeps (here without SQL, which has its own tests)."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from nanoservices import wire
from nanoservices.auth.directory import Directory
from nanoservices.auth.memory import NewAddress
from nanoservices.auth.model import PERSONAL, Credential, Item, Meeting, Shelf
from nanoservices.auth.rotating import Rotating
from nanoservices.errors import NotFound, Unavailable


class Disk:
    """The rows of the controller's store; `is_full` and it takes nothing more."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.is_full = False
        self.saves = 0

    def open(self, *_where: Any) -> "Disk":
        """In place of database.Database(path, migrations)."""
        return self

    def read(self, _sql: str, _parameters: Any) -> list[dict[str, str]]:
        return [{"kind": kind, "id": name, "body": body} for (kind, name), body in self.rows.items()]

    @contextmanager
    def transaction(self) -> Iterator["_Transaction"]:
        if self.is_full:
            raise Unavailable("the disk is full")
        transaction = _Transaction(dict(self.rows))
        yield transaction
        self.rows = transaction.rows
        self.saves += 1

    def close(self) -> None:
        """Nothing is held open."""


class _Transaction:
    def __init__(self, rows: dict[tuple[str, str], str]):
        self.rows = rows

    def execute(self, sql: str, parameters: tuple[str, ...]) -> None:
        kind, name, *body = parameters
        if sql.startswith("DELETE"):
            self.rows.pop((kind, name), None)
        else:
            self.rows[kind, name] = body[0]


class Archive:
    """Stands where auth's Store does: the data, the directory made of them, and the event log."""

    def __init__(self, credentials: Iterable[Credential], meetings: Iterable[Meeting], early_s: float, now_unix: float):
        self._credentials, self._early_s = tuple(credentials), early_s
        self._rotating = Rotating()
        self.log: dict[str, wire.VisitReport] = {}
        self.asked_for: list[Shelf] = []
        self.disk = self.database = self.meetings = self.contents = self.events = self.addresses = self
        self.is_open, self.opened = True, 1
        self.also_refresh: list[Callable[[], None]] = []
        self.marks: list[tuple[str, float]] = []
        self.keep(meetings, now_unix)

    def keep(self, meetings: Iterable[Meeting], now_unix: float) -> None:
        """These meetings, from now on."""
        self.held = {meeting.id: meeting for meeting in meetings}
        self.directory = Directory(
            self._credentials, self.held.values(), early_s=self._early_s, rotating=self._rotating
        )  # fmt: skip
        self.look_ahead(now_unix)

    def look_ahead(self, now_unix: float) -> None:
        self._rotating.prepare(self.directory.rolling, now_unix)

    def check(self) -> None:
        """The disk is there."""

    def mark(self, address: str) -> str:
        return address

    def newest(self) -> list[tuple[str, float]]:
        return self.marks

    def add(self, new: Iterable[NewAddress]) -> None:
        self.marks += [(address.mark, address.first) for address in new]

    def one(self, meeting: str) -> Meeting:
        if meeting not in self.held:
            raise NotFound(f"there is no meeting {meeting}")
        return self.held[meeting]

    def items(self, shelf: Shelf) -> list[Item]:
        data = _data(shelf)
        return [Item("a.md", "text/markdown", hashlib.sha256(data).hexdigest(), len(data))]

    def part(self, shelf: Shelf, _sha256: str, number: int) -> bytes:
        return _data(shelf) if number == 0 else b""

    def refresh(self, now_unix: float) -> None:
        """Nobody else changes it."""

    def submit(self, report: wire.VisitReport) -> "Future[bool]":
        self.log.setdefault(report.visit.id, report)
        written: Future[bool] = Future()
        written.set_result(True)
        return written


def _data(shelf: Shelf) -> bytes:
    return f"{shelf.room}/{shelf.meeting or PERSONAL}".encode()
