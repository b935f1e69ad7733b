"""The one line of labels.yml, and the one label of a node, that say that a service runs there."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from swarm import files, labels_file, labels_here
from swarm.context import Context
from swarm.engine import ClusterNode
from swarm.errors import InputError
from swarm.labels import Labels
from swarm.labels_plan import Change
from swarm.words import Word


class LabelsText:
    """labels.yml as it is on the disk, to be changed."""

    def __init__(self, path: Path, cluster: Context):
        self.path, self._cluster = path, cluster
        self.before = files.text_of(path)
        self.labels = self.understood(self.before)

    def understood(self, text: str) -> Labels:
        """LabelsError with every problem in it; as it is meant for the cluster."""
        return labels_here.here(labels_file.understood(files.parsed(self.path.name, text)), self._cluster)


def known(name: str, words: Mapping[str, Word]) -> Word:
    """InputError when there is no such service."""
    if name in words:
        return words[name]
    near = difflib.get_close_matches(name, list(words), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(words)}; or make it: nanoswarm service create {name}"
    raise InputError([f"there is no nanoservice {files.shown(name)}; {hint}"])


def labelling(word: str, running: Collection[str], named: Collection[str], nodes: Sequence[ClusterNode]) -> list[Change]:
    """What makes the label `word` true of the nodes `running` it, and of no other that is `named`."""
    found = []
    for node in nodes:
        has = node.labels.get(word)
        if node.name in running and has != "true":
            found.append(Change(node, {word: "true"}, []))
        elif node.name in named and node.name not in running and has is not None:
            found.append(Change(node, {}, [word]))
    return found
