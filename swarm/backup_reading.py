"""A backup that lies in a place, opened: checked as a whole, and given out in parts."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarm import backup_archive
from swarm.backup_age import Key
from swarm.backup_archive import CHUNK, Member
from swarm.backup_places import Entry, Places
from swarm.backup_unit import IMAGE, Manifest
from swarm.errors import BackupError


@dataclass(frozen=True)
class Reading:
    """One backup and the key that opens it. What a method raises names the backup."""

    entry: Entry
    path: Path
    key: Key

    def manifest(self, kept: dict[str, bytes] | None = None, small: tuple[str, ...] = ()) -> Manifest:
        """After every byte of it has been read and compared. `kept` gets the contents of files whose path begins with one
        of `small`. BackupError when something is not as it was written."""

        def take(member: Member) -> None:
            if kept is not None and member.path.startswith(small) and not member.folder:
                kept[member.path] = b"".join(member.chunks)

        try:
            with self.path.open("rb") as file, self.key.opened(file) as plain:
                return backup_archive.read_unit(plain, take, self.entry.id)
        except OSError as error:
            raise BackupError(f"{self.path}: {error.strerror or error}") from None
        except BackupError as error:
            raise BackupError(f"{self.entry.id} ({self.path}): {error}") from None

    def below(self, folder: str) -> Iterator[Member]:
        """What is in a folder of it, by its path there. Only of one whose manifest has been read: nothing is compared."""
        with self.path.open("rb") as file, self.key.opened(file) as plain:
            for member in backup_archive.members(plain):
                if member.path.startswith(folder):
                    path = member.path.removeprefix(folder)
                    yield Member(path, member.size, member.chunks, member.mode, member.uid, member.gid, member.folder)

    def image(self, arch: str) -> Iterator[bytes]:
        for member in self.below(f"{IMAGE}{arch}/"):
            yield from member.chunks


def of(places: Places, entry: Entry, key: Key) -> Reading:
    return Reading(entry, places.file(entry), key)


def check_bytes(places: Places, entry: Entry) -> None:
    """Read it again wherever it lies. BackupError names the copy that is not what was written."""
    places.file(entry)
    for path in places.files(entry):
        digest = hashlib.sha256()
        size = 0
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except OSError as error:
            raise BackupError(f"{path}: {error.strerror or error}") from None
        if (size, digest.hexdigest()) != (entry.bytes, entry.sha256):
            raise BackupError(f"{path}: is not what was written; its disk is failing, or somebody has changed it")
