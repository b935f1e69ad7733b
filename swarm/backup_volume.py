"""A volume on its node: copied out whole while its service goes on, filled, and looked at. All through the engine's API."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm import backup_archive, backup_flow, backup_snapshot, engine_volumes
from swarm.backup_archive import CHUNK, Member
from swarm.backup_unit import Database, Held
from swarm.engine import Engine
from swarm.engine_volumes import Box, OpenBox
from swarm.errors import BackupError

SCRATCH = "/nanoswarm-scratch"
COPIES = f"{SCRATCH}/copy"
WITHIN_S = 3600.0
ONLINE = "databases by SQLite's backup, files unchanged before and after"
_PROGRAM = Path(backup_snapshot.__file__)


@dataclass(frozen=True)
class Seen:
    """What a look at a volume found. `databases`: also where each was copied to, and its mode, uid and gid."""

    databases: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, Sequence[int]]
    folders: Mapping[str, Sequence[int]]

    @property
    def told(self) -> tuple[Database, ...]:
        return tuple(
            Database(path, int(found["schema"]), dict(found["rows"])) for path, found in sorted(self.databases.items())
        )


@contextlib.contextmanager
def scratch(engine: Engine, name: str, purpose: str) -> Iterator[str]:
    """A volume for a while."""
    engine_volumes.make(engine, name, {engine_volumes.OURS: purpose})
    try:
        yield name
    finally:
        engine_volumes.remove(engine, name)


def look(engine: Engine, box: Box, target: str, into: str = "", prepare: Iterable[bytes] = ()) -> Seen:
    """What is in the box at `target`; with `into` its databases are copied there."""
    asked = json.dumps({"roots": [target], "into": into})
    program = ("python3", "-c", _PROGRAM.read_text(encoding="utf-8"), asked)
    looking = Box(box.image, box.mounts, box.user, box.purpose, program)
    try:
        with engine_volumes.opened(engine, looking) as opened:
            if into:
                opened.put(SCRATCH, prepare)
            told = json.loads(opened.run(WITHIN_S))[target]
    except ValueError as error:
        raise BackupError(f"{engine.url}: what a look at {target} told cannot be understood ({error})") from None
    if told["odd"]:
        raise BackupError(f"{target}: {told['odd'][0]!r} is neither a file nor a folder, and cannot be kept; remove it")
    if wrong := [path for path in (*told["files"], *told["folders"], *told["databases"]) if not path.isprintable()]:
        raise BackupError(f"{target}: the name {wrong[0]!r} cannot be kept; rename it")
    return Seen(told["databases"], told["files"], told["folders"])


def folder_for(owner: tuple[int, int]) -> Iterator[bytes]:
    """A tar with the folder that copies go to, so that the service's own user may write there."""
    yield from backup_archive.packed([Member("copy", 0, (), 0o700, *owner, True)])
    yield backup_archive.end()


def members(engine: Engine, box: Box, target: str, below: str, owner: tuple[int, int], told: list[Seen]) -> Iterator[Member]:
    """Everything in the volume at `target`, under `below`: databases as they were copied at one moment, files as they are.

    `told` is given what was seen. BackupError when files go on changing while they are read.
    """
    seen = look(engine, box, target, COPIES, folder_for(owner))
    told.append(seen)
    for path, about in sorted(seen.folders.items()):
        yield Member(f"{below}{path}", 0, (), *_three(about), True)
    with engine_volumes.opened(engine, box) as opened:
        copies = {str(found["copy"]): path for path, found in seen.databases.items()}
        for member in archive(opened, COPIES):
            name = member.path.rpartition("/")[2]
            if name in copies:
                owned = seen.databases[copies[name]]["owned"]
                yield Member(f"{below}{copies[name]}", member.size, member.chunks, *_three(owned))
        yield from _files(opened, target, below, seen)
    if seen.files and look(engine, box, target).files != seen.files:
        raise BackupError(f"{target}: its files changed while they were read; try again, or when the service is less busy")


def _files(opened: OpenBox, target: str, below: str, seen: Seen) -> Iterator[Member]:
    if not seen.files:
        return
    left = set(seen.files)
    whole = sum(about[0] for about in seen.files.values())
    many = (len(left) > 20 and not seen.databases) or len(left) > 200 or (whole > 100 * CHUNK and not seen.databases)
    for source in [target] if many else [f"{target}/{path}" for path in sorted(left)]:
        for member in archive(opened, source):
            path = _below(member.path, target, source, many)
            if path in left and not member.folder:
                left.discard(path)
                yield Member(f"{below}{path}", member.size, member.chunks, member.mode, member.uid, member.gid)
    if left:
        raise BackupError(f"{target}/{min(left)}: was there, and is gone; try again")


def _below(path: str, target: str, source: str, many: bool) -> str:
    """Its path in the volume; an engine's archive begins with the last part of what was asked for."""
    if not many:
        return source.removeprefix(f"{target}/")
    return path.partition("/")[2]


def archive(opened: OpenBox, path: str) -> Iterator[Member]:
    return backup_archive.members(Chunked(backup_flow.ahead(opened.get(path))))


class Chunked:
    """Chunks as something to read from."""

    def __init__(self, chunks: Iterable[bytes]):
        self._chunks, self._rest = iter(chunks), memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = memoryview(chunk)
        found, self._rest = self._rest[:size], self._rest[size:]
        return bytes(found)


def fill(engine: Engine, box: Box, target: str, files: Iterable[Member]) -> None:
    """Put these into the volume at `target` of the box."""
    with engine_volumes.opened(engine, box) as opened:
        opened.put(target, _tar(files))


def _tar(files: Iterable[Member]) -> Iterator[bytes]:
    yield from backup_archive.packed(files)
    yield backup_archive.end()


def compare(engine: Engine, box: Box, target: str, wanted: Mapping[str, Held]) -> Seen:
    """Read the volume back. BackupError when one byte or right in it is not as it should be, or something else is there."""
    held: list[Held] = []
    with engine_volumes.opened(engine, box) as opened:
        inner = (
            Member(
                member.path.partition("/")[2], member.size, member.chunks, member.mode, member.uid, member.gid, member.folder
            )
            for member in archive(opened, target)
        )
        for _ in backup_archive.packed((member for member in inner if member.path), held):
            pass
    found = {each.path: each for each in held}
    for path in wanted.keys() | found.keys():
        one, other = wanted.get(path), found.get(path)
        if one is None or other is None or (one.bytes, one.sha256, one.mode, one.uid, one.gid, one.folder) != (
            other.bytes, other.sha256, other.mode, other.uid, other.gid, other.folder
        ):  # fmt: skip
            raise BackupError(f"{target}/{path}: is not in the restored volume as it is in the backup")
    return look(engine, box, target)


def _three(about: Sequence[int]) -> tuple[int, int, int]:
    return int(about[0]), int(about[1]), int(about[2])


def require(engine: Engine, name: str, node: str) -> engine_volumes.Volume:
    """The volume. BackupError when there is none of just that name: Docker would make an empty one without a word."""
    found = engine_volumes.volume(engine, name)
    if found is None:
        raise BackupError(f"{node}: there is no volume {name}; docker volume ls shows which there are")
    return found
