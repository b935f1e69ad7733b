"""A disk whose power goes: what the calls of the system did is written down, and played back with what was not synced lost.

As POSIX allows it and no better: of writes that were not synced any may be lost, and so may names that a folder was not synced
for, in any choice. A rename is whole or not at all.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple


class Done(NamedTuple):
    what: str  # create, write, sync, rename, unlink, folder
    path: str
    inode: int = 0
    data: bytes = b""
    to: str = ""


class Recorded:
    """The os module as a program sees it; `lies`: a sync does nothing, and says that it did."""

    def __init__(self, lies: bool = False):
        self.done: list[Done] = []
        self._lies = lies
        self._open: dict[int, tuple[str, int]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Path | str, flags: int, mode: int = 0o777) -> int:
        file = os.open(path, flags, mode)
        inode = os.fstat(file).st_ino
        self._open[file] = (str(path), inode)
        if flags & os.O_CREAT:
            self.done.append(Done("create", str(path), inode))
        return file

    def write(self, file: int, data: bytes) -> int:
        written = os.write(file, data)
        path, inode = self._open[file]
        self.done.append(Done("write", path, inode, bytes(data[:written])))
        return written

    def fsync(self, file: int) -> None:
        path, inode = self._open[file]
        if not self._lies:
            self.done.append(Done("folder" if Path(path).is_dir() else "sync", path, inode))

    def close(self, file: int) -> None:
        os.close(file)
        self._open.pop(file)

    def replace(self, source: Path | str, target: Path | str) -> None:
        inode = Path(source).stat().st_ino
        Path(source).replace(target)
        self.done.append(Done("rename", str(source), inode, to=str(target)))

    def unlink(self, path: Path | str) -> None:
        inode = Path(path).stat().st_ino
        Path(path).unlink()
        self.done.append(Done("unlink", str(path), inode))


def left(before: dict[str, bytes], done: Sequence[Done], chance: Random) -> dict[str, bytes]:
    """The files, by path, after a power cut behind these calls, of a folder that held `before`."""
    names: dict[str, int] = {path: -number for number, path in enumerate(before, start=1)}
    contents: dict[int, bytes] = {-number: data for number, data in enumerate(before.values(), start=1)}
    unsynced: dict[int, list[bytes]] = {}
    unnamed: list[Done] = []
    for each in done:
        if each.what == "write":
            unsynced.setdefault(each.inode, []).append(each.data)
        elif each.what == "sync":
            contents[each.inode] = contents.get(each.inode, b"") + b"".join(unsynced.pop(each.inode, []))
        elif each.what == "folder":
            for name in [one for one in unnamed if str(Path(one.path).parent) == each.path]:
                _named(names, name)
                unnamed.remove(name)
        else:
            unnamed.append(each)
    for name in unnamed:
        if chance.random() < 0.5:
            _named(names, name)
    for inode, writes in unsynced.items():
        kept = [data for data in writes if chance.random() < 0.7]
        contents[inode] = contents.get(inode, b"") + b"".join(kept)
    return {path: contents.get(inode, b"") for path, inode in names.items()}


def _named(names: dict[str, int], each: Done) -> None:
    if each.what == "unlink":
        names.pop(each.path, None)
    elif each.what == "rename":
        names.pop(each.path, None)
        names[each.to] = each.inode
    else:
        names[each.path] = each.inode


def lay_out(files: dict[str, bytes], was: Path, now: Path) -> None:
    for path, data in files.items():
        place = now / Path(path).relative_to(was)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
