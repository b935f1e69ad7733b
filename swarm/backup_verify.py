"""Proves a backup: 1 every byte read again; 2 restored into a scratch volume and compared; 3 an instance on it has answered."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from swarm import backup_reading, backup_trial, backup_volume, engine_volumes
from swarm.backup_age import Key
from swarm.backup_places import Entry, Places
from swarm.backup_reading import Reading
from swarm.backup_trial import Trial
from swarm.backup_unit import CONFIGS, SECRETS, SPEC, Manifest, Stored
from swarm.backup_where import Cluster
from swarm.engine import Engine
from swarm.engine_volumes import Box
from swarm.errors import BackupError, EngineError, InputError

SMALL = (SPEC, CONFIGS, SECRETS)
At = Callable[[str], None]


@dataclass
class Verifying:
    """`cluster`: where scratch volumes and instances may be; without it nothing with data is proven further than 1.
    `counted`: as the kit has it."""

    places: Places
    key: Key | None
    cluster: Cluster | None
    counted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    at: At = lambda _text: None

    def prove(self, entry: Entry, level: int) -> Entry:
        """As far as `level`, or as the backup goes; listed as it is then. BackupError says what is wrong with it, and it is
        listed as not verified."""
        try:
            reached = self._prove(entry, level)
        except BackupError:
            self.places.enlist(dataclasses.replace(entry, verified=0))
            raise
        proven = dataclasses.replace(entry, verified=max(entry.verified, reached))
        self.places.enlist(proven)
        return proven

    def _prove(self, entry: Entry, level: int) -> int:
        self.at(f"{entry.id}: reading")
        backup_reading.check_bytes(self.places, entry)
        if level < 2:
            return 1
        if self.key is None:
            raise InputError(["without the key of the backups nothing can be proven beyond level 1: --key FILE"])
        reading = backup_reading.of(self.places, entry, self.key)
        small: dict[str, bytes] = {}
        manifest = reading.manifest(small, SMALL)
        if not manifest.volumes:
            return 2
        if self.cluster is None:
            raise InputError([f"{entry.id}: has data, which is proven beyond level 1 on a cluster; none is known here"])
        nodes = dict.fromkeys(stored.node for stored in manifest.volumes)
        for node in nodes:
            mine = [stored for stored in manifest.volumes if stored.node == node]
            self._restored(reading, manifest, mine, small, level)
        return min(level, 3)

    def _restored(
        self, reading: Reading, manifest: Manifest, mine: list[Stored], small: Mapping[str, bytes], level: int
    ) -> None:
        assert self.cluster is not None
        engine, image = somewhere(self.cluster, manifest, mine[0].node)
        spec = json.loads(small[SPEC])
        user = str(spec["TaskTemplate"]["ContainerSpec"].get("User") or "0:0")
        with ExitStack() as stack:
            volumes = {}
            for number, stored in enumerate(mine):
                name = f"nanoswarm-proof-{reading.entry.id}-{number}"
                self.at(f"{reading.entry.id}: restoring {stored.volume}")
                volumes[stored.target] = stack.enter_context(backup_volume.scratch(engine, name, reading.entry.id))
                box = Box(image, {stored.target: name}, user, reading.entry.id)
                filled(engine, box, reading, manifest, stored)
            if level >= 3:
                self.at(f"{reading.entry.id}: starting {manifest.head.service}")
                word, owner = manifest.head.service, _owner(user)
                databases = [database for stored in mine for database in stored.databases]
                expected = backup_trial.expected(self.counted.get(word, {}), databases)
                trial = Trial(engine, image, spec, mine[0].node, volumes, small, reading.entry.id, owner, expected)
                trial.run(word)


def filled(engine: Engine, box: Box, reading: Reading, manifest: Manifest, stored: Stored) -> None:
    """The volume of the box holds what the backup does, read back and compared, its databases sound."""
    backup_volume.fill(engine, box, stored.target, reading.below(stored.folder))
    seen = backup_volume.compare(engine, box, stored.target, manifest.within(stored.folder))
    if seen.told != stored.databases:
        raise BackupError(
            f"{reading.entry.id}: the databases of {stored.volume} are not, restored, what they were when they were saved"
        )


def somewhere(cluster: Cluster, manifest: Manifest, node: str) -> tuple[Engine, str]:
    """An engine that may hold scratch volumes, with the backup's image: its own node if that is there. BackupError when
    nobody has the image."""
    engines = [*([cluster.engine(node)] if node in cluster.nodes else []), *cluster.engines()]
    for engine in engines:
        for image in filter(None, (manifest.image, manifest.image_id)):
            try:
                if engine_volumes.has(engine, image):
                    return engine, image
            except EngineError:
                continue
    raise BackupError(
        f"no engine here has the image of {manifest.head.service} ({manifest.image}); restore it first, or push images"
    )


def _owner(user: str) -> tuple[int, int]:
    one, _, other = user.partition(":")
    return int(one), int(other or one)
