"""The double of the GPIO daemon in a thread of its own, as gpiozero waits for its answers in whichever thread asks."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from swarm.doubles.pigpiod import Pigpiod


class GpioHost:
    def __init__(self, socket: Path, taken: frozenset[int] = frozenset()):
        self.socket = socket
        self.daemon = Pigpiod(taken)
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="gpio-host", daemon=True)
        self._thread.start()
        assert self._up.wait(5)
        self._begin()

    async def _live(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._up.set()
        await self._end.wait()

    def _begin(self) -> None:
        self.port = self._run(self.daemon.start(self.socket, port=0))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    def drive(self, line: int, level: bool) -> None:
        self._soon(self.daemon.drive, line, level)

    def kill(self) -> None:
        self._run(self.daemon.kill())

    def returns(self) -> None:
        self.daemon = Pigpiod()
        self._begin()

    def close(self) -> None:
        self.kill()
        self._soon(self._end.set)
        self._thread.join(5)

    def _soon(self, call: Callable[..., object], *words: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(call, *words)
