"""Lines that came since a backup was made and stay when it is put back: of the volumes as they are now, and of newer backups.

Who was forgotten meanwhile stays so. Whichever node had the data then: a service may have moved.
"""

from collections.abc import Iterable, Iterator

from swarm import backup_reading, backup_volume, engine_volumes
from swarm.backup_archive import Member
from swarm.backup_places import Entry
from swarm.backup_reading import Reading
from swarm.backup_unit import VOLUMES, Held
from swarm.backups import Backups
from swarm.engine import Engine
from swarm.engine_volumes import Box


def newer(backups: Backups, since: Entry, volume: str, name: str) -> Iterator[bytes]:
    """The file of the volume, on whichever node, from this backup of the service on."""
    for entry in backups.places.entries():
        if entry.service == since.service and (entry.made, entry.id) >= (since.made, since.id):
            yield from _of(backup_reading.of(backups.places, entry, backups.key_or_refusal), volume, name)


def _of(reading: Reading, volume: str, name: str) -> Iterator[bytes]:
    for member in reading.below(VOLUMES):
        if member.path.partition("/")[2] == f"{volume}/{name}":
            yield b"".join(member.chunks)


def present(engine: Engine, box: Box, target: str, name: str) -> Iterator[bytes]:
    """The file as it is in the volume that the box has at `target`."""
    with engine_volumes.opened(engine, box) as opened:
        for member in backup_volume.archive(opened, target):
            if member.path.partition("/")[2] == name:
                yield b"".join(member.chunks)


def put(engine: Engine, box: Box, target: str, name: str, held: Held | None, found: Iterable[bytes]) -> None:
    """All their lines, each once, into that file of the box's volume. `held`: the file as the backup has it, if it does."""
    lines: dict[bytes, None] = {}
    for data in found:
        lines |= dict.fromkeys(line for line in data.splitlines() if line)
    if not lines:
        return
    data = b"".join(line + b"\n" for line in lines)
    user, _, group = box.user.partition(":")
    owner = (held.mode, held.uid, held.gid) if held else (0o600, int(user), int(group or user))
    backup_volume.fill(engine, box, target, [Member(name, len(data), [data], *owner)])
