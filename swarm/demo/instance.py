"""One service process of the demo, started again when it dies, as Swarm would. None is ever left behind."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nanoservices import clock

RESTART_S = 0.3
GRACE_S = 3.0
EXIT_SETTINGS = 2
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Instance:
    """`deaths` holds the exit code of every time it ended without having been told to."""

    word: str
    node: str
    port: int
    http_port: int
    environment: dict[str, str]
    log: Path
    died: Callable[["Instance"], None] = lambda instance: None
    spawned: Callable[["Instance"], None] = lambda instance: None
    deaths: list[int] = field(default_factory=list)
    spawned_at: float | None = None
    _process: asyncio.subprocess.Process | None = None
    _keeper: "asyncio.Task[None] | None" = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return f"{self.word}@{self.node}"

    @property
    def uri(self) -> str:
        return f"coap://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self._stopping.is_set():
            await self._spawn()
            self.spawned(self)
            assert self._process is not None
            code = await self._process.wait()
            if self._stopping.is_set():
                return
            self.deaths.append(code)
            self.died(self)
            await asyncio.sleep(RESTART_S)

    async def _spawn(self) -> None:
        parent = os.getpid()
        with self.log.open("ab") as log:
            self.spawned_at = self.spawned_at or clock.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"nanoservices.{self.word}"),
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we tell them
                preexec_fn=lambda: _die_with(parent),
            )

    async def stop(self) -> None:
        """SIGTERM; SIGKILL for one that does not go."""
        self._stopping.set()
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), GRACE_S)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)  # one that was just being spawned is ended by it

    def check(self) -> None:
        """Raise what has kept it from being started, if something has."""
        if self._keeper is not None and self._keeper.done():
            self._keeper.result()

    def rss_mb(self) -> float | None:
        """Its resident memory now, in MB of 10^6 bytes."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return None
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)

    def last_lines(self, most: int = 6) -> list[str]:
        try:
            return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-most:]
        except OSError:
            return []


def _die_with(parent: int) -> None:
    """In the child: the kernel kills it when we die, however we die."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # we died in between
        os._exit(1)
