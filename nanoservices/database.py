"""The door to SQL. A Database is one SQLite file; database_mysql.py has the same face for a MariaDB or MySQL server.

`?` marks a parameter. Any thread may use a Database; transactions follow each other. What `transaction` has committed is
on the disk (WAL, synchronous=FULL). SQL that is to run on both keeps to what both know, so no RETURNING and no upsert.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

from nanoservices import migrations
from nanoservices.errors import Conflict, NanoError, Unavailable
from nanoservices.migrations import SchemaError as SchemaError  # of this door, too

Parameters = Sequence[Any]
Dialect = Literal["sqlite", "mysql"]

_BUSY_S = 5.0


class Row(Protocol):
    """Readable by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...


class Transaction(Protocol):
    def execute(self, sql: str, parameters: Parameters = ()) -> Sequence[Row]:
        """The statement's rows."""

    def change(self, sql: str, parameters: Parameters = ()) -> int:
        """How many rows it met."""

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        """The number that the new row was given."""

    def many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """The statement with each of them."""


class AnyDatabase(Protocol):
    """What a service may do with a database, whichever it is. `opened` counts how often it was found anew."""

    dialect: Dialect
    opened: int

    def transaction(self, *, is_long: bool = False) -> AbstractContextManager[Transaction]:
        """All of it, on disk, or none of it. Unavailable when the database cannot be used, Conflict when a rule of the
        schema is broken. One that `is_long` has many statements."""

    def read(self, sql: str, parameters: Parameters = ()) -> Sequence[Row]: ...

    def check(self) -> None:
        """Unavailable unless it can be used."""

    def tidy(self, *, whole: bool = False) -> None:
        """Have what was deleted gone from the disk, too; with `whole` also what an older version deleted."""

    def close(self) -> None: ...


class _Transaction:
    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def execute(self, sql: str, parameters: Parameters = ()) -> Sequence[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Parameters = ()) -> int:
        return self._connection.execute(sql, parameters).rowcount

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        return int(self._connection.execute(sql, parameters).lastrowid or 0)

    def many(self, sql: str, rows: Iterable[Parameters]) -> None:
        self._connection.executemany(sql, rows)


class Database:
    """`path` is made if it is not there, for our own eyes only; `folder` is one of NNN_what.sql, applied in order, once
    each. Unavailable when it cannot be used, SchemaError when the two do not go together.

    With `patience_s` nobody waits longer than that for a turn, and about so long for a commit: Unavailable then, and who
    writes it again finds out whether it was written. Deleted rows are overwritten, so that what is forgotten is gone.
    """

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, folder: Path, patience_s: float | None = None):
        self._path = path
        self._folder = folder
        self._patience_s = -1.0 if patience_s is None else patience_s  # as Lock.acquire has it
        self._writing, self._reading = threading.Lock(), threading.Lock()
        self._committer = ThreadPoolExecutor(1, "commit") if patience_s is not None else None
        self.opened = 0
        self._open()

    def _open(self) -> None:
        try:
            self._path.touch(mode=0o600)
            self._inode = self._path.stat().st_ino
        except OSError as error:
            raise Unavailable(f"the database at {self._path} cannot be used: {error.strerror}") from None
        self._writer = self._connected()
        try:
            self._migrate()
            self._reader = self._connected()
        except NanoError:
            self._writer.close()
            raise
        self.opened += 1

    def _connected(self) -> sqlite3.Connection:
        with self._translated():
            made = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            made.row_factory = sqlite3.Row
            try:
                for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
                    made.execute(f"PRAGMA {pragma}")
            except sqlite3.Error:
                made.close()
                raise
        return made

    def _migrate(self) -> None:
        files = migrations.found(self._folder)
        with self.transaction() as transaction:
            transaction.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            done = {row["number"] for row in transaction.execute("SELECT number FROM migrations")}
        migrations.check_not_newer(str(self._path), max(done, default=0), max(files))
        for number in sorted(set(files) - done):
            self._apply(number, files[number])

    def _apply(self, number: int, path: Path) -> None:
        """One migration, whole or not at all."""
        with self.transaction() as transaction:
            for statement in migrations.statements(path.read_text(encoding="utf-8"), sqlite3.complete_statement):
                transaction.execute(statement)
            transaction.execute("INSERT INTO migrations (number, name) VALUES (?, ?)", (number, path.name))

    @contextmanager
    def transaction(self, *, is_long: bool = False) -> Iterator[Transaction]:
        self._take(self._writing)
        handed_over = False
        try:
            with self._translated():
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield _Transaction(self._writer)
                except BaseException:
                    self._roll_back()
                    raise
                if self._committer is None:
                    self._commit()
                else:
                    ended = self._committer.submit(self._commit_and_release)
                    handed_over = True
                    try:
                        ended.result(self._patience_s)
                    except TimeoutError:
                        raise self._late() from None
        finally:
            if not handed_over:
                self._writing.release()

    def _commit(self) -> None:
        try:
            self._writer.execute("COMMIT")
        except BaseException:
            self._roll_back()  # also when the disk did not take it
            raise

    def _commit_and_release(self) -> None:
        """The disk may take its time here, and whoever waits for it not: the turn ends when the disk is done."""
        try:
            self._commit()
        finally:
            self._writing.release()

    def _roll_back(self) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def read(self, sql: str, parameters: Parameters = ()) -> Sequence[Row]:
        """What is committed."""
        self._take(self._reading)
        try:
            with self._translated():
                return self._reader.execute(sql, parameters).fetchall()
        finally:
            self._reading.release()

    def _take(self, turn: threading.Lock) -> None:
        if not turn.acquire(timeout=self._patience_s):
            raise self._late()

    def _late(self) -> Unavailable:
        return Unavailable(f"the database at {self._path} is busy: its disk has not answered for {self._patience_s:g} s")

    def check(self) -> None:
        """Unavailable unless the database answers, and is still the file at its path: commits to a deleted one are lost.
        Another one that is there since is opened."""
        if self._is_there():
            self.read("SELECT number FROM migrations LIMIT 1")
            return
        if not self._path.exists():
            raise Unavailable(f"the database at {self._path} cannot be used: its file has been moved or deleted")
        self._reopen()

    def _is_there(self) -> bool:
        try:
            return self._path.stat().st_ino == self._inode
        except OSError:
            return False

    def _reopen(self) -> None:
        self._take(self._writing)
        try:
            self._take(self._reading)
            try:
                self._reader.close()
                self._writer.close()
            finally:
                self._reading.release()
        finally:
            self._writing.release()
        self._open()

    def tidy(self, *, whole: bool = False) -> None:
        self._take(self._writing)
        try:
            with self._translated():
                if whole:
                    self._writer.execute("VACUUM")
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._writing.release()

    def close(self) -> None:
        if self._committer is not None:
            self._committer.shutdown()
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise Conflict(str(error)) from None
        except sqlite3.Error as error:
            raise Unavailable(f"the database at {self._path} cannot be used: {error}") from None
