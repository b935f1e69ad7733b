"""Many small writes as few large ones: while one commit waits for the disk, what comes meanwhile gathers for the next.

So how many are taken in a second does not depend on how long the disk needs for each.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from nanoservices.errors import Unavailable

MOST_WAITING = 4000
MOST_AT_ONCE = 500

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathering(Generic[Item, Result]):
    """`write` takes items in their order and gives a result for each, all of them on disk; or raises, for all of them."""

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]):
        self._write = write
        self._waiting: list[tuple[Item, Future[Result]]] = []
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="gathering", daemon=True)
        self._thread.start()

    def put(self, item: Item) -> "Future[Result]":
        """Its result, once it is on disk. Unavailable when too many wait already."""
        waiting: Future[Result] = Future()
        with self._changed:
            if self._closing:
                raise Unavailable("auth is stopping; ask again")
            if len(self._waiting) >= MOST_WAITING:
                raise Unavailable(f"{MOST_WAITING} reports wait for the disk already; ask again")
            self._waiting.append((item, waiting))
            self._changed.notify()
        return waiting

    def close(self) -> None:
        """What waits is written first."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next():
            try:
                results = self._write([item for item, _ in batch])
            except Exception as error:
                for _, waiting in batch:
                    waiting.set_exception(_another(error))
            else:
                for (_, waiting), result in zip(batch, results, strict=True):
                    waiting.set_result(result)

    def _next(self) -> "list[tuple[Item, Future[Result]]]":
        """None of them when it is closed, and all is written."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        return [(item, waiting) for item, waiting in batch if waiting.set_running_or_notify_cancel()] or (
            self._next() if batch else []
        )


def _another(error: Exception) -> Exception:
    """One for each: a traceback grows with every raise."""
    return Unavailable(str(error)) if isinstance(error, Unavailable) else error
