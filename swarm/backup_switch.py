"""Volumes whose data is exchanged for another, and the old kept beside them: how they are named, found again and settled.

The new volume's labels say what it is to replace. As long as it is there, a switch is under way or was broken off.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from swarm import backup_swap, engine_volumes
from swarm.backup_where import Cluster
from swarm.engine import Engine
from swarm.engine_stack import NAMESPACE
from swarm.engine_volumes import Box
from swarm.errors import BackupError
from swarm.stack import NAME

FOR, SERVICE, LIVE, IMAGE = (f"nanoswarm.restore.{part}" for part in ("id", "service", "live", "image"))
UNDO = "nanoswarm.restore.undo"
FRESH = "nanoswarm.restore.fresh"  # the label of what keeps nothing, as there was nothing before
KEPT = "nanoswarm.before"  # the label of what a volume held before; its value says of which service
_VOLUMES = "/volumes"
_WITHIN_S = 300.0
_PROGRAM = Path(backup_swap.__file__)


@dataclass(frozen=True)
class Switch:
    """One volume of a service on its node, to be given what the volume `new` holds. `image`: one that is there."""

    engine: Engine
    node: str
    service: str
    unit: str
    live: str
    image: str
    undoing: bool = False  # what is kept from before is to come back, and what was restored to go

    @property
    def new(self) -> str:
        return f"{self.live}.{'before' if self.undoing else 'new'}-{self.unit}"

    @property
    def old(self) -> str:
        return f"{self.live}.{'undone' if self.undoing else 'before'}-{self.unit}"

    @property
    def labels(self) -> dict[str, str]:
        return {FOR: self.unit, SERVICE: self.service, LIVE: self.live, IMAGE: self.image}

    def prepare(self) -> None:
        """An empty volume for what is to come."""
        engine_volumes.make(self.engine, self.new, self.labels)

    def forth(self) -> None:
        """Done, on the disk, when it returns. Only while the service is stopped."""
        labels = {**self.labels, UNDO: "yes"} if self.undoing else {**self.labels, KEPT: self.service}
        if engine_volumes.volume(self.engine, self.live) is None:
            labels[FRESH] = "yes"
        engine_volumes.make(self.engine, self.old, labels)  # keeps the labels it has, if it is there since a first try
        engine_volumes.make(self.engine, self.live, {NAMESPACE: NAME})
        if not self._run("forth")["done"]:
            raise BackupError(f"{self.node}: the data of {self.live} could not be exchanged")

    def back(self) -> None:
        """As it was before, whatever has been done of it."""
        if engine_volumes.volume(self.engine, self.old) is not None:
            self._run("back")
            engine_volumes.remove(self.engine, self.old)
        engine_volumes.remove(self.engine, self.new)

    def finish(self) -> None:
        engine_volumes.remove(self.engine, self.new)
        kept = engine_volumes.volume(self.engine, self.old)
        if self.undoing or (kept is not None and FRESH in kept.labels):
            engine_volumes.remove(self.engine, self.old)

    @property
    def keeps(self) -> bool:
        """There is something to go back to."""
        return engine_volumes.volume(self.engine, self.old) is not None

    @property
    def is_done(self) -> bool:
        return engine_volumes.volume(self.engine, self.old) is not None and self._run("look")["done"]

    def _run(self, way: str) -> Mapping[str, bool]:
        folder = self._folder()
        asked = {"folder": _VOLUMES, "way": way, "live": self.live, "new": self.new, "old": self.old}
        program = ("python3", "-c", _PROGRAM.read_text(encoding="utf-8"), json.dumps(asked))
        box = Box(self.image, {_VOLUMES: folder}, "0:0", self.unit, program, rights=("DAC_OVERRIDE",))
        with engine_volumes.opened(self.engine, box) as opened:
            told: dict[str, bool] = json.loads(opened.run(_WITHIN_S))
        return told

    def _folder(self) -> str:
        """Of all volumes, on the node. BackupError when they are not plain folders, beside each other."""
        found = [volume for name in (self.live, self.new, self.old) if (volume := engine_volumes.volume(self.engine, name))]
        parents = {str(PurePosixPath(volume.mountpoint).parent.parent) for volume in found}
        odd = [volume.name for volume in found if not volume.is_plain or PurePosixPath(volume.mountpoint).name != "_data"]
        if odd or len(parents) != 1:
            raise BackupError(
                f"{self.node}: {', '.join(odd) or self.live} is no plain volume of Docker's own, and is not exchanged"
            )
        return parents.pop()


def under_way(cluster: Cluster) -> list[Switch]:
    """Those that were broken off."""
    return _found(cluster, FOR, of_kept=False)


def kept(cluster: Cluster, service: str) -> list[Switch]:
    """Those that are done, and whose old data is still there."""
    return [switch for switch in _found(cluster, KEPT, of_kept=True) if switch.service == service]


def _found(cluster: Cluster, label: str, *, of_kept: bool) -> list[Switch]:
    found = []
    for node in cluster.nodes.values():
        if node.state != "ready" or not cluster.reaches(node.name):
            continue
        engine = cluster.engine(node.name)
        for volume in engine_volumes.volumes(engine, f"{NAME}_"):
            labels = volume.labels
            if label in labels and (KEPT in labels) == of_kept:
                service = labels[KEPT] if of_kept else labels.get(SERVICE, "")
                found.append(
                    Switch(engine, node.name, service, labels.get(FOR, ""), labels.get(LIVE, ""), labels.get(IMAGE, ""))
                )
    return found


def settle(switches: Sequence[Switch]) -> str:
    """Of one unit, broken off: finished if the exchange was, else as it was before. Which. An undoing goes on."""
    for switch in switches:
        if switch.undoing:
            switch.forth()
    if all(switch.is_done for switch in switches):
        for switch in switches:
            switch.finish()
        return "finished"
    for switch in switches:
        switch.back()
    return "undone"
