"""Host names to addresses, with our own bound: an absent Swarm service can block getaddrinfo for 5 s and its threads.

Look-ups have threads of their own, one look-up per name at a time; an answer is kept for a few seconds, and an older
one serves while the resolver is silent.
"""

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable
from typing import Any

KEEP_S = 5.0
_THREADS = 4


class Names:
    def __init__(self) -> None:
        self._known: dict[str, tuple[float, str]] = {}
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._threads = asyncio.Semaphore(_THREADS)

    async def address(self, host: str, wait_s: float = 1.0) -> str:
        """The IPv4 address of `host`. OSError when it has none, or none could be had within `wait_s`."""
        if _is_address(host):
            return host
        loop = asyncio.get_running_loop()
        until, address = self._known.get(host, (0.0, ""))
        if loop.time() < until:
            return address
        try:
            async with asyncio.timeout(wait_s):
                return await asyncio.shield(self._look_up(host))
        except OSError:  # TimeoutError is one too
            if address:
                return address
            raise OSError(f"the name {host} has no address here") from None

    def _look_up(self, host: str) -> "asyncio.Future[str]":
        if host not in self._asked:
            self._asked[host] = asyncio.ensure_future(self._resolve(host))
            self._asked[host].add_done_callback(lambda done: self._answered(host, done))
        return self._asked[host]

    async def _resolve(self, host: str) -> str:
        try:
            async with self._threads:
                found = await _in_thread(lambda: socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM))
        except UnicodeError as error:  # an empty label, or one above 63 letters
            raise OSError(f"{host} is not a name: {error}") from None
        return str(found[0][4][0])

    def _answered(self, host: str, done: "asyncio.Future[str]") -> None:
        self._asked.pop(host, None)
        if not done.cancelled() and done.exception() is None:
            self._known[host] = (done.get_loop().time() + KEEP_S, done.result())

    def close(self) -> None:
        for asked in self._asked.values():
            asked.cancel()


def _in_thread(call: Callable[[], Any]) -> "asyncio.Future[Any]":
    """`call` in a thread that nobody waits for: the interpreter's end waits for an executor's, and a resolver may take 5 s."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(act: Callable[[Any], None], what: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            loop.call_soon_threadsafe(lambda: None if future.done() else act(what))

    def work() -> None:
        try:
            found = call()
        except Exception as error:
            settle(future.set_exception, error)
        else:
            settle(future.set_result, found)

    threading.Thread(target=work, name="names", daemon=True).start()
    return future


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
