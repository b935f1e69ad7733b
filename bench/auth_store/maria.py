"""A MariaDB of our own: its data in a folder, its socket beside them, and ended with whoever started it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pymysql
from pymysql.cursors import DictCursor

PROGRAMS = ("mariadbd", "mariadb-install-db")
ABSENT = "MariaDB's server is absent: apt-get install mariadb-server, or `make tools` as root"
KINDS = ("sqlite", "mariadb")
_START_S = 30
_SMALL = (
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--bind-address=127.0.0.1",
)


def is_installed() -> bool:
    return all(program(name) for name in PROGRAMS)


def program(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def wanted(only: str | None) -> tuple[str, ...]:
    """On which databases a benchmark is to run; on stderr, why not on a MariaDB when none can be started."""
    chosen = KINDS if only is None else (only,)
    if "mariadb" in chosen and not is_installed():
        print(ABSENT, file=sys.stderr)
    return tuple(kind for kind in chosen if kind == "sqlite" or is_installed())


@contextlib.contextmanager
def address(folder: Path, kind: str) -> Iterator[str | None]:
    """Of an empty database; None for a file."""
    if kind == "sqlite":
        yield None
        return
    server = Maria(folder / "m")
    try:
        server.start()
        yield server.fresh("auth")
    finally:
        server.kill()


class Maria:
    """`folder` is made."""

    def __init__(self, folder: Path, port: int = 0):
        self.folder = folder
        self.socket = folder / "s.sock"
        self.data = folder / "data"
        self._network = [f"--port={port}"] if port else ["--skip-networking"]
        self._process: subprocess.Popen[bytes] | None = None
        self._me = ["--user=root"] if os.geteuid() == 0 else []
        folder.mkdir(parents=True)
        words = [f"--datadir={self.data}", "--skip-test-db", *self._me, "--auth-root-authentication-method=normal"]
        command = [str(program("mariadb-install-db")), "--no-defaults", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"{done.stdout}\n{done.stderr}")

    def start(self, *more: str, environment: Mapping[str, str] | None = None) -> None:
        """Returns when it answers. `more` as in --innodb-flush-method=fsync."""
        own = ("--no-defaults", *self._me, f"--datadir={self.data}", f"--socket={self.socket}", *self._network, *_SMALL, *more)
        told = {**os.environ, **(environment or {})}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([str(program("mariadbd")), *own], stdout=log, stderr=log, env=told)  # noqa: S603
        until = time.monotonic() + _START_S
        while True:
            try:
                _require_listening(self.socket)
                self.sql("SELECT 1")
                return
            except (pymysql.MySQLError, OSError) as error:
                if not self.is_running or time.monotonic() > until:
                    raise RuntimeError(f"{error}\n{(self.folder / 'log').read_text()[-3000:]}") from None
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

    def sql(self, *statements: str) -> list[dict[str, Any]]:
        """The rows of the last one, as root."""
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)
        with contextlib.closing(connection), connection.cursor(DictCursor) as cursor:
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
