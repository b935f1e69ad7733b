"""A MariaDB for the tests; without its programs they are skipped, and never under CI."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bench.auth_store.maria import ABSENT, Maria, is_installed

__all__ = ["Maria", "running"]


@contextlib.contextmanager
def running(port: int = 0, *, on_disk: bool = False, told: Mapping[str, str] | None = None) -> Iterator[Maria]:
    """In memory where there is room for it, as making tables is what these tests do most. There its log is mapped, and so a
    kill loses nothing of it, whatever it does; who wants to see a loss has it on disk. `told` is put into its environment,
    and it syncs then as a file does."""
    if not is_installed():
        if os.environ.get("CI"):
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    room = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=room if room.is_dir() and not on_disk else None, prefix="maria-") as folder:
        made = Maria(Path(folder) / "m", port)
        try:
            made.start(*([] if told is None else ["--innodb-flush-method=fsync"]), environment=told)
            yield made
        finally:
            made.kill()
