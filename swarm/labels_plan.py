"""What `labels apply` would change on which node. Pure.

Ours are the labels named after a nanoservice, `zone` and `ip`; whatever else a node is labelled is somebody else's.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from swarm.engine import ClusterNode
from swarm.labels import Labels

PLACE = ("zone", "ip")


@dataclass(frozen=True)
class Change:
    """Of one node. `put`: what is added or gets another value; `drop`: what goes."""

    node: ClusterNode
    put: Mapping[str, str]
    drop: Sequence[str]

    def __str__(self) -> str:
        has = self.node.labels
        put = [
            f"{name}: {has[name]} -> {value}" if name in has else f"+{_word(name, value)}" for name, value in self.put.items()
        ]
        return f"{self.node.name}: {', '.join([*put, *(f'-{_word(name, has[name])}' for name in self.drop)])}"

    @property
    def command(self) -> list[str]:
        """The same for the docker program."""
        put = [word for name, value in self.put.items() for word in ("--label-add", f"{name}={value}")]
        return ["node", "update", *put, *(word for name in self.drop for word in ("--label-rm", name)), self.node.name]

    def plain(self) -> dict[str, object]:
        return {"node": self.node.name, "put": dict(self.put), "drop": list(self.drop)}


def ours(node: ClusterNode, words: Iterable[str]) -> dict[str, str]:
    """Those of the node's labels that are for us to change."""
    known = {*words, *PLACE}
    return {name: value for name, value in sorted(node.labels.items()) if name in known}


def changes(
    labels: Labels, nodes: Sequence[ClusterNode], words: Collection[str], without: Collection[str] = ()
) -> list[Change]:
    """What makes the nodes that labels.yml names as it says, in its order. A node `without` which it does is left as it is."""
    there = {node.name: node for node in nodes}
    found = []
    for name, wanted in labels.nodes.items():
        if name in there and name not in without:
            node = there[name]
            has = ours(node, words)
            put = {label: value for label, value in wanted.labels.items() if has.get(label) != value}
            change = Change(node, put, [label for label in has if label not in wanted.labels])
            found += [change] if change.put or change.drop else []
    return found


def labelled(nodes: Sequence[ClusterNode], changes: Sequence[Change]) -> list[ClusterNode]:
    """The nodes once these changes have been made."""
    of = {change.node.id: change for change in changes}
    return [node if node.id not in of else _after(node, of[node.id]) for node in nodes]


def _after(node: ClusterNode, change: Change) -> ClusterNode:
    kept = {name: value for name, value in node.labels.items() if name not in change.drop}
    return replace(node, labels={**kept, **change.put})


def _word(name: str, value: str) -> str:
    return name if value == "true" else f"{name}={value}"
