"""Makes the backup of one service: what it is, what its data needs, its volumes and its image, in one stream to the places."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from swarm import (
    backup_age,
    backup_archive,
    backup_mariadb,
    backup_places,
    backup_unit,
    backup_volume,
    backup_where,
    deploying,
    engine_volumes,
    keeping,
)
from swarm.backup_archive import Member, plain
from swarm.backup_places import Entry, Places
from swarm.backup_unit import Head, Held, Manifest, Stored
from swarm.backup_where import Cluster, Mount, Place
from swarm.engine import Engine
from swarm.engine_volumes import Box
from swarm.errors import BackupError
from swarm.images_lock import PATH as LOCK_PATH
from swarm.images_lock import load_if_there
from swarm.stack import Kit

LABELS_PATH = Path("labels.yml")
_SAY_EVERY_S = 0.2
_PIECE = 8 << 20  # of an image, whose size nobody knows before its end

At = Callable[[str], None]


@dataclass
class Saving:
    """One service of a cluster, to be saved under the id of a set. `why`: before what; empty for an everyday one."""

    cluster: Cluster
    kit: Kit
    word: str
    made_with: str
    why: str = ""
    at: At = lambda _text: None

    def __post_init__(self) -> None:
        self.place: Place = self.cluster.place(self.word)
        self.head = Head(
            backup_unit.FORMAT,
            backup_unit.unit_id(self.made_with, self.word),
            self.word,
            datetime.now(UTC).isoformat(timespec="seconds"),
            f"nanoswarm {metadata.version('nanoswarm')}",
        )
        self._image = self.place.service.image.removesuffix(":latest")
        self._stored: list[Stored] = []
        self._image_id: str | None = None
        self._image_arch: str | None = None
        self._dumped: dict[str, int] | None = None

    def write(self, places: Places, recipient: str) -> Entry:
        """On the disk of every place, and listed. BackupError or EngineError, and nothing is left of it."""
        self._check_names()
        growing = places.begin(self.head.id)
        try:
            backup_age.encrypt(self._counted(), growing, recipient)
            growing.settle()
        except OSError as error:
            growing.abandon()
            raise BackupError(
                f"{error.filename or places.folders[0]}: {error.strerror}; nothing of this backup is left"
            ) from None
        except BaseException:
            growing.abandon()
            raise
        head = self.head
        entry = Entry(
            backup_places.FORMAT,
            head.id,
            head.service,
            head.made,
            growing.bytes,
            growing.sha256,
            bool(self.place.mounts),
            0,
            self.why,
        )
        places.enlist(entry)
        return entry

    def _counted(self) -> Iterator[bytes]:
        total, said = 0, time.monotonic()
        for chunk in backup_archive.unit(self.head, self._members(), self._manifest):
            total += len(chunk)
            if time.monotonic() - said > _SAY_EVERY_S:
                said = time.monotonic()
                self.at(f"{self.word}: {total / 1e6:,.0f} MB")
            yield chunk

    def _manifest(self, files: tuple[Held, ...]) -> Manifest:
        lock = load_if_there(LOCK_PATH)
        images = dict(lock.images.get(self.word, {})) if lock else {}
        labels = {node.name: dict(node.labels) for node in self.cluster.nodes.values()}
        return Manifest(
            self.head, images, self._image, labels, tuple(self._stored), files, self._image_id, self._image_arch, self._dumped
        )

    def _check_names(self) -> None:
        """A volume that is not there would be an empty one, and a backup of nothing."""
        for node in self.place.nodes:
            for mount in self.place.mounts:
                backup_volume.require(self.cluster.engine(node.name), mount.volume, node.name)

    def _members(self) -> Iterator[Member]:
        yield plain(backup_unit.SPEC, json.dumps(self.place.service.spec, indent=1, sort_keys=True).encode())
        for path, name in ((LABELS_PATH, backup_unit.LABELS), (LOCK_PATH, backup_unit.LOCK)):
            if path.exists():
                yield plain(name, path.read_bytes())
        yield from self._configs()
        yield from self._secrets()
        for node in self.place.nodes:
            engine = self.cluster.engine(node.name)
            for mount in self.place.mounts:
                yield from self._volume(node.name, engine, mount)
        yield from self._database()
        yield from self._image_pieces()

    def _configs(self) -> Iterator[Member]:
        for entry in backup_where.container(self.place.service).get("Configs") or ():
            yield plain(
                f"{backup_unit.CONFIGS}{entry['ConfigName']}", engine_volumes.content(self.cluster.manager, entry["ConfigID"])
            )

    def _secrets(self) -> Iterator[Member]:
        """Those that its data cannot be read without. Swarm shows none, so they were kept when they were made."""
        for name in sorted(self.kit.lasting_of(self.word) if self.word in self.kit.words else ()):
            given = backup_where.secrets(self.place.service, name)
            if not given:
                continue  # an older version of the service, which seals nothing yet
            value = keeping.kept(name)
            if value is None:
                raise BackupError(
                    f"{self.word}: what it stored cannot be read without {name}, "
                    f"and {keeping.FOLDER / name} is not here to be saved with it; "
                    "bring it from where the cluster was made"
                )
            if all(each.startswith(f"{name}-") for each in given) and deploying.secret_name(name, value) not in given:
                raise BackupError(f"{keeping.FOLDER / name}: is not what {self.word} uses ({min(given)}); bring the right one")
            yield plain(f"{backup_unit.SECRETS}{name}", value.encode() + b"\n")

    def _volume(self, node: str, engine: Engine, mount: Mount) -> Iterator[Member]:
        name, purpose = f"nanoswarm-copy-{self.head.id}", self.head.id
        self.at(f"{self.word}: {mount.volume} on {node}")
        with backup_volume.scratch(engine, name, purpose):
            box = Box(self._image, {mount.target: mount.volume, backup_volume.SCRATCH: name}, self.place.user, purpose)
            stored = Stored(node, mount.volume, mount.target, backup_volume.ONLINE)
            seen: list[backup_volume.Seen] = []
            yield from backup_volume.members(engine, box, mount.target, stored.folder, self.place.owner, seen)
            self._stored.append(Stored(node, mount.volume, mount.target, backup_volume.ONLINE, seen[0].told))

    def _database(self) -> Iterator[Member]:
        """One that is on a server of its own; `cat` of the pieces is its SQL."""
        where = backup_mariadb.address(self.place.service.environment)
        if where is None:
            return
        self.at(f"{self.word}: {where}")
        self._dumped = {}
        for number, piece in enumerate(_pieces(backup_mariadb.counted(backup_mariadb.dump(where), self._dumped))):
            yield plain(f"{backup_unit.DUMP}{number:05}.sql", piece)

    def _image_pieces(self) -> Iterator[Member]:
        """The image, where nobody but this cluster has it."""
        registry, own = self._image.partition("/")[0], self.cluster.context.registry
        if "@" in self._image and registry != own:
            return
        engine = self.cluster.having(self._image)
        image = engine.image(self._image)
        assert image is not None
        self._image_id, self._image_arch = image.id, image.arch
        self.at(f"{self.word}: image")
        for number, piece in enumerate(_pieces(engine_volumes.saved(engine, image.id))):
            yield plain(f"{backup_unit.IMAGE}{image.arch}/{number:05}", piece)


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk
        while len(gathered) >= _PIECE:
            yield bytes(gathered[:_PIECE])
            del gathered[:_PIECE]
    if gathered:
        yield bytes(gathered)
