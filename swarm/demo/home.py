"""Where the demo keeps everything: .nanoswarm/demo/ in the current directory. One demo at a time.

The lock is the truth about whether one runs; `state.json` is what other commands need to know of it.
"""

import fcntl
import json
import os
import secrets
import shutil
import signal
import time
from pathlib import Path
from typing import IO, Any

from swarm.errors import DemoError

ROOT = Path(".nanoswarm")
STOP_S = 8.0
_SOCKET_PATH_MOST = 100  # the kernel takes 107 bytes


class Home:
    def __init__(self, root: Path = ROOT):
        self._lock_path = root / "demo.lock"
        self._lock: IO[str] | None = None
        self.path = root / "demo"
        self.logs = self.path / "logs"

    @property
    def world(self) -> Path:
        """The world's socket, by its shorter name."""
        full = self.path.resolve() / "world.sock"
        return full if len(os.fsencode(full)) <= _SOCKET_PATH_MOST else self.path / "world.sock"

    @property
    def _state(self) -> Path:
        return self.path / "state.json"

    def claim(self) -> None:
        """Make it ours, and empty. DemoError when a demo runs in it already, or it cannot be written."""
        try:
            self._claim()
        except OSError as error:
            if self._lock is not None:
                self._lock.close()
                self._lock = None
            raise self.refusal(error) from None

    def refusal(self, error: OSError) -> DemoError:
        """What to tell people when a file of ours cannot be made."""
        why = f"{error.strerror}: {error.filename or self.path}"
        what_to_do = "free some space, remove what is in the way, or run in a folder that you may write"
        return DemoError(f"the demo's folder {self.path} cannot be made: {why}; {what_to_do}")

    def _claim(self) -> None:
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._lock_path.open("a+")
        if not _locked(lock):
            lock.close()
            raise DemoError(
                f"a demo runs here already (process {self.running_pid() or 'unknown'}); end it with: nanoswarm demo stop"
            )
        self._lock = lock
        shutil.rmtree(self.path, ignore_errors=True)
        for folder in (self.path, self.logs, self.path / "place", self.path / "data", self.path / "secrets"):
            folder.mkdir(mode=0o700)
        self._write_pid()

    def release(self) -> None:
        """Logs and data stay to be looked at; secrets do not."""
        if self._lock is not None:
            shutil.rmtree(self.path / "secrets", ignore_errors=True)
            (self.path / "world.sock").unlink(missing_ok=True)
            self._state.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _write_pid(self) -> None:
        assert self._lock is not None
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def secret(self, name: str) -> Path:
        """A file with a new secret in it, for this run, for our eyes only."""
        path = self.path / "secrets" / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(24))
        return path

    def remember(self, state: dict[str, Any]) -> None:
        fresh = self._state.with_suffix(".new")
        fresh.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self._state)

    # --- what another process asks

    def running_pid(self) -> int | None:
        """The process of the demo that runs here, if one does."""
        try:
            with self._lock_path.open("r+") as lock:
                if _locked(lock):
                    return None
                return int(lock.read() or 0) or None
        except (OSError, ValueError):
            return None

    def state(self) -> dict[str, Any]:
        """Of the demo that runs here. DemoError when none does, or it is not ready for visitors yet."""
        if self.running_pid() is None:
            raise DemoError("no demo runs here; start one with: nanoswarm demo --keep")
        try:
            found = json.loads(self._state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise DemoError("the demo is still starting; try again in a moment") from None
        return dict(found)

    def stop(self) -> bool:
        """End the demo that runs here and wait for it. False when none did."""
        pid = self.running_pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOP_S
        while self.running_pid() is not None:
            if time.monotonic() > until:
                raise DemoError(f"the demo (process {pid}) has not ended within {STOP_S:g} s; look at it, or kill it")
            time.sleep(0.05)
        return True


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
