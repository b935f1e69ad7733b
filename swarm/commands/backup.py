"""nanoswarm backup: copies of services that are proven to be good."""

import dataclasses
import json
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from swarm import backup_age, backup_settings, backup_verify, backups, cluster_lock, context, deploying
from swarm.backup_places import Entry, Places
from swarm.backup_where import Cluster
from swarm.commands.backup_restore import commit, restore, undo
from swarm.commands.backup_schedule import schedule
from swarm.commands.saying import Says
from swarm.errors import BackupError, InputError

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
_key = click.option("--key", "key_file", type=click.Path(path_type=Path), help="The key that opens backups, if not here.")
_level = click.option("--level", type=click.IntRange(0, 3), default=3, show_default=True, help="How far to prove it.")
_over = click.option("--take-over", is_flag=True, help="Though another machine says that it is at work.")


@click.group()
def backup() -> None:
    """Keep copies of services: encrypted, proven, and restored.

    A copy is a service's data, what it is read with, its configuration and its image. docs/backup.md tells more.

    \b
    nanoswarm backup save
    nanoswarm backup ls
    nanoswarm backup restore auth
    """


@backup.command()
@click.argument("words", metavar="[SERVICE]...", nargs=-1)
@_level
@click.option("--keep", type=click.IntRange(1, 1000), help="Then keep so many of each service.")
@_key
@_json
@_over
def save(words: tuple[str, ...], level: int, keep: int | None, key_file: Path | None, as_json: bool, take_over: bool) -> None:
    """Back up services while they run, and prove each backup.

    All of them when none is named. Levels: 1 every byte read again, 2 restored into a scratch volume and compared, 3 an
    instance started on it has answered.

    \b
    nanoswarm backup save
    nanoswarm backup save auth --level 2
    """
    says = Says(as_json)
    cluster, ours = Cluster(context.load()), backups.here(key_file)
    if ours.said:
        says.line(ours.said)
    if level > 1 and ours.key is None:
        raise InputError(["without the key nothing is proven beyond level 1; --key FILE, or: --level 1"])
    chosen = list(dict.fromkeys(words)) or list(cluster.services)
    if not chosen:
        raise InputError(["no room runs here, so there is nothing to back up"])
    with cluster_lock.held(cluster.manager, f"backup save {' '.join(words)}", take_over=take_over), says.work("backup") as at:
        found = backups.save(cluster, ours, chosen, level, at)
        if keep is not None:
            ours = dataclasses.replace(ours, settings=dataclasses.replace(ours.settings, keep=keep))
        gone = backups.thin_out(ours)
    _show(found, as_json)
    if gone:
        says.line(f"{len(gone)} older ones are removed; of each service {ours.settings.keep} are kept.")


@backup.command()
@click.argument("text", metavar="[BACKUP]", required=False)
@_json
def ls(text: str | None, as_json: bool) -> None:
    """List the backups there are, and how far each is proven.

    \b
    nanoswarm backup ls
    nanoswarm backup ls auth --json
    """
    folders = backup_settings.load().folders
    is_first = folders == [backup_settings.PLACE] and not folders[0].exists()
    entries = [] if is_first else Places(folders).entries()
    _show([entry for entry in entries if text in (None, entry.service) or entry.id.startswith(str(text))], as_json)


@backup.command()
@click.argument("texts", metavar="[BACKUP]...", nargs=-1)
@_level
@_key
@_json
@_over
def verify(texts: tuple[str, ...], level: int, key_file: Path | None, as_json: bool, take_over: bool) -> None:
    """Prove backups again; all when none is named.

    One is named by its id, its set, or the service whose newest it is. The exit code is 1 when one is not what was written,
    and it is listed as 0 then.

    \b
    nanoswarm backup verify
    nanoswarm backup verify auth --level 2
    """
    says, ours = Says(as_json), backups.known(key_file)
    chosen = [entry for text in texts for entry in ours.places.chosen(text)] or ours.places.entries()
    if level < 2:
        verifying = backup_verify.Verifying(ours.places, None, None)
        found, wrong = _proven(verifying, chosen, level, says)
    else:
        cluster = Cluster(context.load())
        with cluster_lock.held(cluster.manager, "backup verify", take_over=take_over), says.work("backup") as at:
            counted = deploying.load_kit().counted
            verifying = backup_verify.Verifying(ours.places, ours.key_or_refusal, cluster, counted, at)
            found, wrong = _proven(verifying, chosen, level, says)
    _show(found, as_json)
    if wrong:
        raise SystemExit(1)


def _proven(verifying: backup_verify.Verifying, chosen: list[Entry], level: int, says: Says) -> tuple[list[Entry], bool]:
    found, wrong = [], False
    for entry in chosen:
        try:
            found.append(verifying.prove(entry, level))
        except BackupError as error:
            says.line(f"nanoswarm: {error}")
            found.append(dataclasses.replace(entry, verified=0))
            wrong = True
    return found, wrong


@backup.command()
@click.option("--recipient", metavar="AGE1...", help="Encrypt for this public key; the private one is yours to keep elsewhere.")
def key(recipient: str | None) -> None:
    """Make the key that opens the backups, or name another.

    With --recipient they are encrypted for that public key instead (`age-keygen` makes one).

    \b
    nanoswarm backup key
    nanoswarm backup key --recipient age1...
    """
    settings = backup_settings.load()
    public = backup_age.checked_recipient(recipient) if recipient else backup_settings.make_key()
    backup_settings.save(dataclasses.replace(settings, recipient=public))
    click.echo(f"Backups are encrypted for {public}.")
    if not recipient:
        click.echo(f"The key that opens them is in {backup_settings.KEY}: keep a copy elsewhere, nobody reads them without it.")


@backup.command()
@click.argument("folders", metavar="FOLDER [FOLDER]", nargs=-1, type=click.Path(path_type=Path))
def to(folders: tuple[Path, ...]) -> None:
    """Say where backups go: one folder, or two on different disks.

    Each backup is then written to both.

    \b
    nanoswarm backup to /mnt/usb /mnt/nas/nanoswarm
    """
    if not 1 <= len(folders) <= 2:
        raise InputError(["name one folder, or two"])
    Places(folders)
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InputError([f"{folders[0]} and {folders[1]} are one folder; two copies are to be on two disks"])
    places = tuple(str(folder.resolve()) for folder in folders)
    backup_settings.save(dataclasses.replace(backup_settings.load(), places=places))
    click.echo(f"Backups go to {' and '.join(places)}.")


backup.add_command(restore)
backup.add_command(commit)
backup.add_command(undo)
backup.add_command(schedule)


def _show(entries: list[Entry], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([entry.plain() for entry in entries], indent=1))
        return
    if not entries:
        click.echo("There is no backup; make one with: nanoswarm backup save")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("BACKUP", "SERVICE", "MADE", "SIZE", "VERIFIED", "WHY"):
        table.add_column(column, justify="right" if column in ("SIZE", "VERIFIED") else "left")
    for entry in entries:
        size = f"{entry.bytes / 1e6:,.1f} MB"
        table.add_row(*map(escape, (entry.id, entry.service, entry.made, size, str(entry.verified), entry.why)))
    Says(False).console.print(table)
