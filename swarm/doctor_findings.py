"""What is wrong with a room, where, and what to do about it. Pure: what was read and heard in, findings out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from swarm.asking_tasks import Told
from swarm.engine import ClusterNode
from swarm.engine_cluster import Facts
from swarm.engine_stack import Service, Task
from swarm.labels_plan import Change
from swarm.stack import NAME
from swarm.stack_watch import Row
from swarm.status import RUNNING

LEAST_FREE_BYTES, LEAST_FREE_SHARE = 300_000_000, 0.05
MOST_OFFSET_S = 1.0
LABELS, NAMES = "labels", "names"


@dataclass(frozen=True)
class Finding:
    """`kind`: what was looked at; `where`: a node, or a service; `fix`: what `--fix` would do, empty when only people can."""

    kind: str
    where: str
    says: str
    do: str
    fix: str = ""

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def nodes(members: Sequence[ClusterNode], silent: Mapping[str, str]) -> Iterator[Finding]:
    """`silent`: engines that did not answer, by node, and why."""
    for name, count in Counter(node.name for node in members).items():
        if count > 1:
            yield Finding(
                "nodes", name, f"{count} nodes are called so", "remove the one that is gone: nanoswarm cluster leave ID"
            )
    for node in members:
        if node.state != "ready":
            gone = f"if it is gone for good: nanoswarm cluster leave {node.name}"
            yield Finding("nodes", node.name, f"it is {node.state}", f"start it and look at its network; {gone}")
        elif node.availability != "active":
            does = f"docker node update --availability active {node.name}"
            yield Finding("nodes", node.name, f"it is set to {node.availability}: nothing new starts there", does)
        elif node.name in silent:
            yield Finding("nodes", node.name, f"its engine does not answer us: {silent[node.name]}", "see docs/cluster.md")


def machines(facts: Mapping[str, Facts], told: Sequence[Told]) -> Iterator[Finding]:
    for name, each in facts.items():
        if not each.limits_memory:
            does = "add `cgroup_enable=memory cgroup_memory=1` to the line in /boot/firmware/cmdline.txt and reboot"
            yield Finding("memory", name, "its kernel does not limit memory: one service can take all of it", does)
    for node in sorted({each.node for each in told}):
        here = [each for each in told if each.node == node and not each.failed]
        yield from _clock(node, here)
        yield from _disk(node, here)


def _clock(node: str, here: Sequence[Told]) -> Iterator[Finding]:
    sure = [abs(each.offset_s) - each.unsure_s for each in here]
    if sure and min(sure) > MOST_OFFSET_S:
        offset = min(here, key=lambda each: each.unsure_s).offset_s
        says = f"its clock is {abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} this machine's"
        yield Finding("clock", node, says, "let both keep time by NTP (timedatectl set-ntp true); rolling keys depend on it")


def _disk(node: str, here: Sequence[Told]) -> Iterator[Finding]:
    free = {amount for each in here for amount in each.free.values()}
    low = min((each for each in free if each[0] < LEAST_FREE_BYTES or each[1] < LEAST_FREE_SHARE), default=None)
    if low is not None:
        says = f"its disk is almost full: {low[0] / 1e6:.0f} MB ({100 * low[1]:.0f} %) are free"
        yield Finding(
            "disk", node, says, "remove what is not needed there: docker image prune --all, journalctl --vacuum-size=50M"
        )


def labels(changes: Sequence[Change]) -> Iterator[Finding]:
    for change in changes:
        says = f"its labels are not what labels.yml says ({str(change).partition(': ')[2]})"
        yield Finding(LABELS, change.node.name, says, "nanoswarm labels apply", fix=f"label {change}")


def deploy(problems: Sequence[str], changes: Sequence[object], missing: Sequence[str], lasting: set[str]) -> Iterator[Finding]:
    """What `stack deploy` says that it would do, or that it cannot."""
    for problem in problems:
        where, _, says = problem.partition(": ")
        does = says.rpartition("; ")[2] if "; " in says else "mend it"
        yield Finding("deploy", where, says.rpartition("; ")[0] or says, does)
    for change in changes:
        says = f"the cluster has not what labels.yml and images.lock say: {change}"
        yield Finding("deploy", "cluster", says, "nanoswarm stack deploy")
    for name in missing:
        has = (
            f"; put the copy that was kept into .nanoswarm/kept/{name} first, what is stored needs it"
            if name in lasting
            else ""
        )
        yield Finding("secrets", "cluster", f"the secret {name} is not there", f"nanoswarm stack deploy makes a new one{has}")


def tasks(rows: Sequence[Row], told: Sequence[Told]) -> Iterator[Finding]:
    """`told` of a task that runs, and is not ready."""
    for row in rows:
        if row.state != RUNNING:
            why = f" ({row.why})" if row.why else ""
            yield Finding(
                "services", row.service, f"on {row.node}: {row.state}{why}", f"docker service logs {NAME}_{row.service}"
            )
    running = {(row.service, row.node) for row in rows if row.state == RUNNING}
    for each in told:
        if each.why_not and (each.service, each.node) in running:
            does = "mend what it names; it notices by itself"
            yield Finding("ready", each.service, f"on {each.node} it is not ready: {each.why_not}", does)


def names(told: Sequence[Told], services: Sequence[Service], tasks: Sequence[Task]) -> Iterator[Finding]:
    """Each service's name, asked on each node, beside the addresses of its tasks that run."""
    ids = {service.id: service.name for service in services}
    true: dict[str, set[str]] = {service.name: set() for service in services}
    for task in tasks:
        if task.service in ids and task.state == RUNNING and task.wanted == RUNNING:
            true[ids[task.service]] |= set(task.addresses)
    seen = set()
    for each in told:
        for name, addresses in each.names.items():
            found = _name(name, each.node, addresses, true.get(name, set()))
            if found is not None and found not in seen:
                seen.add(found)
                yield found


def _name(name: str, node: str, addresses: Sequence[str] | None, true: set[str]) -> Finding | None:
    if addresses is None:
        if not true:
            return None  # nobody here has it, and who was asked further out is silent
        return Finding(NAMES, node, f"asked for {name}, its engine's resolver does not answer", f"restart docker on {node}")
    stale, lacking = sorted(set(addresses) - true), sorted(true - set(addresses))
    if not stale and not lacking:
        return None
    parts = [f"to {', '.join(stale)}, where none of its tasks is"] if stale else []
    parts += [f"not to {', '.join(lacking)}, where a task of it is"] if lacking else []
    force = f"docker service update --force {NAME}_{name}"
    return Finding(NAMES, node, f"the name {name} leads {', and '.join(parts)}", force, fix=f"renew {name}")
