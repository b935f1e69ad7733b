"""nanoswarm backup restore, commit, undo."""

from pathlib import Path

import click

from swarm import backup_recover, backup_restoring, backup_switch, backups, cluster_lock, context, deploying
from swarm.backup_places import Entry
from swarm.backup_restoring import Restoring
from swarm.backup_where import Cluster
from swarm.commands.backup_restore_all import restore_all
from swarm.commands.backup_restore_database import restore_database
from swarm.commands.confirming import confirm
from swarm.commands.saying import Says
from swarm.errors import InputError

_key = click.option("--key", "key_file", type=click.Path(path_type=Path), help="The key that opens backups, if not here.")
_over = click.option("--take-over", is_flag=True, help="Though another machine says that it is at work.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("text", metavar="BACKUP", required=False)
@click.option("--all", "everything", is_flag=True, help="The whole room, on a cluster that has none.")
@click.option("--node", help="To this node, instead of where it was.")
@click.option("--database", metavar="NAME", help="Of a service with a database server: to a new database there.")
@_key
@_yes
@_over
def restore(
    text: str | None,
    everything: bool,
    node: str | None,
    database: str | None,
    key_file: Path | None,
    yes: bool,
    take_over: bool,
) -> None:
    """Put a service's data back, and keep what was there.

    BACKUP is an id, or the name of a service for its newest. It is unpacked into a new volume, compared, and exchanged while
    the service stops for a moment; what was there is kept until `backup commit`.

    \b
    nanoswarm backup restore auth
    nanoswarm backup restore 20260131T120000-0a1b2c-auth --node server-2
    nanoswarm backup restore auth --database auth_2
    nanoswarm backup restore --all
    """
    if everything == (text is not None) and not everything:
        raise InputError(["which backup? name one (nanoswarm backup ls), or --all"])
    if everything and (node or database):
        raise InputError(["--all restores every service to where labels.yml has it; --node and --database are for one"])
    says, ours = Says(False), backups.known(key_file)
    if everything:
        restore_all(says, ours, text, yes, take_over)
        return
    assert text is not None
    if database is not None:
        restore_database(says, ours, _only(ours.places.chosen(text), "--database"), database, yes)
        return
    cluster, kit = Cluster(context.load()), deploying.load_kit()
    chosen = ours.places.chosen(text) if node is None else [_only(ours.places.chosen(text), "--node")]
    for entry in chosen:
        says.line(f"{entry.service}: back to {entry.id}, made {entry.made}, verified {entry.verified}")
    confirm(yes, "Restore?")
    with (
        cluster_lock.held(cluster.manager, f"restore {text}", exclusive=True, take_over=take_over) as lock,
        says.work("restore") as at,
    ):
        for line in backup_recover.recover(cluster, at):
            says.line(line)
        backups.clear(cluster, ours)
        cluster = Cluster(context.load())
        kept = False
        for entry in chosen:
            done = Restoring(cluster, kit, ours, entry, lock, node, at=at).run()
            for switch in done:
                before = f"; what it held is in {switch.old}" if switch.keeps else ""
                says.line(f"{entry.service}: {switch.live} on {switch.node} holds {entry.id}{before}")
                kept |= switch.keeps
            if not done:
                says.line(f"{entry.service}: has no data to restore; nanoswarm stack deploy runs it")
    if kept:
        words = " ".join(entry.service for entry in chosen if entry.stateful)
        says.line(f"If it is as it should be: nanoswarm backup commit {words}; if not: nanoswarm backup undo {words}")


def _only(entries: list[Entry], option: str) -> Entry:
    if len(entries) > 1:
        raise InputError([f"which? {option} is for one backup: {', '.join(entry.id for entry in entries)}"])
    return entries[0]


@click.command()
@click.argument("words", metavar="SERVICE...", nargs=-1, required=True)
@_yes
@_over
def commit(words: tuple[str, ...], yes: bool, take_over: bool) -> None:
    """Keep what was restored; remove what there was before.

    \b
    nanoswarm backup commit auth
    """
    cluster = Cluster(context.load())
    confirm(yes, f"Remove for good what {' and '.join(words)} held before?")
    with cluster_lock.held(cluster.manager, f"backup commit {' '.join(words)}", exclusive=True, take_over=take_over):
        for line in backup_recover.recover(cluster, click.echo):
            click.echo(line)
        gone = backup_restoring.commit(cluster, words)
    click.echo(f"Removed: {', '.join(gone)}." if gone else "Nothing to do: nothing is kept from before a restore.")


@click.command()
@click.argument("word", metavar="SERVICE")
@_yes
@_over
def undo(word: str, yes: bool, take_over: bool) -> None:
    """Put back what a service held before its last restore.

    What was restored is in the backup still.

    \b
    nanoswarm backup undo auth
    """
    cluster = Cluster(context.load())
    confirm(yes, f"Give up what was restored of {word}?")
    with cluster_lock.held(cluster.manager, f"backup undo {word}", exclusive=True, take_over=take_over) as lock:
        said = backup_recover.recover(cluster, click.echo)
        if said and not backup_switch.kept(cluster, word):
            click.echo("\n".join(said))
            return
        live = backup_restoring.undo(cluster, lock, word)
    click.echo(f"{', '.join(live)}: as before the restore.")
