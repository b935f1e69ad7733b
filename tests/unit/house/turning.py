"""An event loop whose time passes only when nobody has anything to do: an hour in a second, and the same every time.

Every service of the house runs on it, each as an Owner of its tasks and timers, so that one can be killed as a process is.
"""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any

DISK_S = 0.1  # what is done in a thread, so long it takes
_OWNER: contextvars.ContextVar["Owner"] = contextvars.ContextVar("owner")


class Owner:
    """One process: `offset_s` and `clock` are its host's, which count from another boot than others do."""

    def __init__(self, name: str, offset_s: float = 0.0, clock: str = "c0"):
        self.name, self.offset_s, self.clock = name, offset_s, clock
        self.is_alive = True
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.context = contextvars.Context()
        self.context.run(_OWNER.set, self)

    def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """As if it were called in that process."""
        return self.context.copy().run(work, *arguments)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        return asyncio.get_running_loop().create_task(work, context=self.context.copy())


def owner() -> Owner:
    return _OWNER.get()


class Turning(asyncio.BaseEventLoop):
    """`now` is the world's time in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._selector = self
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self.now

    def select(self, timeout: float | None) -> list[Any]:
        assert timeout is not None, "everybody waits for somebody else"
        self.now += timeout
        return []

    def _process_events(self, events: list[Any]) -> None:
        """There are none: nothing here comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""

    def _make_task(self, _loop: Any, work: Any, context: Any = None) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(work, loop=self, context=context)
        of = (context or contextvars.copy_context()).get(_OWNER)
        if of is not None:
            of.tasks[task] = None
            task.add_done_callback(lambda done: of.tasks.pop(done, None))
            if not of.is_alive:
                task.cancel()
        return task

    def run_in_executor(self, _executor: Any, work: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
        """A thread that is killed with its process: then nothing of its work is done."""
        done = self.create_future()

        def finish() -> None:
            try:
                result = work(*arguments)
            except Exception as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(result)

        self.call_later(DISK_S, finish)
        return done

    def kill(self, of: Owner) -> None:
        """Nothing that it was about to do happens any more."""
        of.is_alive = False
        for handle in self._scheduled:
            if handle._context.get(_OWNER) is of:
                handle.cancel()
        for task in list(of.tasks):
            task.cancel()
