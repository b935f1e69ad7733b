"""nanoswarm backup restore --all."""

import click

from swarm import (
    backup_recover,
    backup_room,
    backups,
    cluster_lock,
    context,
    deploying,
    images_lock,
    labels_here,
    stack_images,
)
from swarm.backup_restoring import Restoring
from swarm.backup_room import Known
from swarm.backup_saving import LABELS_PATH
from swarm.backup_where import Cluster
from swarm.backups import Backups
from swarm.commands.confirming import confirm
from swarm.commands.images_push import push
from swarm.commands.saying import Says
from swarm.commands.stack import deploy
from swarm.errors import InputError
from swarm.labels_apply import Labelling


def restore_all(says: Says, ours: Backups, text: str | None, yes: bool, take_over: bool) -> None:
    """The room on a cluster that has none: labels.yml and what its data needs, images, data, then it is deployed."""
    cluster = Cluster(context.load())
    if there := ", ".join(cluster.services):
        raise InputError([f"a room runs here ({there}); restore its services singly, or first: nanoswarm terminate --all"])
    entries = backup_room.chosen(ours, text)
    with says.work("reading") as at:
        at(f"{len(entries)} backups")
        found = backup_room.known(ours, entries)
    if wrong := backup_room.conflicts(found):
        raise InputError(wrong)
    for each in found:
        says.line(f"{each.entry.service}: {each.entry.id}, made {each.entry.made}, verified {each.entry.verified}")
    confirm(yes, "Restore the room?")
    for name in backup_room.lay_out(found):
        says.line(f"{name} is written.")
    labelling = Labelling(cluster.manager, cluster.context, LABELS_PATH)
    labelling.apply(labelling.plan())
    _images(says, ours, found)
    _data(says, ours, [each for each in found if each.manifest.volumes], take_over)
    click.get_current_context().invoke(deploy, yes=True)
    says.line("The room is back.")


def _images(says: Says, ours: Backups, found: list[Known]) -> None:
    """Where the nodes cannot get what images.lock names, the backups' own are brought there."""
    cluster, kit = Cluster(context.load()), deploying.load_kit()
    labels, lock = labels_here.read(LABELS_PATH, cluster.context), images_lock.load_if_there()
    if lock is not None:
        try:
            images = stack_images.references(kit, labels, lock, list(cluster.nodes.values()))
            if not stack_images.problems(cluster.context, labels, lock, images):
                return
        except InputError as error:
            says.line(f"images.lock is made anew: {error.problems[0]}")
    with says.work("images"):
        without = backup_room.load_images(cluster, ours, found)
    if without:
        raise InputError(
            [
                f"{word}: its image is not in its backup; nanoswarm images build {word}, images push, then again"
                for word in without
            ]
        )
    direct = cluster.context.registry is None
    click.get_current_context().invoke(push, names=tuple(each.entry.service for each in found), direct=direct)


def _data(says: Says, ours: Backups, found: list[Known], take_over: bool) -> None:
    cluster, kit = Cluster(context.load()), deploying.load_kit()
    with (
        cluster_lock.held(cluster.manager, "restore --all", exclusive=True, take_over=take_over) as lock,
        says.work("restore") as at,
    ):
        for line in backup_recover.recover(cluster, at):
            says.line(line)
        backups.clear(cluster, ours)
        labels = labels_here.read(LABELS_PATH, cluster.context)
        for each in found:
            there = [stored.node for stored in each.manifest.volumes if stored.node in cluster.nodes]
            running = labels.running(each.entry.service)
            node = None if there or not running else running[0]
            if each.manifest.is_dumped:
                says.line(f"{each.entry.service}: its database stays as it is on its server; to have the backup's: --database")
            for switch in Restoring(cluster, kit, ours, each.entry, lock, node, True, at).run():
                says.line(f"{each.entry.service}: {switch.live} on {switch.node} holds {each.entry.id}")
