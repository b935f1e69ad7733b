"""One service on the first so many nodes of a cluster, begun by one request: when each answers, and what it costs."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.coap.running import Process
from bench.swarm import deploys, stacks
from bench.swarm.site import Site
from bench.swarm.workshop import Events
from nanoservices import clock
from swarm.errors import EngineError
from swarm.lab import processes

WORD, LABEL = "controller", "nano-bench"
IDLE_S = 5.0
_ENGINES = ("dockerd", "containerd")
_HERTZ = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Begun:
    """Seconds from the request until each task's container had started, and until each answered, in the order in which they
    did. Of a lab, whose nodes are all here: processor time of the whole machine until then less what it takes when nothing
    happens, and of that the manager's engine's. Else nothing of that is known."""

    started_s: list[float]
    answered_s: list[float]
    cpu_s: float | None = None
    manager_s: float | None = None


class Nodes:
    """The cluster's, the manager first, with a prober on each; `specs` by kind, ours and the floor."""

    def __init__(self, site: Site):
        self._site = site
        self._ids = {node.name: node.id for node in site.engine.nodes()}
        manager = next(name for name, url in site.cluster.nodes.items() if url == site.cluster.manager)
        self._names = [manager, *sorted(set(site.nodes) - {manager})]
        self._manager = Manager(manager) if site.cluster.simulated else None
        spec = site.engine.spec(f"{stacks.NAME}_{WORD}")
        self.specs = {"ours": labelled(spec), "floor": labelled(stacks.floor_spec(spec, site.floor))}
        self.idle = 0.0

    def __len__(self) -> int:
        return len(self._names)

    @contextmanager
    def first(self, count: int) -> Iterator[None]:
        """The tasks go to these until the end of the block."""
        chosen = [self._ids[name] for name in self._names[:count]]
        try:
            for node in chosen:
                self._site.engine.relabel(node, {LABEL: "true"}, ())
            yield
        finally:
            for node in chosen:
                self._site.engine.relabel(node, {}, [LABEL])

    def rest(self) -> None:
        """Learn what the machine does when nothing happens."""
        began, busy = time.monotonic(), _busy_s()
        time.sleep(IDLE_S)
        self.idle = (_busy_s() - busy) / (time.monotonic() - began)

    def begin(self, kind: str, count: int) -> Begun:
        """On so many, which `first` has chosen. What was begun is gone afterwards."""
        events = Events(self._site.engines)
        service = ""
        try:
            busy, manager = _busy_s(), self._manager.cpu_s() if self._manager else 0.0
            began = clock.monotonic()
            service = self._site.engine.create(self.specs[kind])
            started, answered = self._all_there(events, self.specs[kind]["Name"], count, began)
            if self._manager is None:
                return Begun(started, answered)
            cpu_s = _busy_s() - busy - self.idle * (clock.monotonic() - began)
            return Begun(started, answered, max(0.0, cpu_s), self._manager.cpu_s() - manager)
        finally:
            if service:
                self._gone(events, service, count)
            events.close()

    def _all_there(self, events: Events, name: str, count: int, began: float) -> tuple[list[float], list[float]]:
        started: dict[str, float] = {}
        with ThreadPoolExecutor(count) as pool:
            answers = []
            for event in events.until(began + deploys.WITHIN_S):
                if event.action != "start" or event.service != name or event.task in started:
                    continue
                started[event.task] = event.at - began
                answers.append(pool.submit(deploys.first_answer, self._site, event.node, event.task, began))
                if len(started) == count:
                    return sorted(started.values()), sorted(answer.result() for answer in answers)
        raise EngineError(f"only {len(started)} of {count} tasks have started within {deploys.WITHIN_S:g} s")

    def _gone(self, events: Events, service: str, count: int) -> None:
        self._site.engine.remove_service(service)
        left = count
        for event in events.until(clock.monotonic() + deploys.WITHIN_S):
            left -= event.action == "destroy"
            if left == 0:
                return


class Manager:
    """The engine of a lab's node; the programs that it starts are not in it."""

    def __init__(self, node: str):
        found = [process.pid for process in processes.ours(node)]
        self._engines = [Process(pid) for pid in found if Path(f"/proc/{pid}/comm").read_text().strip() in _ENGINES]

    def cpu_s(self) -> float:
        return sum(process.cpu_ns() for process in self._engines) / 1e9


def labelled(spec: dict[str, Any]) -> dict[str, Any]:
    """One task on each node that has the benchmark's label."""
    template = {**spec["TaskTemplate"], "Placement": {"Constraints": [f"node.labels.{LABEL} == true"]}}
    return {**spec, "TaskTemplate": template, "Mode": {"Global": {}}}


def _busy_s() -> float:
    """Seconds that the machine's processors have worked, less this process's own."""
    user, nice, system, _idle, _iowait, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / _HERTZ - time.process_time()
