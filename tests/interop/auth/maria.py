"""A MariaDB of our own: its data in a folder, its socket beside them, and ended when the test is over."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pymysql
import pytest

PROGRAMS = ("mariadbd", "mariadb-install-db")
ABSENT = "MariaDB's server is absent: apt-get install mariadb-server, or `make tools` as root"
_START_S = 30
_SMALL = (
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--bind-address=127.0.0.1",
)


def require_programs() -> None:
    """Skip without them; never under CI."""
    if any(program(name) is None for name in PROGRAMS):
        if os.environ.get("CI"):
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)


def program(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Maria:
    """`folder` is made. Told to it at the start: what `more` says, as in --innodb-flush-log-at-trx-commit=0."""

    def __init__(self, folder: Path, port: int = 0):
        self.folder = folder
        self.socket = folder / "s.sock"
        self._data = folder / "data"
        self._network = [f"--port={port}"] if port else ["--skip-networking"]
        self._process: subprocess.Popen[bytes] | None = None
        self._me = ["--user=root"] if os.geteuid() == 0 else []
        folder.mkdir(parents=True)
        self._run(
            *("mariadb-install-db", "--no-defaults", f"--datadir={self._data}", "--skip-test-db", *self._me),
            "--auth-root-authentication-method=normal",
        )

    def _run(self, name: str, *words: str) -> None:
        done = subprocess.run([str(program(name)), *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, *more: str, environment: Mapping[str, str] | None = None) -> None:
        """Returns when it answers."""
        own = ("--no-defaults", *self._me, f"--datadir={self._data}", f"--socket={self.socket}", *self._network, *_SMALL, *more)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(program("mariadbd")), *own], stdout=log, stderr=log, env={**os.environ, **(environment or {})}
            )
        until = time.monotonic() + _START_S
        while True:
            try:
                _require_listening(self.socket)
                self.sql("SELECT 1")
                return
            except (pymysql.MySQLError, OSError) as error:
                ended = self._process.poll() is not None
                assert not ended and time.monotonic() < until, f"{error}\n{(self.folder / 'log').read_text()[-3000:]}"
                time.sleep(0.05)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """It takes connections, and says nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, signum: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signum)
            with contextlib.suppress(OSError):
                self._process.send_signal(signal.SIGCONT)
            self._process.wait(30)

    def sql(self, *statements: str) -> list[dict[str, object]]:
        """The rows of the last one, as root."""
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)
        with contextlib.closing(connection), connection.cursor(pymysql.cursors.DictCursor) as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def fresh(self, database: str) -> str:
        """The address of an empty database of that name."""
        self.sql(f"DROP DATABASE IF EXISTS `{database}`", f"CREATE DATABASE `{database}`")
        return self.address(database)

    def address(self, database: str) -> str:
        return f"mysql://root@/{database}?socket={self.socket}"


def _require_listening(path: Path) -> None:
    """OSError; pymysql would leave its socket to the garbage collector then."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))


@contextlib.contextmanager
def running(port: int = 0, *, on_disk: bool = False) -> Iterator[Maria]:
    """In memory where there is room for it, as making tables is what these tests do most. There its log is mapped, and so a
    kill loses nothing of it, whatever it does; who wants to see a loss has it on disk."""
    require_programs()
    room = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=room if room.is_dir() and not on_disk else None, prefix="maria-") as folder:
        made = Maria(Path(folder) / "m", port)
        try:
            made.start()
            yield made
        finally:
            made.kill()
