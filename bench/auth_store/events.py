"""Visits reported at a steady rate, as a controller would: which were acknowledged, after how long, and which are there."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.auth_store.serving import Auth, endpoint, visit
from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NanoError

LANES = 6  # endpoints; each has 16 requests under way at most
ACKNOWLEDGED_WITHIN_S = 10.0

_ONE_BY_ONE = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for pragma in ("journal_mode = WAL", "synchronous = FULL"):
    db.execute(f"PRAGMA {pragma}")
db.execute("CREATE TABLE t (n INTEGER)")
until, n = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < until:
    db.execute("INSERT INTO t VALUES (?)", (n,))
    n += 1
print(n)
"""


@dataclass
class Reported:
    asked: int = 0
    seconds: float = 0.0
    took_ms: list[float] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def missing(self, auth: Auth) -> int:
        """Acknowledged, and not in the event log."""
        return len(self.acknowledged - auth.visits())


async def report(auth: Auth, rate: float, seconds: float) -> Reported:
    """Each is sent when it is due, however long others take; all are waited for."""
    found, begun = Reported(), time.monotonic()
    lanes = [endpoint() for _ in range(LANES)]
    opened = [await lane.__aenter__() for lane in lanes]
    tasks = []
    try:
        while (due := found.asked / rate) < seconds:
            await asyncio.sleep(max(0.0, begun + due - time.monotonic()))
            tasks.append(asyncio.create_task(_one(opened[found.asked % LANES], auth, f"e{found.asked}", found)))
            found.asked += 1
        await asyncio.gather(*tasks)
        found.seconds = time.monotonic() - begun
    finally:
        for lane in lanes:
            await lane.__aexit__(None, None, None)
    return found


async def _one(sender: Endpoint, auth: Auth, name: str, found: Reported) -> None:
    """Until it is acknowledged, as the controller does it."""
    begun = time.monotonic()
    while name not in found.acknowledged:
        try:
            await sender.call(wire.REPORT, auth.uri, visit(name), peer="auth")
            found.acknowledged.add(name)
            found.took_ms.append(1000 * (time.monotonic() - begun))
        except NanoError as error:
            found.failures.append(str(error))
            if time.monotonic() - begun > ACKNOWLEDGED_WITHIN_S:
                return
            await asyncio.sleep(0.1)


def one_by_one(folder: Path, seconds: float, environment: Mapping[str, str]) -> float:
    """The floor: commits in a second, one after the other, on the same slow disk."""
    command = [sys.executable, "-c", _ONE_BY_ONE, str(folder / "floor.db"), str(seconds)]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=True)  # noqa: S603
    return int(done.stdout) / seconds
