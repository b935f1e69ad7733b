"""What a backup says of itself. Pure.

A unit is one service: `unit.json` first, then what was declared, the secrets its data needs, its volumes and its image, and
`manifest.json` last. The manifest names every file before it, with its size and SHA-256; what it does not name is not there.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from nanoservices import payload
from nanoservices.errors import PayloadError
from nanoservices.limits import Matching
from swarm.errors import BackupError

FORMAT = 1
UNIT, MANIFEST = "unit.json", "manifest.json"
SPEC, LABELS, LOCK = "spec/service.json", "spec/labels.yml", "spec/images.lock"
SECRETS, VOLUMES, IMAGE, CONFIGS, DUMP = "secrets/", "volumes/", "image/", "configs/", "database/"
MOST_MANIFEST = 200_000_000  # bytes; a million files
_ID = re.compile(r"(\d{8}T\d{6}-[0-9a-f]{6})-([a-z][a-z0-9-]{0,39})")
_SET = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")


@dataclass(frozen=True)
class Held:
    """One file of the unit. `mode`, `uid`, `gid`: as it is in its volume."""

    path: str
    bytes: int
    sha256: str
    mode: int
    uid: int
    gid: int
    folder: bool = False


@dataclass(frozen=True)
class Database:
    """A database inside a volume, as it was when it was copied. `rows`: how many, by table."""

    path: str
    schema: int
    rows: dict[str, int]


@dataclass(frozen=True)
class Stored:
    """A volume: whose, where its service sees it, and how it was got whole while the service ran."""

    node: Annotated[str, Matching(r"[A-Za-z0-9][A-Za-z0-9.-]*", "a node's name")]
    volume: Annotated[str, Matching(r"room_[a-z][a-z0-9-]*", "a volume's name")]  # a path would be a folder of the host
    target: Annotated[str, Matching(r"(/[A-Za-z0-9._-]+)+", "a folder's path")]
    consistency: str
    databases: tuple[Database, ...] = ()

    @property
    def folder(self) -> str:
        """Below which its files are in the unit."""
        return f"{VOLUMES}{self.node}/{self.volume}/"


@dataclass(frozen=True)
class Head:
    """What unit.json says, before anything else is known."""

    format: int
    id: str
    service: str
    made: str
    tool: str


@dataclass(frozen=True)
class Manifest:
    """`images`: the digest or id by architecture. `image`: what the service ran from; `image_id` and `image_arch`: of the
    image that is in the unit, if one is."""

    head: Head
    images: dict[str, str]
    image: str
    labels: dict[str, dict[str, str]]  # of the nodes that run it, as the cluster has them
    volumes: tuple[Stored, ...]
    files: tuple[Held, ...]
    image_id: str | None = None
    image_arch: str | None = None
    dumped: dict[str, int] | None = None  # rows by table, of a database on a server of its own

    @property
    def is_dumped(self) -> bool:
        return any(held.path.startswith(DUMP) for held in self.files)

    def within(self, folder: str) -> dict[str, Held]:
        """The files below a folder that ends with `/`, by their path in it."""
        return {held.path.removeprefix(folder): held for held in self.files if held.path.startswith(folder)}


def set_id(now: datetime, salt: str) -> str:
    """Of all the units that are made together. It sorts by time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{salt[:6]}"


def unit_id(made_with: str, word: str) -> str:
    return f"{made_with}-{word}"


def parts(text: str) -> tuple[str, str] | None:
    """The set and the service of a unit's id; None when it is none."""
    found = _ID.fullmatch(text)
    return (found[1], found[2]) if found else None


def is_set(text: str) -> bool:
    return _SET.fullmatch(text) is not None


def read_head(data: bytes) -> Head:
    """BackupError when it is of another format, or says what cannot be."""
    try:
        head = payload.decode(Head, data)
    except PayloadError as error:
        raise BackupError(f"{UNIT} cannot be understood: {error}") from None
    if head.format != FORMAT:
        raise BackupError(
            f"{UNIT} is of format {head.format}, and this kit reads {FORMAT}; use the kit that made it ({head.tool})"
        )
    if parts(head.id) is None or parts(head.id) != (head.id.removesuffix(f"-{head.service}"), head.service):
        raise BackupError(f"{UNIT} says {head.id[:60]!r} of {head.service[:40]!r}, which does not go together")
    return head


def read_manifest(data: bytes, head: Head) -> Manifest:
    try:
        manifest: Manifest = payload.read(Manifest, payload.parsed(data, MOST_MANIFEST))
    except PayloadError as error:
        raise BackupError(f"{MANIFEST} cannot be understood: {error}") from None
    if manifest.head != head:
        raise BackupError(f"{MANIFEST} is of {manifest.head.id[:60]!r}, not of {head.id}: two backups were mixed")
    return manifest
