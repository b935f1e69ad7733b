"""What would keep a stack from running on a cluster, said before anything is changed. Pure.

Each problem is a sentence: which service, which node, why, and what to do.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Sequence

from swarm.cluster_plan import unfit
from swarm.engine import ClusterNode
from swarm.engine_stack import Service
from swarm.labels import Labels
from swarm.stack import Stack

_CONSTRAINT = re.compile(r"node\.([a-z0-9.-]+) ?(==|!=) ?(.+)")
_APPLY = "make them so with: nanoswarm labels apply"


def problems(
    stack: Stack, labels: Labels, nodes: Sequence[ClusterNode], services: Sequence[Service], without: Collection[str] = ()
) -> list[str]:
    """All of them. `without`: nodes that may be down; what runs on every node is not missed there."""
    known = ", ".join(labels.nodes)
    return [
        *(f"--without {name}: labels.yml has no such node; it has {known}" for name in without if name not in labels.nodes),
        *_nodes(labels, nodes, without),
        *_placement(stack, labels, nodes, without),
        *_modes(stack, services),
    ]


def unmet(constraint: str, node: ClusterNode) -> str | None:
    """Why the node does not meet the constraint; None when it does, or when we cannot tell."""
    parts = _CONSTRAINT.fullmatch(constraint)
    if parts is None:
        return None
    key, operator, value = parts.groups()
    has = _facts(node).get(key, node.labels.get(key.removeprefix("labels."), "") if key.startswith("labels.") else None)
    if has is None or (has == value) == (operator == "=="):
        return None
    name = key.removeprefix("labels.")
    if key.startswith("labels."):
        return f"has not the label {name}={value}" if operator == "==" else f"has the label {name}={value}"
    return f"is {has} ({constraint})"


def may_run(constraints: Sequence[str], node: ClusterNode) -> bool:
    return not any(unmet(constraint, node) for constraint in constraints)


def constraints(service: Stack) -> list[str]:
    """Those of a service of a stack."""
    found: list[str] = service["deploy"].get("placement", {}).get("constraints", [])
    return found


def _facts(node: ClusterNode) -> dict[str, str]:
    return {"hostname": node.name, "id": node.id, "role": node.role, "platform.arch": node.arch}


def _nodes(labels: Labels, nodes: Sequence[ClusterNode], without: Collection[str]) -> Iterator[str]:
    for name, wanted in labels.nodes.items():
        same = [node for node in nodes if node.name == name]
        if not wanted.run:
            continue
        if not same:
            near = difflib.get_close_matches(name, [node.name for node in nodes], n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(node.name for node in nodes)}"
            yield f"{name}: the cluster has no such node ({hint}); mend labels.yml, or: nanoswarm cluster join"
        elif len(same) > 1:
            yield f"{name}: {len(same)} nodes are called so; give each a host name of its own, and remove old ones"
        else:
            yield from _node(same[0], without)


def _node(node: ClusterNode, without: Collection[str]) -> Iterator[str]:
    if not node.ready and node.name not in without:
        state = node.state if node.state != "ready" else {"drain": "drained", "pause": "paused"}[node.availability]
        start = "start it" if node.state != "ready" else f"docker node update --availability active {node.name}"
        yield f"{node.name}: is {state}; {start}, or deploy while it is away: --without {node.name}"
    yield from (f"{node.name}: {why}" for why in unfit(node.arch, node.engine))


def _placement(stack: Stack, labels: Labels, nodes: Sequence[ClusterNode], without: Collection[str]) -> Iterator[str]:
    for word, service in stack["services"].items():
        for node in nodes:
            why_not = [why for constraint in constraints(service) if (why := unmet(constraint, node))]
            if word in _run(labels, node.name) and why_not:
                yield f"{word} cannot run on {node.name}: it {', and '.join(why_not)}; {_APPLY}"
            elif word not in _run(labels, node.name) and not why_not:
                yield f"{word} would run on {node.name} too, which labels.yml does not say; {_APPLY}"
        away = [name for name in labels.running(word) if name in without]
        if service["deploy"].get("mode") != "global" and away:
            yield f"{word} runs on {away[0]} alone, so --without {away[0]} leaves none; move it in labels.yml"


def _run(labels: Labels, name: str) -> tuple[str, ...]:
    return labels.nodes[name].run if name in labels.nodes else ()


def _modes(stack: Stack, services: Sequence[Service]) -> Iterator[str]:
    for there in services:
        wanted = stack["services"].get(there.name)
        if wanted is not None and (wanted["deploy"].get("mode") == "global") != there.is_global:
            yield f"{there.name}: Swarm cannot change a service's mode; remove it first: docker service rm room_{there.name}"
