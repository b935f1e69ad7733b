"""What is known of the lab that runs on this machine: at most one, and only root's."""

import dataclasses
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swarm.errors import LabError
from swarm.lab.plan import RUN, LabNode, Plan
from swarm.lab.processes import Started

_STATE = RUN / "state.json"


@dataclasses.dataclass
class State:
    """Written before anything is made, and again after each process: what a crash leaves can be taken down."""

    plan: Plan
    labels: Path  # the place that it was built from
    engine: str = "dockerd"  # the program that the nodes run
    context: Path | None = None  # the file that tells other commands of the lab
    processes: list[Started] = dataclasses.field(default_factory=list)
    complete: bool = False

    def started(self, process: Started) -> None:
        self.processes.append(process)
        self.save()

    def the(self, name: str) -> Started:
        """The last one that was started under that name."""
        return next(process for process in reversed(self.processes) if process.name == name)

    def save(self) -> None:
        RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = _STATE.with_suffix(".new")
        fresh.write_text(json.dumps(dataclasses.asdict(self), default=str, indent=1) + "\n")
        fresh.replace(_STATE)


def load() -> State | None:
    """The lab that is there, whole or half; None without one. LabError when its file says nothing that can be understood."""
    try:
        told = json.loads(_STATE.read_text())
        plan = told["plan"]
        nodes = tuple(LabNode(**node) for node in plan["nodes"])
        rest = {name: plan[name] for name in ("bridge", "gateway", "subnet", "registry_port")}
        manager = next(node for node in nodes if node.name == plan["manager"]["name"])
        context = None if told["context"] is None else Path(told["context"])
        labels = Path(told["labels"])
        started = [Started(**each) for each in told["processes"]]
        return State(Plan(nodes, manager, **rest), labels, told.get("engine", "dockerd"), context, started, told["complete"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise LabError(f"{_STATE} cannot be read ({error!r}); if a lab ran, reboot, or remove what `ip netns` lists") from None


@contextmanager
def claimed() -> Iterator[None]:
    """One `lab up` or `lab down` at a time."""
    path = RUN.with_suffix(".lock")
    try:
        RUN.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+")
    except OSError as error:
        raise LabError(
            f"a lab is root's to build: {error.strerror}: {error.filename}; run: sudo $(which nanoswarm) lab ..."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not path.exists() or path.stat().st_ino != os.fstat(lock.fileno()).st_ino:
                raise BlockingIOError  # it was removed between opening and locking
        except BlockingIOError:
            raise LabError("another `nanoswarm lab` is at work on this machine; wait for it") from None
        try:
            yield
        finally:
            path.unlink()
