"""txThings 0.3.0, the prototype's own library, kept at work in its own process."""

import base64
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import urlsplit

from nanoservices import payload, wire
from tests.interop.peers import programs
from tests.interop.peers.calling import serving
from tests.interop.peers.programs import HERE, Answer
from tests.interop.peers.watching import Watching

PYTHON = [sys.executable, "-W", "ignore"]  # its sources warn when they are compiled


class Client:
    """One request at a time; `next_of` waits for what an observation tells."""

    def __init__(self, process: "subprocess.Popen[bytes]"):
        self._process = process
        self._told = Watching(process, "txThings")
        self._numbers = itertools.count(1)

    def ask(self, method: str, uri: str, path: str, query: list[str], sent: str = "") -> Answer:
        return self.next_of(self._send(method, uri, path, query, sent, observe=False))

    def ask_row(self, row: wire.Resource, uri: str, message: Any = None) -> Answer:
        asked = payload.plain(message) if message is not None and row.method == "GET" else {}
        query = [f"{name}={value}" for name, value in asked.items()]
        return self.ask(row.method, uri, row.path, query, programs.body(row, message) or "")

    def observe(self, row: wire.Resource, uri: str) -> int:
        """The number that its notifications have."""
        return self._send("GET", uri, row.path, [], "", observe=True)

    def next_of(self, number: int) -> Answer:
        told = self._told.until(lambda told: told["id"] == number)
        assert told["code"], f"txThings gave up: {told['why']}"
        return Answer(base64.b64decode(told["body"]), told["code"])

    def _send(self, method: str, uri: str, path: str, query: list[str], sent: str, observe: bool) -> int:
        number = next(self._numbers)
        asked = {"method": method, "port": urlsplit(uri).port, "path": path.split("/"), "query": query}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, **asked, "payload": sent, "observe": observe}).encode() + b"\n")
        self._process.stdin.flush()
        return number


@contextmanager
def client() -> Iterator[Client]:
    command = [*PYTHON, str(HERE / "txthings_client.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Client(process)
        finally:
            process.terminate()


def server() -> AbstractContextManager[str]:
    return serving(lambda port: [*PYTHON, str(HERE / "txthings_server.py"), str(port)])
