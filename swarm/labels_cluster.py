"""Whether labels.yml and the cluster speak of the same nodes. Pure: (where in labels.yml, what is wrong and what to do) out."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence

from swarm.engine import ClusterNode
from swarm.labels import Labels
from swarm.labels_plan import ours
from swarm.labels_rules import Finding

NOWHERE = ("", "0.0.0.0", "127.0.0.1", "::", "::1")  # what an engine says that does not know better


def problems(labels: Labels, nodes: Sequence[ClusterNode], without: Collection[str] = ()) -> list[Finding]:
    """What keeps the labels from being applied. `without`: nodes that may be down, or not there yet."""
    unknown = [name for name in without if name not in labels.nodes]
    return [
        *((("nodes",), f"--without {name}: there is no such node; {_near(name, labels.nodes)}") for name in unknown),
        *(found for name in labels.nodes if name not in without for found in _node(name, nodes)),
    ]


def warnings(
    labels: Labels, nodes: Sequence[ClusterNode], words: Collection[str], without: Collection[str] = ()
) -> list[Finding]:
    """What is odd, and may yet be meant."""
    return [*_unnamed(labels, nodes, words), *_known(labels, nodes, without)]


def _node(name: str, nodes: Sequence[ClusterNode]) -> Iterator[Finding]:
    same = [node for node in nodes if node.name == name]
    trail = ("nodes", name)
    if not same:
        near = _near(name, [node.name for node in nodes])
        add = f"to add it: nanoswarm cluster join; to do without it for now: --without {name}"
        yield trail, f"the cluster has no node {name} ({near}); {add}"
    elif len(same) > 1:
        states = ", ".join(f"{node.id[:12]} is {node.state}" for node in same)
        yield trail, f"{len(same)} nodes are called {name} ({states}); remove the one that is gone: nanoswarm cluster leave ID"
    elif same[0].state != "ready":
        yield trail, f"is {same[0].state}; start it, or apply without it: --without {name}"


def _unnamed(labels: Labels, nodes: Sequence[ClusterNode], words: Collection[str]) -> Iterator[Finding]:
    for node in nodes:
        if node.name not in labels.nodes:
            has = " ".join(name if value == "true" else f"{name}={value}" for name, value in ours(node, words).items())
            keeps = f"keeps its labels ({has}) and runs by them" if has else "is given no labels"
            yield (
                ("nodes",),
                f"the cluster's node {node.name} is not here: it {keeps}; add it, or: nanoswarm cluster leave {node.name}",
            )


def _known(labels: Labels, nodes: Sequence[ClusterNode], without: Collection[str]) -> Iterator[Finding]:
    for node in nodes:
        wanted = labels.nodes.get(node.name)
        if wanted is None or node.name in without:
            continue
        if node.availability != "active":
            words = {"drain": "drained", "pause": "paused"}.get(node.availability, node.availability)
            activate = f"docker node update --availability active {node.name}"
            yield ("nodes", node.name), f"is {words}: nothing new starts there until: {activate}"
        if wanted.ip is not None and node.address not in (*NOWHERE, wanted.ip):
            yield ("nodes", node.name, "ip"), f"is {wanted.ip}, and the cluster finds {node.name} at {node.address}"


def _near(name: str, names: Iterable[str]) -> str:
    known = list(names)
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}"
