"""Brings a service's data back: into new volumes, compared, then exchanged for the old, which are kept until `commit`."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from swarm import backup_pause, backup_reading, backup_remembering, backup_switch, backup_verify, engine_volumes
from swarm.backup_places import Entry
from swarm.backup_reading import Reading
from swarm.backup_switch import Switch
from swarm.backup_unit import CONFIGS, SECRETS, SPEC, Manifest, Stored
from swarm.backup_where import Cluster
from swarm.backups import Backups
from swarm.cluster_lock import Lock
from swarm.engine import Engine
from swarm.engine_volumes import Box
from swarm.errors import BackupError, EngineError, InputError, SwarmError
from swarm.preflight import may_run
from swarm.stack import Kit

SMALL = (SPEC, CONFIGS, SECRETS)
At = Callable[[str], None]


@dataclass
class Restoring:
    """One backup to a cluster. `node`: where to, instead of where it was; for a service of one instance."""

    cluster: Cluster
    kit: Kit
    backups: Backups
    entry: Entry
    lock: Lock
    node: str | None = None
    server_stays: bool = False  # what the service has on a database server of its own is left as it is there
    at: At = lambda _text: None
    small: dict[str, bytes] = field(default_factory=dict)

    def run(self) -> list[Switch]:
        """What was exchanged; the service runs on it, if it is in the cluster. BackupError, and all is as it was before."""
        reading = backup_reading.of(self.backups.places, self.entry, self.backups.key_or_refusal)
        self.at(f"{self.entry.id}: reading")
        backup_reading.check_bytes(self.backups.places, self.entry)
        manifest = reading.manifest(self.small, SMALL)
        switches = self._planned(reading, manifest)
        if not switches:
            return []
        try:
            for stored, switch in switches:
                self._fill(reading, manifest, stored, switch)
            self._exchange([switch for _, switch in switches])
        except BaseException:
            self._undo([switch for _, switch in switches])
            raise
        for _, switch in switches:
            switch.finish()
        return [switch for _, switch in switches]

    def _planned(self, reading: Reading, manifest: Manifest) -> list[tuple[Stored, Switch]]:
        """InputError when it cannot be done, before anything is."""
        word = self.entry.service
        if there := backup_switch.kept(self.cluster, word):
            raise InputError(
                [f"{word}: what it had before {there[0].unit} is still kept; first: nanoswarm backup commit {word}, or undo"]
            )
        if manifest.is_dumped and not self.server_stays:
            raise InputError(
                [
                    f"{word}: its data is a database on a server, and its volume alone would be half of it; make the database "
                    f"anew, beside the one that is used: nanoswarm backup restore {self.entry.id} --database NAME"
                ]
            )
        nodes = dict.fromkeys(stored.node for stored in manifest.volumes)
        if self.node is not None and len(nodes) > 1:
            raise InputError([f"{word}: has data on {', '.join(nodes)}; --node is for a service of one instance"])
        planned = []
        for stored in manifest.volumes:
            node = self.node or stored.node
            if node not in self.cluster.nodes or self.cluster.nodes[node].state != "ready":
                there_are = ", ".join(self.cluster.nodes)
                raise InputError(
                    [f"{word}: its data was on {node}, which is not here or down; --node NAME (there are: {there_are})"]
                )
            self._refuse_elsewhere(node)
            engine = self.cluster.engine(node)
            planned.append(
                (stored, Switch(engine, node, word, self.entry.id, stored.volume, self._image(engine, reading, manifest)))
            )
        return planned

    def _refuse_elsewhere(self, node: str) -> None:
        """InputError when the service would start on another node than where its data is put."""
        word, service = self.entry.service, self.cluster.services.get(self.entry.service)
        if service is None:
            return
        wanted = [each for each in service.constraints if each != backup_pause.PAUSED]
        may = [each.name for each in self.cluster.nodes.values() if may_run(wanted, each)]
        if node in may and (service.is_global or len(may) == 1):
            return
        there = f"its data would go to {node}, and it may run on {', '.join(may) or 'no node'}"
        here = f"--node {may[0]}, or " if len(may) == 1 else ""
        move = (
            f"nanoswarm service rm {word}, then: nanoswarm service add {word} --node {node}, then this again with --node {node}"
        )
        raise InputError([f"{word}: {there}; {here}to move it: {move}"])

    def _image(self, engine: Engine, reading: Reading, manifest: Manifest) -> str:
        """An image of the service that this engine has, fetched or loaded if need be."""
        running = self.cluster.services.get(self.entry.service)
        for name in filter(None, (running and running.image, manifest.image, manifest.image_id)):
            image = engine.image(str(name))
            if image is not None and image.arch == engine.arch():
                return str(name)
        if running is not None:
            try:
                engine.pull(running.image)
                return running.image
            except EngineError:
                pass
        if manifest.image_id is None or manifest.image_arch != engine.arch():
            raise BackupError(
                f"{self.entry.service}: its image for {engine.arch()} is neither on the node nor in the backup; "
                f"bring it there first: nanoswarm images build, then: nanoswarm images push"
            )
        engine_volumes.load(engine, reading.image(manifest.image_arch))
        return manifest.image_id

    def _fill(self, reading: Reading, manifest: Manifest, stored: Stored, switch: Switch) -> None:
        self.at(f"{self.entry.id}: {stored.volume} on {switch.node}")
        switch.prepare()
        spec = json.loads(self.small[SPEC])
        user = str(spec["TaskTemplate"]["ContainerSpec"].get("User") or "0:0")
        box = Box(switch.image, {stored.target: switch.new}, user, self.entry.id)
        backup_verify.filled(switch.engine, box, reading, manifest, stored)
        self._remember(reading, manifest, stored, switch, box)

    def _remember(self, reading: Reading, manifest: Manifest, stored: Stored, switch: Switch, box: Box) -> None:
        """Lines that came since it was made stay."""
        for name in self.kit.remembered_of(self.entry.service):
            found = [
                *backup_remembering.newer(self.backups, self.entry, stored.volume, name),
                *self._present(reading, manifest, stored, box.user, name),
            ]
            held = manifest.within(stored.folder).get(name)
            backup_remembering.put(switch.engine, box, stored.target, name, held, found)

    def _present(self, reading: Reading, manifest: Manifest, stored: Stored, user: str, name: str) -> Iterator[bytes]:
        """On every node that has the volume: where the data goes to, and where it was before."""
        for node in self.cluster.nodes.values():
            if node.state != "ready" or not self.cluster.reaches(node.name):
                continue
            engine = self.cluster.engine(node.name)
            if engine_volumes.volume(engine, stored.volume) is not None:
                box = Box(self._image(engine, reading, manifest), {stored.target: stored.volume}, user, self.entry.id)
                yield from backup_remembering.present(engine, box, stored.target, name)

    def _exchange(self, switches: Sequence[Switch]) -> None:
        word, manager = self.entry.service, self.cluster.manager
        self.lock.check()
        self.at(f"{word}: stopping")
        backup_pause.pause(manager, word)
        self.lock.check()
        for switch in switches:
            switch.forth()
        self.at(f"{word}: starting")
        backup_pause.resume(manager, word)

    def _undo(self, switches: Sequence[Switch]) -> None:
        """As it was before; what cannot be undone now is when the next command finds it."""
        try:
            self.lock.check()
            if any(engine_volumes.volume(switch.engine, switch.old) for switch in switches):
                backup_pause.pause(self.cluster.manager, self.entry.service)
            for switch in switches:
                switch.back()
            backup_pause.resume(self.cluster.manager, self.entry.service)
        except SwarmError as error:
            self.at(f"{self.entry.service}: not yet as before ({error}); the same command again goes on with that")


def commit(cluster: Cluster, words: Sequence[str]) -> list[str]:
    """Give up what was before the last restore of these services; the volumes that are gone."""
    gone = []
    for word in words:
        for switch in backup_switch.kept(cluster, word):
            engine_volumes.remove(switch.engine, switch.old)
            gone.append(switch.old)
    return gone


def undo(cluster: Cluster, lock: Lock, word: str) -> list[str]:
    """Have what was before the last restore again, and give up what was restored; the volumes. InputError when none is kept."""
    switches = [dataclasses.replace(switch, undoing=True) for switch in backup_switch.kept(cluster, word)]
    if not switches:
        raise InputError([f"{word}: nothing is kept from before a restore"])
    lock.check()
    backup_pause.pause(cluster.manager, word)
    for switch in switches:
        switch.forth()
    for switch in switches:
        switch.finish()
    backup_pause.resume(cluster.manager, word)
    return [switch.live for switch in switches]
