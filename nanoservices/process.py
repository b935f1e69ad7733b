"""One service process, from its settings to its last breath.

    run("presence", PresenceSettings, build)

`build(process)` opens the service's devices and stores and returns its handlers; nothing is served before. Exit codes:
0 asked to stop and stopped, 1 failed while running, 2 settings that cannot be used, 70 hung and ended itself.
"""

import asyncio
import dataclasses
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Generic, TypeVar

from nanoservices import clock, log, wire
from nanoservices.announcing import announce
from nanoservices.boots import boot_name
from nanoservices.coap import Endpoint, Handlers
from nanoservices.errors import NanoError, SettingsError
from nanoservices.log import about
from nanoservices.outbox import Outbox, deliver
from nanoservices.settings import Settings, load

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=Settings)
EXIT_FAILED, EXIT_SETTINGS, EXIT_HUNG = 1, 2, 70
_FINISH_S = 2.0


class Process(Generic[S]):
    """What a service has at hand: its settings, its endpoint, its readiness, and tasks that must not die unnoticed."""

    def __init__(self, word: str, settings: S):
        self.word = word
        self.settings = settings
        self.boot = boot_name(time.time())
        self.clock = clock.name()
        self.zone: str | None = None
        self.endpoint = Endpoint()
        self.problems: dict[str, str] = {}
        self.figures: dict[str, Callable[[], float]] = {"refused_datagrams": lambda: self.endpoint.refused}
        self.readiness_changed = asyncio.Event()
        self.leased_until = float("inf")  # until when the controller believes that this instance is there, at least
        self.when_leased: Callable[[], None] | None = None
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None
        self._started = clock.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closers: list[Callable[[], Awaitable[None]]] = []

    @property
    def name(self) -> str:
        return f"{self.word}@{self.settings.node}"

    def problem(self, about_what: str, text: str | None) -> None:
        """Say why this service cannot do its work now; None once it can again."""
        text = None if text is None else text[:300]  # a wire.Sentence
        if self.problems.get(about_what) == text:
            return
        if text is None:
            self.problems.pop(about_what, None)
        else:
            self.problems[about_what] = text
        self.readiness_changed.set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run `work` beside the rest. When it fails, the process ends and says why: half a service helps nobody."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def deliver(self, outbox: Outbox) -> None:
        """Send what is put into `outbox` to the controller; readiness and figures say what waits."""
        self.figures |= {"outbox": lambda: len(outbox), "dropped": lambda: outbox.dropped}
        state = partial(self.problem, "outbox")
        self.spawn(deliver(outbox, self.endpoint, self.settings.controller, self.name, self.boot, state))

    def at_stop(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Close something when the process stops; the last opened first."""
        self._closers.append(closer)

    def fail(self, error: BaseException) -> None:
        """End the process because of `error`; Swarm starts another."""
        self._failure = self._failure or error
        self._stop.set()

    def stop(self) -> None:
        self._stop.set()

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)

    async def health(self, _message: None, _sender: str) -> wire.Health:
        return wire.Health(
            word=self.word,
            node=self.settings.node,
            boot=self.boot,
            ready=not self.problems,
            uptime_s=round(clock.monotonic() - self._started, 3),
            zone=self.zone,
            why_not=tuple(self.problems.values()),
            figures={name: round(float(figure()), 3) for name, figure in self.figures.items()},
        )

    async def serve(self, handlers: Handlers) -> None:
        missing = set(wire.rows(self.word)) - set(handlers) - {wire.HEALTH}
        if missing:
            raise RuntimeError(f"no handler for {', '.join(f'{row.method} /{row.path}' for row in missing)}")
        await self.endpoint.open(self.settings.bind, self.settings.port, {wire.HEALTH: self.health, **handlers})
        if self.word != "controller":
            self.problem("controller", "not announced to the controller yet")
            self.spawn(announce(self))

    async def until_stopped(self) -> None:
        """Wait for SIGTERM or a failure, then stop in order; a failure is raised."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.stop)
        await self._stop.wait()
        await self.close()
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        for closer in reversed(self._closers):
            try:
                await asyncio.wait_for(closer(), _FINISH_S)
            except Exception as error:  # the others still have to be closed
                logger.warning("not closed cleanly", extra=about(why=repr(error)))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.endpoint.close()


Build = Callable[[Process[S]], Awaitable[Handlers]]


def run(word: str, shape: type[S], build: Build[S]) -> None:
    """Run the service until it is told to stop, and exit."""
    try:
        settings = load(shape, os.environ)
        log.start(word, settings.node, settings.log_level)
        asyncio.run(_run(word, settings, build))
    except SettingsError as error:
        sys.stderr.write(f"{word} cannot start, its settings are wrong:\n")
        sys.stderr.writelines(f"  {problem}\n" for problem in error.problems)
        sys.exit(EXIT_SETTINGS)
    except NanoError as error:
        logger.error("ended", extra=about(why=str(error)))
        sys.stderr.write(f"{word}: {error}\n")
        sys.exit(EXIT_FAILED)
    except Exception:
        logger.exception("ended by a fault of its own")
        sys.exit(EXIT_FAILED)


async def _run(word: str, settings: S, build: Build[S]) -> None:
    process = Process(word, settings)
    try:
        handlers = await build(process)
        await process.serve(handlers)
    except BaseException:
        await process.close()
        raise
    process.spawn(_beat(settings.hang_s))
    gc.collect()
    gc.freeze()  # what is there now stays; the collector need not walk it again
    gc.enable()
    shown = {field.name: str(getattr(settings, field.name)) for field in dataclasses.fields(settings)}
    logger.info("started", extra=about(boot=process.boot, zone=process.zone, settings=shown))
    await process.until_stopped()
    logger.info("stopped", extra=about(boot=process.boot))


async def _beat(hang_s: float) -> None:
    """A thread ends the process when this loop has not turned for `hang_s`: a service that hangs ends itself."""
    last = time.monotonic()

    def watch() -> None:
        while True:
            woke = time.monotonic() + hang_s / 4
            time.sleep(hang_s / 4)
            stopped = time.monotonic() - woke > hang_s / 8  # SIGSTOP, or a machine asleep: give the loop its turn first
            if time.monotonic() - last > hang_s and not stopped:
                sys.stderr.write(f"the main loop has not turned for {hang_s:g} s; ending\n")
                os._exit(EXIT_HUNG)

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
    while True:
        last = time.monotonic()
        await asyncio.sleep(hang_s / 8)
