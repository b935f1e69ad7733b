"""A MariaDB or MySQL server behind the face of database.Database: a bounded pool of connections that never wedges.

Nobody waits longer than `patience_s`: not for a turn, not for a connection, not for what the server says. After a failure
everybody is refused at once for REST_S, then one tries again: a server that is gone costs nothing, one that is back is found.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pymysql

from nanoservices import migrations
from nanoservices.database import Dialect, Parameters, Row, Transaction
from nanoservices.database_address import Address
from nanoservices.database_connection import (
    Connection,
    Statements,
    connected,
    drop,
    is_against_a_rule,
    is_wrong_statement,
    said,
    why_not_usable,
)
from nanoservices.database_upgrade import Upgrade
from nanoservices.errors import Conflict, NanoError, Unavailable

REST_S = 0.5
READERS = 3
_UPGRADE_S = 60.0  # a statement of a migration may rebuild a table


class MySQL:
    """Its tables are made, or brought up to the version of `folder`, as soon as it is there. Making a MySQL asks nothing of
    the server. SchemaError when the server's tables and the service do not go together."""

    dialect: Dialect = "mysql"

    def __init__(self, address: Address, password: str, folder: Path, patience_s: float):
        self._address = address
        self._password = password
        self._folder = folder
        self._patience_s = patience_s
        self._writing, self._preparing = threading.Lock(), threading.Lock()
        self._readers = threading.BoundedSemaphore(READERS)
        self._idle: list[Connection] = []
        self._refused_until, self._why = 0.0, ""
        self._closed = False
        self.opened = 0

    @contextmanager
    def transaction(self, *, is_long: bool = False) -> Iterator[Transaction]:
        """When it `is_long` (many statements), the patience is with each statement, not with all of them."""
        deadline = self._prepared()
        with self._turn(self._writing, deadline), self._borrowed(deadline) as connection:
            connection.begin()
            yield Statements(connection, self._patience_s if is_long else None)
            connection.commit()

    def read(self, sql: str, parameters: Parameters = ()) -> Sequence[Row]:
        deadline = self._prepared()
        with self._turn(self._readers, deadline), self._borrowed(deadline) as connection:
            return Statements(connection).execute(sql, parameters)

    def check(self) -> None:
        """Unavailable unless it answers, and keeps what it acknowledges."""
        deadline = self._prepared()
        with self._turn(self._readers, deadline), self._borrowed(deadline) as connection:
            if why := why_not_usable(connection):
                raise self._failed(why)

    def tidy(self, *, whole: bool = False) -> None:
        """InnoDB purges what is deleted by itself."""

    def close(self) -> None:
        self._closed = True
        with suppress(IndexError):
            while True:
                drop(self._idle.pop())

    # --- connections ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _turn(self, of: "threading.Lock | threading.BoundedSemaphore", deadline: float) -> Iterator[None]:
        if not of.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise self._unavailable("all its connections are busy")
        try:
            yield
        finally:
            of.release()

    @contextmanager
    def _borrowed(self, deadline: float) -> Iterator[Connection]:
        """One that answers. It comes back if it is still of use, and is dropped if not."""
        connection = self._connection(deadline)
        try:
            yield connection
        except BaseException as error:
            rule_broken = isinstance(error, pymysql.MySQLError) and is_against_a_rule(error)
            if isinstance(error, pymysql.MySQLError) and not rule_broken:
                drop(connection)
                why = said(error)
                raise (self._unavailable(why) if is_wrong_statement(error) else self._failed(why)) from None
            self._roll_back(connection)
            if rule_broken:
                raise Conflict(said(error)) from None
            raise
        self._idle.append(connection)

    def _roll_back(self, connection: Connection) -> None:
        connection.deadline = time.monotonic() + self._patience_s
        try:
            connection.rollback()
        except pymysql.MySQLError:
            drop(connection)
        else:
            self._idle.append(connection)

    def _connection(self, deadline: float) -> Connection:
        if self._closed:
            raise self._unavailable("it has been closed here")
        if time.monotonic() < self._refused_until:
            raise self._unavailable(self._why)
        while self._idle:
            connection = self._idle.pop()
            connection.deadline = deadline
            try:
                connection.ping(reconnect=False)
                return connection
            except pymysql.MySQLError as error:  # the server has been restarted meanwhile, or does not answer
                drop(connection)
                if time.monotonic() >= deadline:
                    raise self._failed(said(error)) from None
        return self._connected(deadline)

    def _connected(self, deadline: float) -> Connection:
        try:
            made = connected(self._address, self._password, deadline)
        except (pymysql.MySQLError, OSError, RuntimeError) as error:
            raise self._failed(said(error)) from None
        try:
            why = why_not_usable(made)
        except pymysql.MySQLError as error:
            why = said(error)
        if why:
            drop(made)
            raise self._failed(why)
        return made

    def _failed(self, why: str) -> Unavailable:
        self._refused_until, self._why = time.monotonic() + REST_S, why
        return self._unavailable(why)

    def _unavailable(self, why: str) -> Unavailable:
        return Unavailable(f"{self._address} cannot be used: {why}")

    # --- its tables -------------------------------------------------------------------------------------------------------

    def _prepared(self) -> float:
        """Have its tables as they should be. By when whoever asks has to have an answer (monotonic)."""
        if not self.opened:
            with self._turn(self._preparing, time.monotonic() + self._patience_s):
                if not self.opened:
                    self._upgrade(time.monotonic() + self._patience_s)
                    self.opened = 1
        return time.monotonic() + self._patience_s

    def _upgrade(self, deadline: float) -> None:
        files = migrations.found(self._folder)
        connection = self._connection(deadline)
        connection.deadline = time.monotonic() + _UPGRADE_S
        try:
            Upgrade(connection, str(self._address)).run(files)
        except pymysql.MySQLError as error:
            raise self._failed(said(error)) from None
        except NanoError as error:
            self._failed(str(error))
            raise
        finally:
            drop(connection)  # it holds the server's lock
