"""Writes to an auth without pause, and keeps a ledger of what was acknowledged; then looks what is there."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from bench.auth_store.serving import Auth, endpoint, visit
from nanoservices import wire
from nanoservices.errors import NanoError

INVITED = 7  # to each meeting
_AT_ONCE = 12


@dataclass
class Ledger:
    """What was acknowledged, by what it is; and what is not whole when one looks."""

    people: set[str] = field(default_factory=set)
    meetings: set[str] = field(default_factory=set)
    visits: set[str] = field(default_factory=set)
    halves: set[str] = field(default_factory=set)

    def missing_in(self, found: "Ledger") -> set[str]:
        return (self.people - found.people) | (self.meetings - found.meetings) | (self.visits - found.visits)


class Writer:
    """Over REST one by one, over CoAP twelve at once; `prefix` keeps one run's names apart from another's."""

    def __init__(self, auth: Auth, prefix: str):
        self._auth, self._prefix = auth, prefix
        self.done = Ledger()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._over_rest, self._over_coap)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> Ledger:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()
        return self.done

    def until(self, writes: int, within_s: float = 20) -> None:
        until = time.monotonic() + within_s
        while len(self.done.people) + len(self.done.meetings) + len(self.done.visits) < writes:
            assert time.monotonic() < until, (len(self.done.people), len(self.done.visits), self._auth.log.read_text()[-2000:])
            time.sleep(0.005)

    def _over_rest(self) -> None:
        number = 0
        while not self._stop.is_set():
            name = f"{self._prefix}{number}"
            number += 1
            day, minute = divmod(number, 1440)
            starts = f"203{day % 10}-01-{1 + day // 10:02}T{minute // 60:02}:{minute % 60:02}:"
            invited = [f"{self._prefix}{other}" for other in range(max(0, number - INVITED), number)]
            meeting = {"title": name, "room": "room-1", "starts": f"{starts}00Z", "ends": f"{starts}59Z", "invited": invited}
            try:
                if self._auth.rest("PUT", f"/participants/{name}", {"name": name})[0] == 201:
                    self.done.people.add(name)
                if len(invited) == INVITED and self._auth.rest("PUT", f"/meetings/m-{name}", meeting)[0] == 201:
                    self.done.meetings.add(f"m-{name}")
            except Exception:  # killed under our hands, perhaps in the middle of a word
                return

    def _over_coap(self) -> None:
        asyncio.run(self._reports())

    async def _reports(self) -> None:
        async with endpoint() as made:
            await asyncio.gather(*(self._report(made, lane) for lane in range(_AT_ONCE)))

    async def _report(self, made: Any, lane: int) -> None:
        number = 0
        while not self._stop.is_set():
            name = f"{self._prefix}v{lane}-{number}"
            number += 1
            try:
                await asyncio.wait_for(made.call(wire.REPORT, self._auth.uri, visit(name), peer="auth"), 1)
                self.done.visits.add(name)
            except (NanoError, TimeoutError):
                await asyncio.sleep(0.01)


def found(auth: Auth) -> Ledger:
    """What an auth has, as it tells."""
    seen = Ledger()
    seen.people = {row["id"] for row in _pages(auth, "/participants", "participants")}
    for row in _pages(auth, "/meetings", "meetings"):
        seen.meetings.add(row["id"])
        if len(row["invited"]) != INVITED:
            seen.halves.add(row["id"])
    after = 0
    while rows := auth.rest("GET", f"/visits?limit=500&after={after}")[1]["visits"]:
        seen.visits |= {row["visit"]["id"] for row in rows}
        after = rows[-1]["number"]
    return seen


def _pages(auth: Auth, path: str, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        status, page, _ = auth.rest("GET", f"{path}?limit=500{cursor}")
        assert status == 200, page
        rows += page[name]
        if "next" not in page:
            return rows
        cursor = f"&cursor={page['next']}"
