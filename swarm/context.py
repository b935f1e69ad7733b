"""Which cluster a command speaks to: `lab up` and `cluster init` write it down, every command reads it."""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from swarm.errors import InputError

PATH = Path(".nanoswarm/context")


@dataclass(frozen=True)
class Context:
    """`manager` and `nodes` (by name): Docker engines as URLs. `registry`: host:port of the cluster's own, if it has one.

    `simulated`: the nodes are a lab's, without hardware.
    """

    manager: str
    nodes: dict[str, str] = field(default_factory=dict)
    registry: str | None = None
    simulated: bool = False


def save(path: Path, context: Context) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(dataclasses.asdict(context), indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def load(path: Path = PATH, environment: Mapping[str, str] = os.environ) -> Context:
    """The cluster of this folder, else DOCKER_HOST's. InputError when there is neither."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        nodes = {str(name): str(url) for name, url in told["nodes"].items()}
        return Context(str(told["manager"]), nodes, told["registry"], told.get("simulated", False) is True)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError([f"{path}: cannot be understood ({error!r}); remove it, then: nanoswarm cluster init"]) from None
    if host := environment.get("DOCKER_HOST"):
        return Context(host)
    raise InputError(
        ["no cluster is known here; make one with `nanoswarm lab up` or `nanoswarm cluster init`, or set DOCKER_HOST"]
    )


def forget(path: Path, manager: str) -> None:
    """Remove the context if it is still that manager's."""
    try:
        if load(path, {}).manager == manager:
            path.unlink(missing_ok=True)
    except InputError:
        pass
