"""The inside of a backup: a plain tar of files and folders, made and read as a stream.

`age --decrypt -i KEY FILE | tar x` unpacks one without the kit. What we read may have been made by anybody: nothing but files
and folders is taken, by paths that stay below where they are put, each once, and memory is never sized by what they say.
"""

import hashlib
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from nanoservices import payload
from swarm import backup_unit
from swarm.backup_unit import MANIFEST, MOST_MANIFEST, UNIT, Head, Held, Manifest
from swarm.errors import BackupError

CHUNK = 1 << 20
_BLOCK = 512
_LONG_NAME, _MOST_NAME = b"L", 4096
_SMALL = 1_000_000  # bytes of unit.json
_END = bytes(_BLOCK)


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Member:
    """A file to be packed, or one that is being read. `chunks` hold just `size` bytes."""

    path: str
    size: int
    chunks: Iterable[bytes]
    mode: int = 0o600
    uid: int = 0
    gid: int = 0
    folder: bool = False


Take = Callable[[Member], None]


def plain(path: str, data: bytes) -> Member:
    return Member(path, len(data), [data])


def packed(members: Iterable[Member], held: list[Held] | None = None) -> Iterator[bytes]:
    """The members as a tar, without its end; `held` is told each. BackupError when one is not as long as it said."""
    for member in members:
        yield _header(member)
        digest, size = hashlib.sha256(), 0
        for chunk in member.chunks:
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        if size != member.size:
            raise BackupError(
                f"{member.path}: {size} bytes came, and {member.size} were announced; it changed meanwhile, try again"
            )
        yield bytes(-size % _BLOCK)
        if held is not None:
            held.append(Held(member.path, size, digest.hexdigest(), member.mode, member.uid, member.gid, member.folder))


def end() -> bytes:
    return _END * 2


def unit(head: Head, members: Iterable[Member], manifest: Callable[[tuple[Held, ...]], Manifest]) -> Iterator[bytes]:
    """A whole unit; `manifest` is asked when all files have been read."""
    held: list[Held] = []
    yield from packed([plain(UNIT, payload.encode(head))], held)
    yield from packed(members, held)
    yield from packed([plain(MANIFEST, payload.encode(manifest(tuple(held))))])
    yield end()


def _header(member: Member) -> bytes:
    info = tarfile.TarInfo(member.path + "/" * member.folder)
    info.size, info.mode, info.uid, info.gid = member.size, member.mode, member.uid, member.gid
    info.type = tarfile.DIRTYPE if member.folder else tarfile.REGTYPE
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def members(source: Source) -> Iterator[Member]:
    """What a tar holds, one by one; the chunks of each have to be read before the next. BackupError for what is not ours."""
    long_name: bytes | None = None
    while (block := _exactly(source, _BLOCK)) != _END:
        info = _understood(block)
        if info.type == _LONG_NAME:
            if long_name is not None or not 0 < info.size <= _MOST_NAME:
                raise BackupError("an entry's name cannot be understood")
            long_name = _exactly(source, -(-info.size // _BLOCK) * _BLOCK)[: info.size].rstrip(b"\0")
            continue
        name = info.name if long_name is None else long_name.decode("utf-8", "surrogateescape")
        long_name = None
        folder = info.type == tarfile.DIRTYPE
        if not folder and info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise BackupError(f"{name[:100]!r} is neither a file nor a folder (a link, a device?); it is not unpacked")
        if info.size < 0 or (folder and info.size):
            raise BackupError(f"{name[:100]!r} says that it has {info.size} bytes")
        yield from _one(source, Member(name.rstrip("/"), info.size, (), info.mode & 0o7777, info.uid, info.gid, folder))


def _one(source: Source, member: Member) -> Iterator[Member]:
    left = member.size

    def chunks() -> Iterator[bytes]:
        nonlocal left
        while left:
            chunk = source.read(min(CHUNK, left))
            if not chunk:
                raise BackupError(f"it ends in the middle of {member.path[:100]!r}")
            left -= len(chunk)
            yield chunk

    reading = chunks()
    yield Member(member.path, member.size, reading, member.mode, member.uid, member.gid, member.folder)
    for _ in reading:  # what nobody wanted
        pass
    _exactly(source, -member.size % _BLOCK)


def _understood(block: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        raise BackupError(f"an entry cannot be understood ({error})") from None


def _exactly(source: Source, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = source.read(size - len(found))
        if not more:
            raise BackupError("it ends in the middle")
        found += more
    return found


def read_unit(source: Source, take: Take | None = None, expected: str | None = None) -> Manifest:
    """Every byte of a unit, compared with its manifest; `take` gets each file but that as it comes.

    BackupError when anything is not as it says, or it is not `expected`. What was taken until then is to be thrown away.
    """
    found: dict[str, Held] = {}
    head: Head | None = None
    manifest: Manifest | None = None
    for member in members(source):
        if manifest is not None:
            raise BackupError(f"{member.path[:100]!r} comes after the manifest")
        if head is None:
            head = _head(member, expected)
            found[UNIT] = _held(member, [payload.encode(head)])
        elif member.path == MANIFEST:
            manifest = backup_unit.read_manifest(_whole(member, MOST_MANIFEST), head)
        else:
            _allow(member, found)
            found[member.path] = _taken(member, take)
    if head is None or manifest is None:
        raise BackupError("it has no manifest")
    while rest := source.read(CHUNK):
        if rest.strip(b"\0"):
            raise BackupError("something comes after its end")
    _compare(manifest, found)
    return manifest


def _head(member: Member, expected: str | None) -> Head:
    if member.path != UNIT:
        raise BackupError(f"it begins with {member.path[:100]!r}: not one of our backups")
    data = _whole(member, _SMALL)
    head = backup_unit.read_head(data)
    if payload.encode(head) != data:
        raise BackupError(f"{UNIT} is not as this kit writes it")
    if expected is not None and head.id != expected:
        raise BackupError(f"it is {head.id}, under the name of {expected}: files were swapped")
    return head


def _whole(member: Member, most: int) -> bytes:
    if member.size > most or member.folder:
        raise BackupError(f"{member.path[:100]!r} is larger than it may be")
    return b"".join(member.chunks)


def _allow(member: Member, found: dict[str, Held]) -> None:
    parts = member.path.split("/")
    if member.path.startswith("/") or not set(parts).isdisjoint(("", ".", "..")) or "\0" in member.path:
        raise BackupError(f"{member.path[:100]!r} would leave the folder that it is unpacked to; it is not unpacked")
    if member.path in found:
        raise BackupError(f"{member.path[:100]!r} is there twice")


def _taken(member: Member, take: Take | None) -> Held:
    digest = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for chunk in member.chunks:
            digest.update(chunk)
            yield chunk

    chunks = hashed()
    if take is not None:
        take(Member(member.path, member.size, chunks, member.mode, member.uid, member.gid, member.folder))
    for _ in chunks:
        pass
    return Held(member.path, member.size, digest.hexdigest(), member.mode, member.uid, member.gid, member.folder)


def _held(member: Member, chunks: list[bytes]) -> Held:
    data = b"".join(chunks)
    return Held(member.path, len(data), hashlib.sha256(data).hexdigest(), member.mode, member.uid, member.gid)


def _compare(manifest: Manifest, found: dict[str, Held]) -> None:
    named = {held.path: held for held in manifest.files}
    for path in named.keys() | found.keys():
        if named.get(path) != found.get(path):
            what = (
                "is missing"
                if path not in found
                else "is in no manifest"
                if path not in named
                else "is not as the manifest says"
            )
            raise BackupError(f"{path[:100]!r} {what}")
