"""The way to the GPIO daemon of this node's host, for the devices that use gpiozero's pigpio client.

pigpio's client waits for ever for a daemon that hangs, and its thread spins on a connection that has ended, with the last
value in its hand and no error. So it is given sockets that do neither, and that may be Unix sockets as well.
"""

import asyncio
import atexit
import socket
import threading
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from types import SimpleNamespace
from typing import Any

from nanoservices.errors import Unavailable

REACH_S = 3.0
ANSWER_S = 1.0  # a daemon on this host answers in 0.1 ms
BEAT_S = 0.5  # with ANSWER_S, what hangs is noticed within 1.5 s; what died, at once
_COMMAND_BYTES = 16


class Line:
    """What pigpio uses of a socket. `broken` says why it cannot be used any more; it never mends.

    Once it is closed, whatever is still written goes nowhere and is answered with noughts: so devices of gpiozero let go of
    a daemon that is gone without a word.
    """

    def __init__(self, host: str, port: int):
        self.broken: str | None = None
        self._is_closed = False
        self.when_broken: Callable[[], object] = lambda: None
        if host.startswith("/"):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(REACH_S)
            try:
                self._socket.connect(host)
            except OSError:
                self._socket.close()
                raise
        else:
            self._socket = socket.create_connection((host, port), REACH_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(ANSWER_S)

    def setsockopt(self, *_option: int) -> None:
        """Has been set, where it means anything."""

    def send(self, data: bytes) -> int:
        if self._is_closed:
            return len(data)
        self._whole()
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._broken(f"it cannot be reached any more ({error})") from None
        return len(data)

    sendall = send

    def recv(self, most: int) -> bytes:
        """A command's whole answer; or, for the thread that asks for more, what there is of notifications."""
        if most != _COMMAND_BYTES:
            return self._notifications(most)
        if self._is_closed:
            return bytes(_COMMAND_BYTES)
        self._whole()
        return self._answer()

    def _answer(self) -> bytes:
        data = b""
        while len(data) < _COMMAND_BYTES:
            try:
                part = self._socket.recv(_COMMAND_BYTES - len(data))
            except TimeoutError:
                raise self._broken(f"it has not answered for {ANSWER_S:g} s") from None
            except OSError as error:
                raise self._broken(f"it cannot be reached any more ({error})") from None
            if not part:
                raise self._broken("it has ended")
            data += part
        return data

    def _notifications(self, most: int) -> bytes:
        try:
            self._socket.settimeout(None)
            data = self._socket.recv(most)
        except OSError:
            data = b""
        if not data:
            self._broken("it has ended")
            threading.current_thread().go = False  # type: ignore[attr-defined]  # pigpio's own thread, which would spin
        return data

    def _whole(self) -> None:
        if self.broken is not None:
            raise ConnectionError(f"the GPIO daemon is lost: {self.broken}")

    def _broken(self, why: str) -> ConnectionError:
        if self.broken is None:
            self.broken = why
            self.when_broken()
        return ConnectionError(f"the GPIO daemon is lost: {why}")

    def close(self) -> None:
        self.broken = self.broken or "it was closed"
        self._is_closed = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes pigpio's thread
        self._socket.close()


class Connection:
    """gpiozero's `factory`, and how it is."""

    def __init__(self, where: str, factory: Any, lines: list[Line]):
        self.factory = factory
        self._pi = factory.connection
        self._where = where
        self._lines = lines

    async def until_lost(self) -> str:
        """Watch the daemon until it is dead or hangs; why."""
        loop = asyncio.get_running_loop()
        lost = asyncio.Event()
        for line in self._lines:
            line.when_broken = lambda: loop.call_soon_threadsafe(lost.set)
        while self.why is None:
            with suppress(OSError):
                await asyncio.to_thread(self._pi.read_bank_1)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await lost.wait()
        return self.why

    @property
    def why(self) -> str | None:
        broken = next((line.broken for line in self._lines if line.broken is not None), None)
        return None if broken is None else f"the GPIO daemon at {self._where} is lost: {broken}"

    def close(self) -> None:
        """Also of a daemon that is gone."""
        for line in self._lines:
            line.close()
        with suppress(Exception):  # what it says to nobody
            self._pi.stop()
        atexit.unregister(self._pi.stop)


def release(connection: Connection | None, *held: Any) -> None:
    """Let go of devices and their factory, in this order, whatever state they are in."""
    if connection is not None and connection.why is not None:
        connection.close()
    for thing in held:
        if thing is not None:
            with suppress(Exception):  # the daemon may be gone this moment
                thing.close()
    if connection is not None:
        connection.close()


async def connect(host: str, port: int) -> Connection:
    """The way to the daemon at `host`, which is a name or the path of a Unix socket. Unavailable says what to look at."""
    where = host if host.startswith("/") else f"{host}:{port}"
    try:
        return await asyncio.to_thread(_connected, where, host, port)
    except (OSError, UnicodeError) as error:  # TimeoutError is one of the first; a host that is no name of the second
        why = str(error) or "no answer"
        raise Unavailable(f"the GPIO daemon at {where} does not answer ({why}); is pigpiod running?") from None
    except Exception as error:  # what gpiozero and pigpio raise has no nearer ancestor
        raise Unavailable(f"the GPIO daemon at {where} cannot be used: {error}") from None


def _connected(where: str, host: str, port: int) -> Connection:
    Line(host, port).close()  # pigpio prints a page when it cannot connect, and raises nothing
    import pigpio
    from gpiozero.pins.pigpio import PiGPIOFactory

    lines: list[Line] = []

    def create_connection(address: tuple[str, int], _timeout: float | None) -> Line:
        lines.append(Line(*address))
        return lines[-1]

    pigpio.socket = SimpleNamespace(
        create_connection=create_connection,
        error=OSError,
        IPPROTO_TCP=socket.IPPROTO_TCP,
        TCP_NODELAY=socket.TCP_NODELAY,
    )
    try:
        with redirect_stdout(None):  # for the same page
            return Connection(where, PiGPIOFactory(host, port), lines)
    except BaseException:
        for line in lines:
            line.close()
        raise
