"""What is left of a folder when the power goes: of every write only what was synced before, from a trace of disk_shim.c."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from bench.auth_store.shim import NoCompiler, compiled

_HEAD = struct.Struct("c3xIQI4x")


class Written(NamedTuple):
    op: str
    path: str
    offset: int
    data: bytes


def shim(folder: Path) -> Path:
    """The compiled one; skipped without a compiler, never under CI."""
    try:
        return compiled(folder)
    except NoCompiler as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def trace(path: Path) -> Iterator[Written]:
    """What was done, in its order; the last entry may have been cut off by the kill."""
    data, at = path.read_bytes(), 0
    while at + _HEAD.size <= len(data):
        op, path_size, offset, size = _HEAD.unpack_from(data, at)
        start = at + _HEAD.size
        end = start + path_size + size
        if end > len(data):
            return
        yield Written(op.decode(), data[start : start + path_size].decode(), offset, data[start + path_size : end])
        at = end


def left_after_power_cut(entries: Iterator[Written], folder: Path, chance: Random | None = None) -> None:
    """The files, by name, in `folder`. What was not synced is lost; with `chance` some of it is not, as disks do."""
    kept: dict[str, bytearray] = {}
    open_writes: dict[str, list[Written]] = {}
    for entry in entries:
        if entry.op == "U":
            kept.pop(entry.path, None)
            open_writes.pop(entry.path, None)
        elif entry.op == "S":
            for write in open_writes.pop(entry.path, []):
                _apply(kept, write)
        else:
            open_writes.setdefault(entry.path, []).append(entry)
    for writes in open_writes.values():
        for write in writes if chance is not None else ():
            if chance is not None and chance.random() < 0.5:
                _apply(kept, write)
    folder.mkdir(parents=True)
    for path, data in kept.items():
        (folder / Path(path).name).write_bytes(data)


def _apply(kept: dict[str, bytearray], write: Written) -> None:
    file = kept.setdefault(write.path, bytearray())
    if write.op == "T":
        del file[write.offset :]
        return
    if len(file) < write.offset:
        file.extend(bytes(write.offset - len(file)))
    file[write.offset : write.offset + len(write.data)] = write.data
