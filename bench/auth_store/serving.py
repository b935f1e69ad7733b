"""A real auth process, asked over REST and CoAP as its peers ask it."""

import asyncio
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nanoservices import wire
from nanoservices.coap import Endpoint
from swarm.demo.supervisor import free_ports

ROOT = Path(__file__).parents[2]
TOKEN, CREDENTIAL, SEAL_KEY = "an-admin-token-of-this-run", "a-credential-of-this-run", "5ea1" * 12
PLACE = {"nodes": {}, "zones": ["entrance", "room-1"], "rooms": {"room-1": {"zone": "room-1", "route": ["entrance", "room-1"]}}}
_START_S = 20


@dataclass
class Auth:
    """`data` is its folder; `database` the address of a server, if it is to use one; `more` of its environment."""

    data: Path
    database: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.http_port, self.coap_port = free_ports("tcp", 1)[0], free_ports("udp", 1)[0]
        self.log = self.data.parent / f"{self.data.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"coap://127.0.0.1:{self.coap_port}"

    def start(self, *, wait: bool = True) -> None:
        place = self.data.parent / "place.json"
        place.write_text(json.dumps(PLACE))
        told = {
            "NANO_NODE": "server-1", "NANO_PLACE": place, "NANO_BIND": "127.0.0.1", "NANO_PORT": self.coap_port,
            "NANO_CONTROLLER": "coap://127.0.0.1:9", "NANO_DATA": self.data, "NANO_HTTP_BIND": "127.0.0.1",
            "NANO_HTTP_PORT": self.http_port, "NANO_ADMIN_TOKEN": TOKEN, "NANO_ROOM_CREDENTIAL": CREDENTIAL,
            "NANO_SEAL_KEY": SEAL_KEY, **({"NANO_DATABASE": self.database} if self.database else {}), **self.more,
        }  # fmt: skip
        own = {name: value for name, value in os.environ.items() if not name.startswith("NANO_")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nanoservices.auth"], stdout=log, stderr=log, cwd=ROOT,
                env={**own, **{name: str(value) for name, value in told.items()}},
            )  # fmt: skip
        if wait:
            self.until_serving()

    def until_serving(self) -> None:
        until = time.monotonic() + _START_S
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.rest("GET", "/meetings")[0] == 200:
                    return
            if self._process is None or self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"auth does not serve: {self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def rss_mb(self) -> float:
        assert self._process is not None
        (kilobytes,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{self._process.pid}/status").read_text())
        return round(int(kilobytes) / 1024, 1)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Its exit code."""
        self._end(signal.SIGTERM)
        return -1 if self._process is None else int(self._process.returncode)

    def _end(self, signum: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signum)
            self._process.wait(20)

    def rest(self, method: str, path: str, body: Any = None, timeout_s: float = 10) -> tuple[int, Any, Mapping[str, str]]:
        """Status, what it says, and its headers (in small letters)."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        if data is not None:
            headers["Content-Type"] = "text/plain" if isinstance(body, bytes) else "application/json"
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=timeout_s)) as connection:
            connection.request(method, f"/api/v1{path}", data, headers)
            answer = connection.getresponse()
            said = answer.read()
            told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, json.loads(said) if "json" in told.get("content-type", "") else said, told

    def visits(self) -> set[str]:
        """The ids of all that are in the event log."""
        ids: set[str] = set()
        after = 0
        while rows := self.rest("GET", f"/visits?limit=500&after={after}")[1]["visits"]:
            ids |= {row["visit"]["id"] for row in rows}
            after = rows[-1]["number"]
        return ids

    def ask(self, row: wire.Resource, message: Any = None) -> Any:
        return asyncio.run(self._ask(row, message))

    async def _ask(self, row: wire.Resource, message: Any) -> Any:
        async with endpoint() as made:
            return await made.call(row, self.uri, message, peer="auth")


@contextlib.asynccontextmanager
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    await made.open("127.0.0.2", free_ports("udp", 1)[0], {})  # never on the port of an auth that is still to start
    try:
        yield made
    finally:
        await made.close()


@contextlib.contextmanager
def serving(data: Path, database: str | None = None, **more: str) -> Iterator[Auth]:
    made = Auth(data, database, more)
    try:
        made.start()
        yield made
    finally:
        made.kill()


def visit(name: str, who: str | None = None) -> wire.VisitReport:
    seen = wire.Visit(name, "entrance", (wire.Step("a", 1.0), wire.Step("out", 2.0)), who, outcome="completed")
    return wire.VisitReport(seen, "clock", "2031-05-06T12:00:00.000+00:00")
