"""Makes a service's database anew from a backup: a new one on its server, counted, beside the one that is used.

Nothing that runs is changed: the service goes on with its database until its setting names the other.
"""

import dataclasses
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence

from nanoservices.database_address import Address
from swarm import backup_mariadb
from swarm.errors import BackupError, InputError

_PROGRAMS = ("mariadb", "mysql")
_MOST_SAID = 400


def load(where: Address, name: str, sql: Iterable[bytes], rows: Mapping[str, int] | None) -> Address:
    """Have `sql` in the database `name` of that server; where it is. `rows`: how many there must be then, by table.

    InputError when such a database holds something already; BackupError when not all of it came, and what we made is gone."""
    target = dataclasses.replace(where, database=name)
    is_new = _prepare(target)
    try:
        _feed(target, sql)
        if rows is not None and (wrong := _unlike(rows, counts(target))):
            raise BackupError(f"{target}: is not what was saved: {wrong}")
    except BaseException:
        _give_up(target, is_new)
        raise
    return target


def counts(where: Address) -> dict[str, int]:
    """How many rows there are, by table."""
    tables = _asked(where, f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{where.database}'")  # noqa: S608
    return {table: int(_asked(where, f"SELECT COUNT(*) FROM `{where.database}`.`{table}`")[0]) for table in tables}  # noqa: S608


def _unlike(wanted: Mapping[str, int], found: Mapping[str, int]) -> str:
    return ", ".join(
        f"{table} has {found.get(table, 'no')} rows and had {wanted.get(table, 'none')}"
        for table in sorted(wanted.keys() | found.keys())
        if wanted.get(table) != found.get(table)
    )


def _prepare(target: Address) -> bool:
    """Whether it was not there before."""
    there = f"SELECT schema_name FROM information_schema.schemata WHERE schema_name = '{target.database}'"  # noqa: S608
    is_new = not _asked(target, there)
    if is_new:
        try:
            _asked(target, f"CREATE DATABASE `{target.database}`")
        except BackupError as error:
            user = target.user
            raise BackupError(
                f"{error}; as the server's admin: CREATE DATABASE `{target.database}`; "
                f"GRANT ALL ON `{target.database}`.* TO '{user}'@'%'; then this again"
            ) from None
    elif counts(target):
        raise InputError([f"--database {target.database}: has tables already; name another, which will be made"])
    return is_new


def _give_up(target: Address, is_new: bool) -> None:
    if is_new:
        _asked(target, f"DROP DATABASE IF EXISTS `{target.database}`")


def _feed(target: Address, sql: Iterable[bytes]) -> None:
    with _Told(target) as told, tempfile.TemporaryFile() as said:
        words = [*told.words, target.database]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said) as process:  # noqa: S603
            assert process.stdin is not None
            try:
                for chunk in sql:
                    process.stdin.write(chunk)
                process.stdin.close()
                code = process.wait()
            except BrokenPipeError:
                code = process.wait() or 1
            finally:
                process.kill()
        if code != 0:
            said.seek(0)
            raise BackupError(
                f"{target}: was not made to its end: {said.read().decode(errors='replace').strip()[-_MOST_SAID:]}"
            )


def _asked(where: Address, sql: str) -> list[str]:
    """The first column of the answer, row by row."""
    with _Told(where) as told:
        words = [*told.words, "--batch", "--skip-column-names", "--execute", sql]
        ended = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
    if ended.returncode != 0:
        raise BackupError(f"{where}: {ended.stderr.strip()[-_MOST_SAID:]}")
    return ended.stdout.splitlines()


class _Told:
    """The client's words, its password in a file for our own eyes."""

    def __init__(self, where: Address):
        program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
        if program is None:
            raise BackupError(f"{where} cannot be made: there is no mariadb here; apt-get install mariadb-client")
        self._program, self._where = program, where

    def __enter__(self) -> "_Told":
        self._file = tempfile.NamedTemporaryFile("w", prefix="nanoswarm-", suffix=".cnf")
        self._file.write(backup_mariadb.options(self._where))
        self._file.flush()
        return self

    def __exit__(self, *_about: object) -> None:
        self._file.close()

    @property
    def words(self) -> Sequence[str]:
        return [self._program, f"--defaults-extra-file={self._file.name}"]
