"""A small backup, made of nothing but bytes, in a folder."""

import io
from collections.abc import Sequence
from pathlib import Path

from swarm import backup_age, backup_archive, backup_places, backup_unit
from swarm.backup_age import Key
from swarm.backup_archive import Member, plain
from swarm.backup_places import Entry, Places
from swarm.backup_unit import Database, Head, Held, Manifest, Stored

TEXT, PUBLIC = backup_age.new_key()
KEY = Key(TEXT)
MADE_WITH = "20260131T120000-0a1b2c"
STORED = Stored("server-1", "room_auth-data", "/data", "at once", (Database("auth.db", 5, {"participants": 2}),))


def head(service: str = "auth", made_with: str = MADE_WITH) -> Head:
    return Head(backup_unit.FORMAT, f"{made_with}-{service}", service, "2026-01-31T12:00:00+00:00", "nanoswarm 0")


def members() -> list[Member]:
    return [
        plain("spec/service.json", b"{}"),
        plain("secrets/seal-key", b"the key\n"),
        Member(f"{STORED.folder}auth.db", 3000, [bytes(range(250)) * 12], 0o600, 10001, 10001),
        Member(f"{STORED.folder}contents", 0, (), 0o700, 10001, 10001, True),
        Member(f"{STORED.folder}contents/plan.pdf", 700, [b"p" * 700], 0o640, 10001, 10001),
        plain("image/amd64/00000", b"layers" * 99),
    ]


def manifest(of: Head, files: tuple[Held, ...]) -> Manifest:
    return Manifest(of, {"amd64": "sha256:0"}, "image", {"server-1": {"auth": "true"}}, (STORED,), files, "sha256:0", "amd64")


def tar(of: Head | None = None, what: Sequence[Member] | None = None) -> bytes:
    """The inside of a backup."""
    of = of or head()
    return b"".join(backup_archive.unit(of, what if what is not None else members(), lambda files: manifest(of, files)))


def sealed(inside: bytes, public: str = PUBLIC) -> bytes:
    """The same, encrypted."""

    class Sink(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            return super().write(data)

    sink = Sink()
    backup_age.encrypt([inside], sink, public)
    return sink.getvalue()


def write(folders: Sequence[Path], of: Head | None = None, why: str = "", verified: int = 0) -> Entry:
    """One in these places, listed."""
    of, places = of or head(), Places(folders)
    growing = places.begin(of.id)
    backup_age.encrypt([tar(of)], growing, PUBLIC)
    growing.settle()
    entry = Entry(backup_places.FORMAT, of.id, of.service, of.made, growing.bytes, growing.sha256, True, verified, why)
    places.enlist(entry)
    return entry
