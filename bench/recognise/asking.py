"""Questions to an auth that knows a whole company: how long each takes, and whether the answer is right."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.auth_store.serving import Auth, endpoint
from bench.recognise.company import Company
from nanoservices import wire

ROWS = 2000  # of one import
CHANGE_S = 0.5


def fill(auth: Auth, company: Company) -> None:
    for low in range(0, company.people, ROWS):
        rows = [
            {"id": f"p{n}", "name": f"Person {n}", "credentials": [company.credential(n)]}
            for n in range(low, min(low + ROWS, company.people))
        ]
        _do(auth, "POST", "/imports", {"participants": rows})
    now, hour = datetime.now(UTC), timedelta(hours=1)
    invited = [f"p{n}" for n in range(0, company.people, company.people // 500)]
    times = {"starts": (now - hour).isoformat(), "ends": (now + hour).isoformat()}
    _do(auth, "PUT", "/meetings/all", {"title": "All", "room": "room-1", "invited": invited, **times})


def _do(auth: Auth, method: str, path: str, body: Any) -> None:
    status, said, _ = auth.rest(method, path, body, timeout_s=60)
    if status not in (200, 201):
        raise RuntimeError(f"{method} {path}: {status} {said}")


async def asked(auth: Auth, company: Company, count: int) -> dict[str, list[float]]:
    """Milliseconds by kind. RuntimeError when an answer is wrong."""
    took: dict[str, list[float]] = {}
    async with endpoint() as sender:
        questions = company.questions(time.time())
        for number in range(count):
            if number % 60 == 0:
                questions = company.questions(time.time())  # keys of now
            kind, key, who = next(questions)
            message = wire.Recognition(f"r{number}", f"s{number}", "entrance", (wire.Sighting(key, -50, 0.0),))
            begun = time.perf_counter()
            (answer,) = (await sender.call(wire.RECOGNISE, auth.uri, message, peer="auth")).answers
            took.setdefault(kind, []).append(1000 * (time.perf_counter() - begun))
            if answer.participant != who or answer.reason == "replay":
                raise RuntimeError(f"a key of kind {kind} is taken for {answer.participant or 'a stranger'}'s: {answer.reason}")
    return took


@contextmanager
def changing(auth: Auth) -> Iterator[None]:
    """An admin who adds somebody twice a second."""
    done = threading.Event()

    def change() -> None:
        number = 0
        while not done.wait(CHANGE_S):
            number += 1
            _do(auth, "PUT", f"/participants/new-{number}", {"name": "N"})

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
