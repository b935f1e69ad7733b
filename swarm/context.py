"""Which cluster a command speaks to: `lab up` and `cluster init` write it down, every command reads it."""

import dataclasses
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
        return _understood(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError([f"{path}: cannot be read ({error.strerror}); is it another user's? a lab's is root's"]) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        says = "does not say which cluster this is (half written?); remove it, then as before: nanoswarm cluster init HOST"
        raise InputError([f"{path}: {says}"]) from None
    if host := environment.get("DOCKER_HOST"):
        if not re.fullmatch(r"(unix|ssh|tcp|https?)://\S+", host):
            raise InputError([f"DOCKER_HOST: {host[:100]!r} is no engine's address such as unix:///var/run/docker.sock"])
        return Context(host)
    raise InputError(
        [f"no cluster is known in this folder ({path}): go to the folder where you began it, or begin one with"
         " `nanoswarm lab up` or `nanoswarm cluster init`, or set DOCKER_HOST"]
    )  # fmt: skip


def _understood(told: Any) -> Context:
    texts = [told["manager"], *told["nodes"], *told["nodes"].values(), told["registry"] or "none"]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return Context(told["manager"], dict(told["nodes"]), told["registry"], told.get("simulated", False) is True)


def forget(path: Path, manager: str) -> None:
    """Remove the context if it is still that manager's."""
    try:
        if load(path, {}).manager == manager:
            path.unlink(missing_ok=True)
    except InputError:
        pass
