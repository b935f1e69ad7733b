"""Writing to the database, and knowing whether that works. Any thread may use a Disk."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nanoservices.database import Database, Transaction
from nanoservices.errors import NanoError, PayloadError, Unavailable


class Disk:
    """`changes` counts the writes that recognition has to see. `trouble` says why the last write failed; None once one
    has been done again."""

    def __init__(self, path: Path):
        self._database = Database(path, Path(__file__).parent / "schema")
        self.read = self._database.read
        self.close = self._database.close
        self._joined = threading.local()
        self.changes = 0
        self.trouble: str | None = None

    @contextmanager
    def together(self) -> Iterator[Transaction]:
        """Whatever this thread writes inside is one transaction: all of it, or none."""
        with self.change() as transaction:
            self._joined.transaction = transaction
            try:
                yield transaction
            finally:
                self._joined.transaction = None

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        joined: Transaction | None = getattr(self._joined, "transaction", None)
        if joined is not None:
            yield joined
            return
        try:
            with self._database.transaction() as transaction:
                yield transaction
        except Unavailable as error:
            self.trouble = str(error)
            raise
        self.trouble = None

    @contextmanager
    def change(self) -> Iterator[Transaction]:
        """A write that recognition has to see."""
        with self.write() as transaction:
            yield transaction
            self.changes += 1  # while no other thread writes; who sees it now has to wait for the commit to read

    def check(self) -> None:
        """errors.Unavailable unless the data can be read, and written again after a write has failed."""
        self._database.check()
        if self.trouble is not None:
            with self.write() as transaction:
                transaction.execute("UPDATE pulse SET beat = beat + 1")


def require_participant(transaction: Transaction, participant: str, field: str, error: type[NanoError] = PayloadError) -> None:
    if not transaction.execute("SELECT 1 FROM participants WHERE id = ?", (participant,)):
        raise error(f"{field}: there is no participant {participant}")
