"""npm's coap-cli as the published prototype used it: a process of its own for every request."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nanoservices import wire
from tests.interop.peers import programs
from tests.interop.peers.programs import COAP_CLI, Answer, required
from tests.interop.peers.watching import Watching

_CODE = re.compile(rb"\((\d\.\d\d)\)")


def _client() -> list[str]:
    return [required("node", "apt-get install nodejs npm"), required(COAP_CLI, "make tools")]


def ask(method: str, uri: str, sent: str | None = None, *options: str) -> Answer:
    """It exits 0 whatever the answer; the code is on stderr, between escape sequences."""
    given = () if sent is None else ("-p", sent)
    done = programs.run([*_client(), method.lower(), *options, *given, uri])
    codes = _CODE.findall(done.stderr)
    assert codes, f"coap {method} {uri}: no answer: {done.stderr.decode()}{done.stdout.decode()}"
    return Answer(done.stdout.removesuffix(b"\n"), codes[-1].decode())


def ask_row(row: wire.Resource, uri: str, message: Any = None) -> Answer:
    return ask(row.method, programs.address(row, uri, message), programs.body(row, message))


@contextmanager
def observe(uri: str) -> Iterator[Watching]:
    command = [*_client(), "get", "-q", "-o", uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield Watching(process, uri)
        finally:
            process.terminate()
