"""labels.yml as it is meant for a cluster: for a lab as `lab up` fitted it, with other addresses and perhaps other nodes."""

from pathlib import Path

from swarm import labels_file
from swarm.context import Context
from swarm.lab import home
from swarm.lab.plan import fitted
from swarm.labels import Labels


def read(path: Path, cluster: Context) -> Labels:
    """LabelsError holds every problem in `path`."""
    return here(labels_file.read(path), cluster)


def here(found: Labels, cluster: Context) -> Labels:
    """What labels.yml says, as it is meant for that cluster."""
    state = home.load() if cluster.simulated else None
    return found if state is None else fitted(found, len(state.plan.nodes))
