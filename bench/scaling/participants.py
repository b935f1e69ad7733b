"""auth, a real process on SQLite, with ever more participants: to bring them, and to say whose a key is."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.auth_store.serving import Auth, endpoint, serving
from nanoservices import wire

ROWS = 2000  # of one import
WARM = 10


@dataclass(frozen=True)
class Found:
    """`took_ms`: to tell whose a key is, over CoAP; `bring_s`: to write all of them down, over REST."""

    people: int
    took_ms: list[float]
    bring_s: float
    rss_mb: float


def measure(people: int, questions: int) -> Found:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data") as auth:
        began = time.monotonic()
        for low in range(0, people, ROWS):
            rows = [_person(number) for number in range(low, min(low + ROWS, people))]
            status, said, _ = auth.rest("POST", "/imports", {"participants": rows}, timeout_s=120)
            if status not in (200, 201):
                raise RuntimeError(f"auth takes no import: {status} {said}")
        bring_s = time.monotonic() - began
        took = asyncio.run(_asked(auth, people, questions))
        return Found(people, took, bring_s, _rss_mb(auth))


def _person(number: int) -> dict[str, object]:
    return {"id": f"p{number}", "name": f"Person {number}", "credentials": [{"kind": "static", "key": f"mac:{number:012x}"}]}


async def _asked(auth: Auth, people: int, questions: int) -> list[float]:
    """Milliseconds of each, one after the other. RuntimeError for a wrong answer."""
    took = []
    async with endpoint() as sender:
        for number in range(WARM + questions):
            who = number * 7919 % people
            sighting = wire.Sighting(f"mac:{who:012x}", -50, 0.0)
            message = wire.Recognition(f"r{number}", f"s{number}", "entrance", (sighting,))
            began = time.perf_counter()
            told = await sender.call(wire.RECOGNISE, auth.uri, message, peer="auth")
            if number >= WARM:
                took.append((time.perf_counter() - began) * 1000)
            if told.answers[0].participant != f"p{who}":
                raise RuntimeError(f"p{who}'s key is taken for {told.answers[0].participant}'s: {told.answers[0].reason}")
    return took


def _rss_mb(auth: Auth) -> float:
    assert auth._process is not None
    for line in Path(f"/proc/{auth._process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
