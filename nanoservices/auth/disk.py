"""Writing to the database, knowing whether that works, and saying who did it. Any thread may use a Disk."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

from nanoservices.auth.sealing import Pseudonyms
from nanoservices.database import AnyDatabase, Parameters, Row, Transaction
from nanoservices.errors import NanoError, PayloadError, Unavailable

OURSELVES = "auth"  # who does what nobody asked for
ACTOR: ContextVar[str] = ContextVar("actor", default=OURSELVES)  # on whose behalf the database is written: a token's id
Subject = Literal["participant", "meeting", "room", "token", "address"]
_RECORD = "INSERT INTO audit (at, actor, action, subject) VALUES (?, ?, ?, ?)"


class Disk:
    """`changes` counts the writes that recognition has to see. `trouble` says why the last write failed; None once one
    has been done again. Until the database has been opened up (opening.py) nobody else may use it: Unavailable."""

    def __init__(self, database: AnyDatabase, now_unix: Callable[[], float]):
        self.database = database
        self.close = database.close
        self._now_unix = now_unix
        self._opened = database.opened
        self._joined, self._opening = threading.local(), threading.local()
        self.changes = 0
        self._counting = threading.Lock()
        self.trouble: str | None = None
        self.pseudonyms: Pseudonyms | None = None

    @contextmanager
    def opening(self) -> Iterator[None]:
        """This thread may, to get it ready for the others."""
        self._opening.is_mine = True
        try:
            yield
        finally:
            self._opening.is_mine = False

    def _require_open(self) -> None:
        if self.pseudonyms is None and not getattr(self._opening, "is_mine", False):
            raise Unavailable("auth unavailable: its database cannot be used yet, as it has not been read")

    def read(self, sql: str, parameters: Parameters = ()) -> Sequence[Row]:
        self._require_open()
        return self.database.read(sql, parameters)

    @contextmanager
    def together(self) -> Iterator[Transaction]:
        """Whatever this thread writes inside is one transaction: all of it, or none."""
        with self.change(is_long=True) as transaction:
            self._joined.transaction = transaction
            try:
                yield transaction
            finally:
                self._joined.transaction = None

    @contextmanager
    def write(self, *, is_long: bool = False) -> Iterator[Transaction]:
        joined: Transaction | None = getattr(self._joined, "transaction", None)
        if joined is not None:
            yield joined
            return
        self._require_open()
        try:
            with self.database.transaction(is_long=is_long) as transaction:
                yield transaction
        except Unavailable as error:
            self.trouble = str(error)
            raise
        self.trouble = None

    @contextmanager
    def change(self, *, is_long: bool = False) -> Iterator[Transaction]:
        """A write that recognition has to see."""
        with self.write(is_long=is_long) as transaction:
            yield transaction
        self._count()  # not before it is committed: whoever reads does not wait for that

    def record(self, transaction: Transaction, action: str, kind: Subject, own_id: str) -> None:
        """In the audit log, with what is done: ACTOR did `action` to that one, who stands there as a pseudonym."""
        transaction.execute(_RECORD, (self.now(), ACTOR.get(), action, self.pseudonym(kind, own_id)))

    def pseudonym(self, kind: Subject, own_id: str) -> str:
        self._require_open()
        assert self.pseudonyms is not None
        return self.pseudonyms.of(kind, own_id)

    def now(self) -> str:
        return text_of(self._now_unix())

    def check(self) -> None:
        """errors.Unavailable unless the data can be read, and written again after a write has failed."""
        self.database.check()
        if self.database.opened != self._opened:  # another database, or for the first time
            self._opened, self.pseudonyms = self.database.opened, None
            self._count()
        if self.trouble is not None:
            with self.database.transaction() as transaction:
                transaction.execute("UPDATE pulse SET beat = beat + 1")
            self.trouble = None
            self._count()  # a commit that nobody waited for any more may have been made after all

    def _count(self) -> None:
        with self._counting:
            self.changes += 1


def text_of(unix: float) -> str:
    """UTC in ISO 8601; the order of these texts is that of time."""
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="microseconds")


def require_participant(transaction: Transaction, participant: str, field: str, error: type[NanoError] = PayloadError) -> None:
    if not transaction.execute("SELECT 1 FROM participants WHERE id = ?", (participant,)):
        raise error(f"{field}: there is no participant {participant}")
