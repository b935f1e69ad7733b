"""A MariaDB or MySQL schema, brought from any version to the newest, also when killed on the way.

These servers commit every CREATE and ALTER by itself. So each statement of a migration is a step that is written down; only
the one after the last that is written down may have been done already, and it alone may find that it was.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pymysql

from nanoservices import migrations
from nanoservices.database_connection import Connection

_DONE = (  # what a server says of a step that was done before
    1050,  # there is such a table
    1051,  # there is no such table to drop
    1060,  # there is such a column
    1061,  # there is such a key
    1091,  # there is no such column or key to drop
    1146,  # there is no such table (to rename)
    1359,  # there is such a trigger
)
_CHANGES_SCHEMA = ("CREATE", "ALTER", "DROP", "RENAME")
_LEDGER = """CREATE TABLE IF NOT EXISTS migrations (number INT NOT NULL, step INT NOT NULL, name VARCHAR(100) NOT NULL,
    is_last BOOL NOT NULL, PRIMARY KEY (number, step)) ENGINE = InnoDB"""


class Upgrade:
    """Holds the server's own lock for it, so that two do not do it at once."""

    def __init__(self, connection: Connection, where: str):
        self._connection = connection
        self._where = where

    def run(self, files: Mapping[int, Path]) -> None:
        """SchemaError when the tables are those of a newer version, pymysql's errors when the server does not do it."""
        if self._one("SELECT GET_LOCK(CONCAT('nanoswarm ', LEFT(DATABASE(), 50)), 5) AS got") != 1:
            raise pymysql.OperationalError(0, "somebody else is making its tables")
        self._execute(_LEDGER)
        newest = self._one("SELECT COALESCE(MAX(number), 0) AS newest FROM migrations")
        migrations.check_not_newer(self._where, newest, max(files))
        for number, path in sorted(files.items()):
            if not self._one("SELECT COUNT(*) AS done FROM migrations WHERE number = %s AND is_last", number):
                self._apply(number, path)

    def _apply(self, number: int, path: Path) -> None:
        steps = list(migrations.statements(path.read_text(encoding="utf-8"), lambda text: text.rstrip().endswith(";")))
        done = self._one("SELECT COALESCE(MAX(step), 0) AS done FROM migrations WHERE number = %s", number)
        for step, statement in enumerate(steps, 1):
            if step > done:
                self._step(number, step, path.name, statement, step == len(steps), perhaps_done=step == done + 1)

    def _step(self, number: int, step: int, name: str, statement: str, is_last: bool, perhaps_done: bool) -> None:
        """A change of rows is in one transaction with its being written down; a change of the schema comes before it."""
        self._connection.begin()
        try:
            self._execute(statement)
        except pymysql.MySQLError as error:
            said_done = _first_word(statement) in _CHANGES_SCHEMA and error.args and error.args[0] in _DONE
            if not (perhaps_done and said_done):
                raise
        self._execute("INSERT INTO migrations VALUES (%s, %s, %s, %s)", number, step, name, is_last)
        self._connection.commit()

    def _execute(self, sql: str, *parameters: Any) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)

    def _one(self, sql: str, *parameters: Any) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            (row,) = cursor.fetchall()
            return int(next(iter(row.values())) or 0)


def _first_word(statement: str) -> str:
    lines = (line for line in statement.splitlines() if line.strip() and not line.startswith("--"))
    return next(lines, "").split(maxsplit=1)[0].upper()
