"""The folders that hold backups: which are there, how far each is proven, and which may go.

A backup is two files: `ID.age`, and `ID.json` that lists it. The second is written when the first is on the disk, so nothing
is listed that was not written to its end; without the second the first is nobody's.
"""

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nanoservices import payload
from nanoservices.errors import PayloadError
from swarm import backup_unit, durable
from swarm.errors import BackupError, InputError

DATA, ENTRY = ".age", ".json"
FORMAT = 1
ALWAYS_VERIFIED = 2  # that many of each service stay, however few are to be kept


@dataclass(frozen=True)
class Entry:
    """`verified`: 0 not at all, 1 every byte read again, 2 restored into a scratch volume and compared, 3 an instance
    started on it has answered. `stateful`: it holds data, so that 3 can be had. `why`: what it was made before."""

    format: int
    id: str
    service: str
    made: str
    bytes: int
    sha256: str
    stateful: bool
    verified: int
    why: str

    def plain(self) -> dict[str, object]:
        told = ("id", "service", "made", "bytes", "verified", "stateful", "why")
        return {name: getattr(self, name) for name in told}

    @property
    def proven(self) -> bool:
        """As far as it can be: what has data has been seen alive."""
        return self.verified >= (3 if self.stateful else 2)


class Places:
    """One folder or two; what is in any of them is there. InputError when one is not a folder."""

    def __init__(self, folders: Sequence[Path]):
        wrong = [
            f"{folder}: is no folder; is the disk mounted? make it, or: nanoswarm backup to FOLDER"
            for folder in folders
            if not folder.is_dir()
        ]
        if wrong or not folders:
            raise InputError(wrong or ["no place for backups is known; name one with: nanoswarm backup to FOLDER"])
        self.folders = list(folders)

    def entries(self) -> list[Entry]:
        """All that are listed, the oldest first. The same backup in two places is one, proven as far as either."""
        found: dict[str, Entry] = {}
        for folder in self.folders:
            for path in sorted(folder.glob(f"*{ENTRY}")):
                entry = _read(path)
                if entry is not None and (entry.id not in found or found[entry.id].verified < entry.verified):
                    found[entry.id] = entry
        return sorted(found.values(), key=lambda entry: (entry.made, entry.id))

    def files(self, entry: Entry) -> list[Path]:
        """Where it lies."""
        paths = [folder / (entry.id + DATA) for folder in self.folders]
        return [path for path in paths if path.exists()]

    def file(self, entry: Entry) -> Path:
        """One of them. BackupError when there is none, though it is listed."""
        found = self.files(entry)
        if not found:
            raise BackupError(f"{entry.id}: is listed, and its file is in none of {', '.join(map(str, self.folders))}")
        return found[0]

    def begin(self, unit: str) -> durable.Growing:
        return durable.Growing(self.folders, unit + DATA)

    def enlist(self, entry: Entry) -> None:
        """Have it in the list of every place that holds it, as it is now."""
        for folder in self.folders:
            if (folder / (entry.id + DATA)).exists():
                durable.write(folder / (entry.id + ENTRY), json.dumps(dataclasses.asdict(entry), indent=1).encode() + b"\n")

    def remove(self, entry: Entry) -> None:
        """From the list first, so that nothing is listed that is not there."""
        for folder in self.folders:
            durable.remove(folder / (entry.id + ENTRY))
            durable.remove(folder / (entry.id + DATA))

    def clear(self) -> list[str]:
        """Remove what was begun and never finished; the names. Only while nobody else is at it."""
        found = list(self._unfinished())
        for path in found:
            durable.remove(path)
        return [path.name for path in found]

    def _unfinished(self) -> Iterator[Path]:
        for folder in self.folders:
            yield from folder.glob(f"*{durable.PART}")
            for path in folder.glob(f"*{DATA}"):
                if backup_unit.parts(path.name.removesuffix(DATA)) and not path.with_suffix(ENTRY).exists():
                    yield path

    def chosen(self, text: str) -> list[Entry]:
        """Those of an id, of a set's, or the newest of a service. InputError when there is none."""
        entries = self.entries()
        found = [entry for entry in entries if text in (entry.id, entry.id.removesuffix(f"-{entry.service}"))]
        found = found or [entry for entry in entries if entry.service == text][-1:]
        if not found:
            raise InputError([f"there is no backup {text[:80]}; see them with: nanoswarm backup ls"])
        return found


def _read(path: Path) -> Entry | None:
    """None for what is no entry of ours."""
    unit = path.name.removesuffix(ENTRY)
    if backup_unit.parts(unit) is None:
        return None
    try:
        entry = payload.decode(Entry, path.read_bytes())
    except (PayloadError, OSError):
        return None
    fits = entry.format == FORMAT and entry.id == unit and backup_unit.parts(unit)[1] == entry.service  # type: ignore[index]
    return entry if fits and path.with_suffix(DATA).exists() else None


def expired(entries: Iterable[Entry], keep: int) -> list[Entry]:
    """Those that may go so that `keep` of each service stay: never one of the last two that are verified, nor one that was
    made before something was ended. Pure."""
    by_service: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.made, entry.id), reverse=True):
        by_service.setdefault(entry.service, []).append(entry)
    found = []
    for newest_first in by_service.values():
        verified = [entry for entry in newest_first if entry.verified > 0][:ALWAYS_VERIFIED]
        kept = {entry.id for entry in [*newest_first[:keep], *verified]}
        found += [entry for entry in newest_first if entry.id not in kept and not entry.why]
    return found


def space(folder: Path) -> int:
    told = os.statvfs(folder)
    return told.f_bavail * told.f_frsize
