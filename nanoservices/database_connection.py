"""One connection to a MariaDB or MySQL server that keeps to a deadline, and what its errors mean. Behind database_mysql.py."""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pymysql
from pymysql.connections import Connection as PlainConnection
from pymysql.constants import CLIENT
from pymysql.cursors import DictCursor

from nanoservices.database import Parameters, Row
from nanoservices.database_address import Address
from nanoservices.database_socket import opened

REFUSED_BY_A_RULE = (3819, 4025, 1644)  # a CHECK, as MySQL and MariaDB number it, and a trigger
_LEAST_S = 0.001  # no time at all would be for ever
_SESSION = """SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 1,
    lock_wait_timeout = 1, foreign_key_checks = 1, time_zone = '+00:00'"""
_DURABLE = """SELECT @@version AS version, @@global.innodb_flush_log_at_trx_commit AS flushed,
    @@global.innodb_flush_method AS method"""


if TYPE_CHECKING:
    _Plain = PlainConnection[DictCursor]
else:
    _Plain = PlainConnection  # it is generic in its stub only


class Connection(_Plain):
    """Whatever it waits for, it waits until `deadline` (monotonic) and no longer: pymysql asks before every read and write."""

    deadline = float("inf")

    @property
    def _read_timeout(self) -> float | None:
        left = self.deadline - time.monotonic()
        return None if left == float("inf") else max(left, _LEAST_S)

    @_read_timeout.setter
    def _read_timeout(self, _: object) -> None: ...

    _write_timeout = _read_timeout


def connected(address: Address, password: str, deadline: float) -> Connection:
    """pymysql.MySQLError or OSError when there is no answer until then, RuntimeError when it asks for a way of logging in that
    needs more libraries."""
    made = Connection(
        host=address.host or "localhost", port=address.port, unix_socket=address.socket,
        user=address.user, password=password.encode(), database=address.database,
        charset="utf8mb4", cursorclass=DictCursor, client_flag=CLIENT.FOUND_ROWS, local_infile=False,
        init_command=_SESSION, autocommit=True, defer_connect=True,
    )  # fmt: skip
    made.deadline = deadline
    made._secure = address.socket is not None  # type: ignore[attr-defined]  # it would be so, had it made the socket itself
    made.connect(opened(address, deadline))
    return made


class Statements:
    """A database.Transaction. With `each_s` the deadline counts from every statement anew."""

    def __init__(self, connection: Connection, each_s: float | None = None):
        self._connection = connection
        self._each_s = each_s

    def execute(self, sql: str, parameters: Parameters = ()) -> Sequence[Row]:
        with self._cursor() as cursor:
            cursor.execute(_own(sql), parameters or None)
            return list(cursor.fetchall())

    def change(self, sql: str, parameters: Parameters = ()) -> int:
        with self._cursor() as cursor:
            return cursor.execute(_own(sql), parameters or None)

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        with self._cursor() as cursor:
            cursor.execute(_own(sql), parameters or None)
            return int(cursor.lastrowid)

    def many(self, sql: str, rows: Iterable[Parameters]) -> None:
        with self._cursor() as cursor:
            cursor.executemany(_own(sql), list(rows))

    def _cursor(self) -> DictCursor:
        if self._each_s is not None:
            self._connection.deadline = time.monotonic() + self._each_s
        return self._connection.cursor()


def why_not_usable(connection: Connection) -> str | None:
    """Why what this server acknowledges may be lost or left half; None if it is not."""
    (found,) = Statements(connection).execute(_DURABLE)
    return not_durable(found["flushed"], found["method"]) or too_old(found["version"])


def not_durable(flushed: int, method: str) -> str | None:
    if int(flushed) != 1:
        return f"innodb_flush_log_at_trx_commit is {flushed}: what it acknowledges may be lost; set it to 1"
    if str(method).lower() in ("nosync", "littlesync"):
        return f"innodb_flush_method is {method}: what it acknowledges may be lost; set it to fsync or O_DIRECT"
    return None


def too_old(version: str) -> str | None:
    """Older ones do a statement that changes a table by halves when they are killed."""
    numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:3])
    least = (10, 6, 0) if "mariadb" in version.lower() else (8, 0, 17)
    if numbers >= least:
        return None
    return f"its version is {version}; MariaDB 10.6 or MySQL 8.0.17 is the least that will do"


def is_against_a_rule(error: pymysql.MySQLError) -> bool:
    return isinstance(error, pymysql.IntegrityError) or (error.args and error.args[0] in REFUSED_BY_A_RULE) is True


def is_wrong_statement(error: pymysql.MySQLError) -> bool:
    """The server answers, and other statements may do."""
    return isinstance(error, (pymysql.ProgrammingError, pymysql.DataError))


def said(error: BaseException) -> str:
    """What a server or a socket says of itself; a password is in none of that."""
    return str(error.args[-1] if error.args else error)[:200]


def drop(connection: Connection) -> None:
    """Close it without asking the server, who may not answer."""
    connection._force_close()  # type: ignore[attr-defined]  # its stub does not know it


def _own(sql: str) -> str:
    """With PyMySQL's mark for a parameter."""
    return sql.replace("%", "%%").replace("?", "%s")
