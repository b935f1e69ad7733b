"""nanoswarm terminate."""

from dataclasses import dataclass
from pathlib import Path

import click

from swarm import backup_recover, backups, cluster_lock, context, deploying, terminating
from swarm.backup_places import Entry
from swarm.backup_where import Cluster
from swarm.cluster_lock import Lock
from swarm.commands.confirming import confirm
from swarm.commands.saying import At, Says
from swarm.errors import DeployError, InputError
from swarm.stack import Kit
from swarm.terminating import Ending


@dataclass(frozen=True)
class Asked:
    purge: bool
    no_backup: bool
    key: Path | None


@click.command()
@click.argument("words", metavar="[SERVICE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="The whole room: services, network, configs and secrets.")
@click.option("--purge", is_flag=True, help="Also the volumes with what was stored.")
@click.option("--no-backup", is_flag=True, help="Without a backup: what was stored is lost with --purge.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The key that opens backups, if not here.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")
@click.option("--take-over", is_flag=True, help="Though another machine says that it is at work.")
def terminate(
    words: tuple[str, ...],
    everything: bool,
    purge: bool,
    no_backup: bool,
    key_file: Path | None,
    yes: bool,
    dry_run: bool,
    take_over: bool,
) -> None:
    """End services, or the whole room, after a proven backup.

    Without that backup nothing ends. What was stored stays on its nodes, unless --purge. The last line is the backup's id.

    \b
    nanoswarm terminate scanner
    nanoswarm terminate --all --purge
    """
    says, kit, cluster = Says(False), deploying.load_kit(), Cluster(context.load())
    ending = terminating.planned(cluster, kit, words, everything)
    if dry_run:
        click.echo("\n".join(["# first: nanoswarm backup save " + " ".join(ending.words)] * (not no_backup)))
        click.echo("\n".join(terminating.commands(cluster, ending, purge)) or "# nothing to do")
        return
    for line in _lines(ending, purge, no_backup):
        says.line(line)
    confirm(yes, "Terminate?")
    what = f"terminate {'--all' if everything else ' '.join(words)}"
    with cluster_lock.held(cluster.manager, what, exclusive=True, take_over=take_over) as lock, says.work("terminate") as at:
        for line in backup_recover.recover(cluster, at):
            says.line(line)
        ending = terminating.planned(Cluster(context.load()), kit, words, everything)
        made = _end(says, kit, ending, Asked(purge, no_backup, key_file), lock, at)
    click.echo(made or "No backup was made.")


def _lines(ending: Ending, purge: bool, no_backup: bool) -> list[str]:
    also = ", the network, configs and secrets" if ending.everything else ""
    found = [f"to end: {', '.join(ending.words) or 'nothing that runs'}{also}"]
    if purge:
        found += [f"to remove for good: {held.name} on {held.node}" for held in ending.volumes]
        found += [f"warning: {node} cannot be reached; what is stored there stays" for node in ending.unreachable]
    return [*found, "without a backup" if no_backup else "after a backup of each, proven"]


def _end(says: Says, kit: Kit, ending: Ending, asked: Asked, lock: Lock, at: At) -> str:
    made = ""
    cluster = Cluster(context.load())
    if not asked.no_backup:
        known = backups.here(asked.key)
        if known.said:
            says.line(known.said)
        if ending.words:
            made = backups.before_removal(cluster.context, ending.words, at, lock, asked.key)
            says.line(f"{made}: {', '.join(ending.words)}, proven.")
        _check_purge(ending, known.places.entries(), asked.purge)
        made = made or terminating.last_backup(ending, known.places.entries())
    stays = terminating.end(cluster, kit, ending, lock, at)
    says.line(f"Ended: {', '.join(ending.words) or 'nothing, as none of it ran'}.")
    if asked.purge:
        stays += terminating.purge(ending)
    elif ending.volumes:
        says.line(
            "What was stored stays: " + ", ".join(sorted({held.name for held in ending.volumes})) + "; --purge removes it."
        )
    for line in stays:
        says.line(f"warning: {line}")
    if asked.purge and any("stays (" in line for line in stays):
        raise DeployError("not all that was stored could be removed; the same command again goes on with that")
    return made


def _check_purge(ending: Ending, entries: list[Entry], purge: bool) -> None:
    if purge and (lost := terminating.unproven(ending, entries)):
        raise InputError(
            [f"{each}: no proven backup of it is here; deploy its service and end that, or: --no-backup" for each in lost]
        )
