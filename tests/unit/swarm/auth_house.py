"""auth's REST as it is, on loopback, and the command line that speaks to it."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from nanoservices import wire
from nanoservices.auth.rest import make_app
from nanoservices.auth.rest_enrolments import EnrolmentResources
from nanoservices.settings import Secret
from nanoservices.web import WebServer
from swarm.__main__ import main
from swarm.auth_rest import Rest
from tests.unit.auth.house import opened

ADMIN = "an-admin-token-0123456789"
ROOMS = ("room-1", "room-2")


class AuthHouse:
    """`run` is the command line; it gives what was printed, and asserts the exit code."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.store = opened(folder / "data")
        self.orders: list[wire.Enrolling] = []
        self.enrolments = EnrolmentResources(self.store, self.orders.append)
        app = make_app(self.store, ROOMS, Secret(ADMIN), time.time, self.enrolments)
        self._server = WebServer(app, "127.0.0.1", 0, threads=2, most_bytes=21_000_000, admit=app.admit)
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.rest = Rest(self.url, Secret(ADMIN))
        self.token = folder / "token"
        self.token.write_text(f"{ADMIN}\n")

    def close(self) -> None:
        asyncio.run(self._server.close())
        self.store.close()

    def invoke(self, *words: str, token: Path | None = None, stdin: str | None = None) -> Result:
        where = {"NANOSWARM_AUTH": self.url, "NANOSWARM_TOKEN_FILE": str(token or self.token)}
        return CliRunner().invoke(main, words, env=where, input=stdin)

    def run(self, *words: str, code: int = 0, **more: Any) -> str:
        done = self.invoke(*words, **more)
        assert done.exit_code == code, done.output
        return done.output

    def told(self, *words: str) -> Any:
        done = self.invoke(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)
