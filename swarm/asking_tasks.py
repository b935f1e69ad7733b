"""Asks tasks from inside, by the engine of the node they run on: no agent, no shell, only the Python that each image has.

What is run there is `swarm/inside.py`, sent as text; it needs nothing but Python's own modules and ends within seconds.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swarm.engine import Engine
from swarm.engine_containers import Container
from swarm.errors import EngineError
from swarm.stack import NAME

PROGRAM = Path(__file__).with_name("inside.py")
AT_ONCE = 16


@dataclass(frozen=True)
class Told:
    """What a task found. `names`: the addresses of each, None where nobody answered; `free`: bytes and share, by folder."""

    service: str
    node: str
    container: str
    names: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    health: Mapping[str, Any] | None = None
    free: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    offset_s: float = 0.0  # its clock less ours
    unsure_s: float = 0.0
    failed: str = ""

    @property
    def why_not(self) -> str:
        """Why it is not ready; empty when it is, or when that cannot be known."""
        if self.failed or self.health is None:
            return self.failed or "it does not answer"
        return (
            "" if self.health.get("ready") else "; ".join(map(str, self.health.get("why_not") or ["it says it is not ready"]))
        )


def ask(engines: Mapping[str, Engine], names: Iterable[str] = ()) -> tuple[list[Told], dict[str, str]]:
    """Every task of the room on these engines, by node, each asked for those names; and why an engine does not answer."""
    silent: dict[str, str] = {}
    found: list[tuple[str, Engine, Container]] = []
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for node, there in zip(engines, pool.map(_containers, engines.values()), strict=True):
            if isinstance(there, EngineError):
                silent[node] = str(there)
            else:
                found += [(node, engines[node], each) for each in there]
        wanted = json.dumps(sorted(names))
        return list(pool.map(lambda each: _ask(each[0], each[1], each[2], wanted), found)), silent


def _containers(engine: Engine) -> list[Container] | EngineError:
    try:
        return [each for each in engine.containers() if each.service.startswith(f"{NAME}_")]
    except EngineError as error:
        return error


def _ask(node: str, engine: Engine, container: Container, names: str) -> Told:
    service, began = container.service.removeprefix(f"{NAME}_"), time.time()
    try:
        code, said = engine.run_inside(container.id, ["python3", "-c", PROGRAM.read_text(encoding="utf-8"), names])
        told = json.loads(said.splitlines()[-1]) if code == 0 else {}
    except (EngineError, ValueError, IndexError) as error:
        return Told(service, node, container.id, failed=f"it cannot be asked: {error}")
    if code != 0:
        return Told(service, node, container.id, failed=f"asking it ended with {code}: {said.strip()[-200:]}")
    unsure = (time.time() - began) / 2
    free = {folder: (int(free[0]), float(free[1])) for folder, free in told["free"].items()}
    offset = told["time"] - told["took_s"] / 2 - (began + unsure)
    return Told(service, node, container.id, told["names"], told["health"], free, offset, unsure)
