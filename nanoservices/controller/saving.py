"""Writes down what changed, in a thread, one transaction for all that gathered while the last one was under way."""

import asyncio
import logging

from nanoservices.controller.logic import Controller
from nanoservices.controller.store import Store
from nanoservices.errors import Unavailable
from nanoservices.log import about
from nanoservices.process import Process

log = logging.getLogger("controller")

RETRY_S = 0.5


class Saver:
    def __init__(self, store: Store, logic: Controller, process: Process):  # type: ignore[type-arg]
        self._store = store
        self._logic = logic
        self._process = process
        self._dirty = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._writing = asyncio.Lock()  # what is older must not overtake what is newer
        self._closed = False

    def load(self) -> bool:
        return self._store.load(self._logic)

    @property
    def rows_read(self) -> int:
        """How many rows the last process left, as far as they have been loaded."""
        return self._store.rows_read

    def boot(self, boot: str) -> str:
        """This start's name: `boot`, or one that sorts after the last start's where that does not."""
        return self._store.began(boot)

    def changed(self) -> None:
        self._dirty.set()

    async def saved(self) -> None:
        """Return once everything up to now is on disk. Unavailable when the disk does not take it."""
        if self._closed:
            raise Unavailable("this controller is stopping")
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._dirty.set()
        await waiting

    async def save_for_ever(self) -> None:
        while True:
            await self._dirty.wait()
            async with self._writing:
                if self._closed:
                    return
                is_saved = await self._save()
            if not is_saved:
                await asyncio.sleep(RETRY_S)
                self._dirty.set()

    async def _save(self) -> bool:
        self._dirty.clear()
        waiting, self._waiting = self._waiting, []
        rows = self._store.changes(self._logic)
        try:
            if rows:
                await asyncio.to_thread(self._store.write, rows)
        except Unavailable as error:
            self._store.forget_written(rows)
            self._process.problem("database", str(error))
            log.error("not written down", extra=about(why=str(error)))
            self._settle(waiting, error)
            return False
        self._process.problem("database", None)
        self._settle(waiting, None)
        return True

    def _settle(self, waiting: "list[asyncio.Future[None]]", error: Unavailable | None) -> None:
        for waiter in waiting:
            if not waiter.done() and error is None:
                waiter.set_result(None)
            elif not waiter.done():
                waiter.set_exception(Unavailable(str(error)))  # one each: a traceback grows with every raise

    async def close(self) -> None:
        """Save what has changed, for those who wait for it too; nothing is taken any more."""
        self._closed = True
        try:
            async with self._writing:
                await self._save()
        finally:
            self._store.close()
