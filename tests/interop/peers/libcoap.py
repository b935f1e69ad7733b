"""libcoap's client, a process per request."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nanoservices import payload, wire
from tests.interop.peers import programs
from tests.interop.peers.programs import LIBCOAP, Answer, required
from tests.interop.peers.watching import Watching

BUDGET_S = 10
_WHOLE = "3"  # what it receives in blocks is printed once it is whole


def _client() -> str:
    return required("coap-client-notls", LIBCOAP)


def ask(uri: str, *options: str) -> Answer:
    """It exits 0 on 4.xx and prints code and diagnostic payload on stderr; of a success it does not tell the code."""
    done = programs.run([_client(), "-B", str(BUDGET_S), *options, uri])
    said = done.stderr.decode().strip()
    code, _, diagnostic = said.partition(" ")
    if not said:
        return Answer(done.stdout.removesuffix(b"\n"), "2.xx")
    assert code[:1] in "45" and code[1:2] == ".", f"coap-client {' '.join(options)} {uri}: {said}"
    return Answer(diagnostic.encode(), code)


def ask_row(row: wire.Resource, uri: str, message: Any = None) -> Answer:
    sent = programs.body(row, message)
    given = [] if sent is None else ["-t", str(programs.JSON), "-e", sent.replace("%", "%25")]
    return ask(f"{uri}/{row.path}", "-m", row.method.lower(), *given, *query(row, message))


def query(row: wire.Resource, message: Any) -> list[str]:
    """As options: of a query in the URI it drops what is beyond some 100 bytes."""
    asked = {} if message is None or row.method != "GET" else payload.plain(message)
    return [word for name, value in asked.items() for word in ("-O", f"15,{name}={value}")]


@contextmanager
def observe(uri: str) -> Iterator[Watching]:
    """What it prints of an observation, line by line; stdbuf makes it print at once."""
    command = ["stdbuf", "-o0", _client(), "-L", _WHOLE, "-B", "30", "-s", "30", "-w", uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield Watching(process, uri)
        finally:
            process.terminate()
