"""The door to mariadb-dump: a service's database on a MariaDB or MySQL server, as it is at one moment, while it is used.

Asked from this machine. The password is in `.nanoswarm/kept/database-password`, as Swarm shows no secret again.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping

from nanoservices.database_address import Address, parsed
from swarm import keeping
from swarm.errors import BackupError

SETTING, PASSWORD = "NANO_DATABASE", "database-password"  # its name
_PROGRAMS = ("mariadb-dump", "mysqldump")
_END = b"-- Dump completed"
_CHUNK, _TAIL, _MOST_SAID = 1 << 20, 4096, 400
_HOW = ("--single-transaction", "--quick", "--hex-blob", "--skip-extended-insert", "--no-autocommit")  # a row is a line
_INSERT, _CREATE = b"INSERT INTO `", b"CREATE TABLE `"


def address(environment: Mapping[str, str]) -> Address | None:
    """Where the service has its database; None when that is in its volume."""
    text = environment.get(SETTING)
    try:
        return None if text is None else parsed(text)
    except ValueError as error:
        raise BackupError(f"{SETTING}: {error}") from None


def dump(where: Address) -> Iterator[bytes]:
    """The database as SQL that makes it anew. BackupError when it did not come to its end."""
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise BackupError(f"{where} cannot be saved: there is no mariadb-dump here; apt-get install mariadb-client")
    with tempfile.NamedTemporaryFile("w", prefix="nanoswarm-", suffix=".cnf") as told, tempfile.TemporaryFile() as said:
        told.write(options(where))
        told.flush()
        words = [program, f"--defaults-extra-file={told.name}", *_HOW, where.database]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=said) as process:  # noqa: S603
            try:
                yield from _whole(process, where)
            except BackupError as error:
                said.seek(0)
                raise BackupError(f"{error}: {said.read().decode(errors='replace').strip()[-_MOST_SAID:]}") from None
            finally:
                process.kill()


def counted(sql: Iterable[bytes], rows: dict[str, int]) -> Iterator[bytes]:
    """The same; `rows` is told how many rows it makes, by table. A line break in a value is not one in SQL."""
    rest = b""
    for chunk in sql:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(_CREATE):
                rows.setdefault(_table(line, _CREATE), 0)
            elif line.startswith(_INSERT):
                rows[_table(line, _INSERT)] = rows.get(_table(line, _INSERT), 0) + 1
        yield chunk


def _table(line: bytes, begins: bytes) -> str:
    return line[len(begins) :].partition(b"`")[0].decode()


def _whole(process: "subprocess.Popen[bytes]", where: Address) -> Iterator[bytes]:
    assert process.stdout is not None
    tail = b""
    while chunk := process.stdout.read(_CHUNK):
        tail = (tail + chunk)[-_TAIL:]
        yield chunk
    if process.wait() != 0 or _END not in tail:
        raise BackupError(f"{where} was not saved to its end")


def options(where: Address) -> str:
    """In a file for our own eyes: what is in arguments or the environment others may read."""
    password = keeping.kept(PASSWORD) or ""
    at = f"socket={_quoted(where.socket)}" if where.socket else f"host={_quoted(where.host)}\nport={where.port}"
    return f"[client]\nuser={_quoted(where.user)}\npassword={_quoted(password)}\n{at}\n"


def _quoted(text: str) -> str:
    if any(ord(character) < ord(" ") for character in text):
        raise BackupError(f"{keeping.FOLDER / PASSWORD}: cannot be given to mariadb-dump: it holds a control character")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
