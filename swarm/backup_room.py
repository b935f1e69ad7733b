"""The whole room from its backups: which of them, and what of them is laid into this folder before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from swarm import backup_reading, engine_volumes, keeping
from swarm.backup_places import Entry
from swarm.backup_saving import LABELS_PATH
from swarm.backup_unit import CONFIGS, LABELS, SECRETS, SPEC, Manifest
from swarm.backup_where import Cluster
from swarm.backups import Backups
from swarm.engine import Engine
from swarm.errors import BackupError, InputError
from swarm.images import SLIM, Kind

SMALL = (SPEC, LABELS, SECRETS, CONFIGS)


@dataclass(frozen=True)
class Known:
    """One backup whose every byte has been read: what it says, and its small files."""

    entry: Entry
    manifest: Manifest
    small: dict[str, bytes] = field(default_factory=dict)


def chosen(backups: Backups, text: str | None) -> list[Entry]:
    """Those of a set, else the newest of each service that is as good as it can be. InputError when there are none."""
    if text is not None:
        return backups.places.chosen(text)
    newest = {entry.service: entry for entry in backups.places.entries() if entry.verified > 0}
    if not newest:
        raise InputError(["there is no verified backup here; say where they are: nanoswarm backup to FOLDER, and --key FILE"])
    return list(newest.values())


def known(backups: Backups, entries: Sequence[Entry]) -> list[Known]:
    """BackupError for the first that is not what was written; nothing has been changed then."""
    found = []
    for entry in entries:
        backup_reading.check_bytes(backups.places, entry)
        small: dict[str, bytes] = {}
        reading = backup_reading.of(backups.places, entry, backups.key_or_refusal)
        found.append(Known(entry, reading.manifest(small, SMALL), small))
    return found


def conflicts(found: Sequence[Known]) -> list[str]:
    """Secrets that are kept here and are others than those that the data was sealed with."""
    wrong = []
    for name, value in _secrets(found).items():
        there = keeping.kept(name)
        if there is not None and there != value:
            wrong.append(f"{keeping.FOLDER / name}: is another than the one in the backup, which its data needs; move it away")
    return wrong


def lay_out(found: Sequence[Known], path: Path = LABELS_PATH) -> list[str]:
    """labels.yml, if this folder has none, and the secrets that are needed; the names of what was written."""
    wrote = []
    newest = max(found, key=lambda each: each.entry.made)
    if not path.exists():
        if LABELS not in newest.small:
            raise BackupError(f"there is no {path} here, and none in {newest.entry.id}; write it: nanoswarm labels init")
        path.write_bytes(newest.small[LABELS])
        wrote.append(str(path))
    for name, value in _secrets(found).items():
        if keeping.kept(name) is None:
            wrote.append(str(keeping.keep(name, value)))
    return wrote


def _secrets(found: Sequence[Known]) -> dict[str, str]:
    """By name; of several backups the newest."""
    ordered = sorted(found, key=lambda each: each.entry.made)
    return {
        path.removeprefix(SECRETS): data.decode().strip()
        for each in ordered
        for path, data in each.small.items()
        if path.startswith(SECRETS)
    }


def load_images(cluster: Cluster, backups: Backups, found: Sequence[Known]) -> list[str]:
    """Into the manager's engine, under the names that `images push` looks for; the services that have none in their backup."""
    engine: Engine = cluster.manager
    native = engine.arch()
    without = []
    for each in found:
        image, arch = each.manifest.image_id, each.manifest.image_arch
        if image is None or arch is None:
            without.append(each.entry.service)
            continue
        if not engine_volumes.has(engine, image):
            engine_volumes.load(engine, backup_reading.of(backups.places, each.entry, backups.key_or_refusal).image(arch))
        for name in Kind(SLIM, arch, native).names(each.entry.service):
            engine_volumes.tag(engine, image, name)
    return without
