"""What a restore left that was killed, settled by whichever command comes next, and as often as it takes."""

from collections.abc import Callable

from swarm import backup_pause, backup_switch
from swarm.backup_switch import Switch
from swarm.backup_where import Cluster

At = Callable[[str], None]


def recover(cluster: Cluster, at: At) -> list[str]:
    """Settle what was broken off, and let go on what was stopped for it; sentences of what was done. Under the lock."""
    said = []
    by_unit: dict[str, list[Switch]] = {}
    for switch in backup_switch.under_way(cluster):
        by_unit.setdefault(switch.unit, []).append(switch)
    for unit, switches in by_unit.items():
        at(f"{unit}: settling what was broken off")
        done = backup_switch.settle(switches)
        said.append(f"A restore of {unit} had been broken off; it is {done}.")
    for service in cluster.services.values():
        if backup_pause.is_paused(service):
            backup_pause.resume(cluster.manager, service.name)
            said.append(f"{service.name} had been stopped for it, and runs again.")
    return said
