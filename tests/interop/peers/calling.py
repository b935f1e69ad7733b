"""Our own client, for peers that serve: rows made for them, and one endpoint per call."""

import asyncio
import contextlib
import secrets
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanoservices import wire
from nanoservices.coap import Endpoint
from swarm.demo.supervisor import free_ports


@dataclass(frozen=True)
class Note:
    text: str


LARGE_NOTE = Note(secrets.token_hex(10_000))  # 20 kB and a little more


def row(path: str, method: Any, request: Any = None, response: Any = bytes) -> wire.Resource:
    return wire.Resource("peer", path, method, wire.EVERYBODY, request, response, "", "nano.state")


def asking(work: Callable[[Endpoint], Coroutine[Any, Any, Any]]) -> Any:
    async def asked() -> Any:
        endpoint = Endpoint()
        await endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
        try:
            return await work(endpoint)
        finally:
            await endpoint.close()

    return asyncio.run(asked())


def call(uri: str, asked: wire.Resource, message: Any = None, budget_s: float = 10) -> Any:
    return asking(lambda endpoint: endpoint.call(asked, uri, message, peer="peer", budget_s=budget_s))


@contextlib.contextmanager
def serving(command: Callable[[int], list[str]]) -> Iterator[str]:
    """The address of the server that `command` of a port starts, once it listens. Nothing has been sent to it then."""
    port = free_ports("udp", 1)[0]
    with subprocess.Popen(command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 10
            while f":{port:04X} " not in Path("/proc/net/udp").read_text():
                assert process.poll() is None and time.monotonic() < until, f"{command(port)} does not start"
                time.sleep(0.01)
            yield f"coap://127.0.0.1:{port}"
        finally:
            process.terminate()
