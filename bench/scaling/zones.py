"""One controller, a real process, and ever more zones: a presence sensor in each announces itself and reports motion.

Its scanner is nobody, so each motion is a scan that fails at once and a visit that is written down: the whole of the
controller's own work, without anybody else's.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bench.coap.running import Process
from nanoservices import clock, wire
from nanoservices.coap import Endpoint
from nanoservices.errors import PeerError
from swarm import slices
from swarm.demo.environment import inherited
from swarm.demo.supervisor import free_ports
from swarm.labels import Labels, Node
from swarm.words import discover

READY_S = 20.0
WARM = 20
BOOT = "bench0000"


@dataclass(frozen=True)
class Found:
    """`took_ms`: until each event was acknowledged; `cpu_ms`: of the controller, per event; `rss_mb`: afterwards."""

    zones: int
    took_ms: list[float]
    cpu_ms: float
    rss_mb: float


async def measure(zones: int, events: int) -> Found:
    """One event after the other, in the zones in turn."""
    labels = place(zones)
    with tempfile.TemporaryDirectory() as folder:
        async with _controller(Path(folder), labels) as (process, endpoint, uri):
            for number in range(zones):
                told = wire.Announcement("presence", f"n{number}", BOOT, True, f"z{number}", f"coap://127.0.0.1:{9}")
                await endpoint.call(wire.ANNOUNCE, uri, told, peer="controller")
            await _report(endpoint, uri, zones, range(1, WARM + 1))
            cpu = process.cpu_ns()
            took = await _report(endpoint, uri, zones, range(WARM + 1, WARM + events + 1))
            return Found(zones, took, (process.cpu_ns() - cpu) / 1e6 / events, process.rss_bytes() / 1e6)


def place(zones: int) -> Labels:
    """So many zones, each with a node of its own, and a server."""
    nodes = {f"n{number}": Node(f"z{number}", ("presence",)) for number in range(zones)}
    return Labels(tuple(f"z{number}" for number in range(zones)), {}, {**nodes, "server-1": Node(run=("controller",))})


async def _report(endpoint: Endpoint, uri: str, zones: int, numbers: range) -> list[float]:
    """Milliseconds until each is acknowledged."""
    took = []
    for number in numbers:
        zone, now = number % zones, clock.monotonic()
        event = wire.PresenceEvent(
            "presence", number, now, f"z{zone}", "occupied" if number // zones % 2 else "empty", number // zones % 2 == 1
        )
        batch = wire.EventBatch(f"presence@n{zone}", BOOT, clock.name(), now, (event,))
        began = time.perf_counter()
        await endpoint.call(wire.EVENTS, uri, batch, peer="controller")
        took.append((time.perf_counter() - began) * 1000)
    return took


@contextlib.asynccontextmanager
async def _controller(folder: Path, labels: Labels) -> AsyncIterator[tuple[Process, Endpoint, str]]:
    port = free_ports("udp", 1)[0]
    (folder / "place.json").write_text(json.dumps(slices.slice_for(discover()["controller"], labels)))
    told = {
        "NANO_NODE": "server-1", "NANO_PLACE": str(folder / "place.json"), "NANO_BIND": "127.0.0.1", "NANO_PORT": str(port),
        "NANO_AUTH": "coap://127.0.0.1:9", "NANO_DATA": str(folder), "NANO_CONTROLLER": f"coap://127.0.0.1:{port}",
    }  # fmt: skip
    environment, uri, endpoint = inherited(os.environ) | told, f"coap://127.0.0.1:{port}", Endpoint()
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "nanoservices.controller"]
        with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:  # noqa: ASYNC220, S603  # once
            try:
                await endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
                await _until_there(endpoint, uri, folder / "log")
                yield Process(process.pid), endpoint, uri
            finally:
                await endpoint.close()
                process.kill()


async def _until_there(endpoint: Endpoint, uri: str, log: Path) -> None:
    until = clock.monotonic() + READY_S
    while True:
        try:
            await endpoint.call(wire.INSTANCES, uri, peer="controller")
            return
        except PeerError:
            if clock.monotonic() > until:
                said = log.read_text()[-600:]  # noqa: ASYNC240  # it is over
                raise RuntimeError(f"the controller does not answer: {said}") from None
