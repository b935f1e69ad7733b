"""The door to SQL: one SQLite file per service, with numbered migrations, and commits that survive a power cut.

`?` marks a parameter. Any thread may use a Database; transactions follow each other. What `transaction` has committed is
on the disk (WAL, synchronous=FULL).
"""

import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nanoservices.errors import Conflict, NanoError, Unavailable

Row = sqlite3.Row
Parameters = Sequence[Any]

_MIGRATION = re.compile(r"(\d{3})_[a-z0-9_]+\.sql")
_BUSY_S = 5.0


class SchemaError(NanoError):
    """The database's schema and this version of the service do not go together."""


class Transaction:
    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """The statement's rows, readable by name."""
        return self._connection.execute(sql, parameters).fetchall()


class Database:
    """`path` is made if it is not there, for our own eyes only; `migrations` is a folder of NNN_what.sql, applied in order,
    once each. Unavailable when it cannot be used, SchemaError when the two do not go together."""

    def __init__(self, path: Path, migrations: Path):
        self._path = path
        self._lock = threading.RLock()
        try:
            path.touch(mode=0o600)
            self._inode = path.stat().st_ino
        except OSError as error:
            raise Unavailable(f"the database at {path} cannot be used: {error.strerror}") from None
        with self._translated():
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
            self._migrate(migrations)
        except NanoError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        self._connection.row_factory = sqlite3.Row
        with self._translated():
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}")

    def _migrate(self, folder: Path) -> None:
        files = {int(match[1]): path for path in folder.glob("*.sql") if (match := _MIGRATION.fullmatch(path.name))}
        newest = max(files, default=0)
        if not files or sorted(files) != list(range(1, newest + 1)):
            raise SchemaError(f"{folder}: its NNN_what.sql are not numbered 001 to {newest:03} without a gap")
        with self.transaction() as transaction:
            transaction.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            done = {row["number"] for row in transaction.execute("SELECT number FROM migrations")}
        if done and max(done) > newest:
            raise SchemaError(f"{self._path} has schema {max(done)}, this version knows up to {newest}: use the newer version")
        for number in sorted(set(files) - done):
            self._apply(number, files[number])

    def _apply(self, number: int, path: Path) -> None:
        """One migration, whole or not at all."""
        with self.transaction() as transaction:
            for statement in _statements(path.read_text(encoding="utf-8")):
                transaction.execute(statement)
            transaction.execute("INSERT INTO migrations (number, name) VALUES (?, ?)", (number, path.name))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All of it, on disk, or none of it. Unavailable when the database cannot be used, Conflict when a rule of the
        schema is broken."""
        with self._lock, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # also when the disk did not take the COMMIT
                    self._connection.execute("ROLLBACK")
                raise

    def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        with self._lock, self._translated():
            return self._connection.execute(sql, parameters).fetchall()

    def check(self) -> None:
        """Unavailable unless the database answers, and is still the file at its path: commits to a deleted one are lost."""
        self.read("SELECT number FROM migrations LIMIT 1")
        try:
            same = self._path.stat().st_ino == self._inode
        except OSError:
            same = False
        if not same:
            raise Unavailable(f"the database at {self._path} cannot be used: its file has been moved or deleted")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise Conflict(str(error)) from None
        except sqlite3.Error as error:
            raise Unavailable(f"the database at {self._path} cannot be used: {error}") from None


def _statements(script: str) -> Iterator[str]:
    """SQLite's own executescript would commit between them."""
    gathered = ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""
    if gathered.strip():
        yield gathered
