"""nanoswarm backup restore BACKUP --database NAME."""

import json
import re
from collections.abc import Iterator

from nanoservices.database_address import Address
from swarm import backup_mariadb, backup_mariadb_load, backup_reading, context
from swarm.backup_places import Entry
from swarm.backup_reading import Reading
from swarm.backup_unit import DUMP, SPEC
from swarm.backup_where import Cluster, container
from swarm.backups import Backups
from swarm.commands.confirming import confirm
from swarm.commands.saying import Says
from swarm.errors import InputError, SwarmError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def restore_database(says: Says, ours: Backups, entry: Entry, name: str, yes: bool) -> None:
    """The backup's database as NAME on the server that the service uses; what runs goes on with its own."""
    if not _NAME.fullmatch(name):
        raise InputError([f"--database {name[:80]}: is no name for a database; letters, digits, `-` and `_`"])
    reading = backup_reading.of(ours.places, entry, ours.key_or_refusal)
    small: dict[str, bytes] = {}
    with says.work("reading") as at:
        at(entry.id)
        backup_reading.check_bytes(ours.places, entry)
        manifest = reading.manifest(small, (SPEC,))
    if not manifest.is_dumped:
        raise InputError([f"{entry.id}: holds no database of a server; without --database it is restored to its volume"])
    where = _server(entry.service, small[SPEC])
    if where.database == name:
        raise InputError([f"--database {name}: is what {entry.service} uses; name another, which will be made beside it"])
    says.line(f"{entry.id}, made {entry.made}: to a new database {name}, beside {where}")
    confirm(yes, "Restore?")
    with says.work("restore") as at:
        at(f"{entry.id}: {name}")
        target = backup_mariadb_load.load(where, name, _sql(reading), manifest.dumped)
    rows = sum(backup_mariadb_load.counts(target).values())
    says.line(f"{target} holds {entry.id}: {rows} rows, as many as were saved. {entry.service} goes on with {where.database}.")
    says.line(
        f"To have it use {name}: name that in {backup_mariadb.SETTING} (nanoservices/{entry.service}/service.yml), then: "
        f"nanoswarm stack deploy. What it held before stays in {where.database} until you drop that."
    )


def _server(word: str, spec: bytes) -> Address:
    """Of the service as it runs; of the backup where none does."""
    told = json.loads(spec)["TaskTemplate"]["ContainerSpec"].get("Env") or ()
    try:
        service = Cluster(context.load()).services.get(word)
    except SwarmError:  # no cluster is known here, or it does not answer: the server may
        service = None
    told = (container(service).get("Env") or ()) if service else told
    where = backup_mariadb.address(dict(entry.partition("=")[::2] for entry in told))
    if where is None:
        raise InputError([f"{word}: uses no database of a server now; set {backup_mariadb.SETTING}, and deploy it first"])
    return where


def _sql(reading: Reading) -> Iterator[bytes]:
    for member in reading.below(DUMP):
        yield from member.chunks
