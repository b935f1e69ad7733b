"""Looks, as everybody on a machine can, at what its processes were started with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Watcher:
    """`seen` are all command lines since it began, as bytes."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self.done = threading.Event()

    def watch(self) -> None:
        while not self.done.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes())
                except OSError:  # it has ended
                    continue

    def has_seen(self, text: str) -> bool:
        return any(text.encode() in each for each in self.seen)


@contextmanager
def command_lines() -> Iterator[Watcher]:
    watcher = Watcher()
    thread = threading.Thread(target=watcher.watch)
    thread.start()
    try:
        yield watcher
    finally:
        watcher.done.set()
        thread.join()
