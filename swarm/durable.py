# ruff: noqa: PTH105, PTH108  # the calls of the system themselves, which a test writes down and plays back
"""Files that are there whole or not at all, also when the power goes: written aside, synced, renamed, the folder synced.

Every write of a backup's places goes through here; tests replay what these calls leave on a disk that loses the rest.
"""

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

PART = ".part"


class Growing:
    """A new file in each of the folders at once, under its name with PART until `settle`."""

    def __init__(self, folders: Sequence[Path], name: str):
        self._paths = [folder / name for folder in folders]
        self._digest = hashlib.sha256()
        self._files: list[int] = []
        self.bytes = 0
        try:
            for path in self._paths:
                self._files.append(os.open(_part(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        except OSError:
            self.abandon()
            raise

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        self.bytes += len(data)
        for file in self._files:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
        return len(data)

    def flush(self) -> None:
        """Settling does."""

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def settle(self) -> None:
        """It is on every disk, and has its name."""
        while self._files:
            os.fsync(self._files[0])
            os.close(self._files.pop(0))
        for path in self._paths:
            os.replace(_part(path), path)
            sync_folder(path.parent)

    def abandon(self) -> None:
        """As if it had never been begun."""
        while self._files:
            os.close(self._files.pop(0))
        for path in self._paths:
            with contextlib.suppress(OSError):
                os.unlink(_part(path))


def write(path: Path, data: bytes) -> None:
    """The file holds `data` when this returns, and what it held before until then."""
    growing = Growing([path.parent], path.name)
    try:
        growing.write(data)
        growing.settle()
    except BaseException:
        growing.abandon()
        raise


def remove(path: Path) -> None:
    """None when it is gone already."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    holder = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(holder)
    finally:
        os.close(holder)


def _part(path: Path) -> Path:
    return path.with_name(path.name + PART)
