"""Backups of a cluster's services: made, proven, thinned out. What others call before they end something: `before_removal`."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from swarm import backup_places, backup_recover, backup_settings, backup_unit, cluster_lock, deploying, engine_volumes
from swarm.backup_age import Key
from swarm.backup_places import Entry, Places
from swarm.backup_saving import Saving
from swarm.backup_settings import BackupSettings
from swarm.backup_verify import Verifying
from swarm.backup_where import Cluster
from swarm.cluster_lock import Lock
from swarm.context import Context
from swarm.errors import BackupError, DeployError, InputError, SwarmError

REMOVAL = "before a removal"
At = Callable[[str], None]


def silently(_text: str) -> None: ...


@dataclass(frozen=True)
class Backups:
    """Where backups of this folder go, and whose key they are for. `said`: what the admin has to know of it."""

    settings: BackupSettings
    places: Places
    key: Key | None
    said: str = ""

    @property
    def key_or_refusal(self) -> Key:
        """InputError without one."""
        return self.key or backup_settings.key()


def known(key: Path | None = None) -> Backups:
    """Those of this folder that are there, to be read; nothing is made. `key` may be an older one than what is made gets."""
    settings = backup_settings.load()
    found = backup_settings.key(key) if key is not None or backup_settings.KEY.exists() else None
    return Backups(settings, Places(settings.folders), found)


def here(key: Path | None = None) -> Backups:
    """Of this folder, to add to; a key and the usual place are made if there are none."""
    settings, said = backup_settings.ready(backup_settings.load())
    known = backup_settings.key(key) if key is not None or backup_settings.KEY.exists() else None
    if known is not None and known.public != settings.recipient:
        raise InputError(
            [f"{key or backup_settings.KEY}: opens backups for {known.public}; they are made for {settings.recipient}"]
        )
    return Backups(settings, Places(settings.folders), known, said)


def save(cluster: Cluster, backups: Backups, words: Sequence[str], level: int, at: At = silently, why: str = "") -> list[Entry]:
    """One of each service, proven as far as `level`, or as it goes. What was begun earlier and broken off is cleared away.

    The caller holds the cluster's lock. DeployError or InputError; the backups that were finished before are kept.
    """
    for line in backup_recover.recover(cluster, at):
        at(line)
    clear(cluster, backups)
    kit, made_with = deploying.load_kit(), backup_unit.set_id(datetime.now(UTC), secrets.token_hex(3))
    savings = [Saving(cluster, kit, word, made_with, why, at) for word in words]
    found = []
    for saving in savings:
        entry = saving.write(backups.places, backups.settings.recipient)
        found.append(Verifying(backups.places, backups.key, cluster, kit.counted, at).prove(entry, level) if level else entry)
    return found


def clear(cluster: Cluster, backups: Backups) -> None:
    """What a command left that was killed."""
    backups.places.clear()
    for engine in cluster.engines():
        engine_volumes.clear(engine)


def thin_out(backups: Backups) -> list[Entry]:
    """Remove what is more than is to be kept; those that went."""
    found = backup_places.expired(backups.places.entries(), backups.settings.keep)
    for entry in found:
        backups.places.remove(entry)
    return found


def before_removal(
    cluster: Context, words: Sequence[str], at: At = silently, lock: Lock | None = None, key: Path | None = None
) -> str:
    """Back up these services of the cluster, and prove it: to level 3 where the service has state. The id of the backup, or
    of the set when there are several; retention never removes it. `lock`: the cluster's, if the caller holds it. `key`: a
    file that opens backups, if it is not here.

    DeployError when it cannot be had; nothing has been changed then, and nothing may be ended.
    """
    try:
        known = Cluster(cluster)
        if lock is not None:
            return _before_removal(known, words, at, key)
        with cluster_lock.held(known.manager, f"backup of {', '.join(words)} {REMOVAL}"):
            return _before_removal(known, words, at, key)
    except InputError as error:
        raise DeployError("no backup, so nothing is ended: " + "; ".join(error.problems)) from None
    except SwarmError as error:
        raise DeployError(f"no verified backup, so nothing is ended: {error}") from None


def _before_removal(cluster: Cluster, words: Sequence[str], at: At, key: Path | None = None) -> str:
    backups = here(key)
    if backups.said:
        at(backups.said)
    found = save(cluster, backups, words, 3, at, REMOVAL)
    if unproven := [entry.id for entry in found if not entry.proven]:
        raise BackupError(f"{', '.join(unproven)}: could not be proven")
    return set_of(found)


def set_of(entries: Sequence[Entry]) -> str:
    """The id of one, or of the set that several are of."""
    return entries[0].id if len(entries) == 1 else entries[0].id.removesuffix(f"-{entries[0].service}")
