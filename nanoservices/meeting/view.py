"""What can be seen: set by the event loop, read by the web's threads. Replaced as a whole, so that hiding is atomic."""

import threading
from dataclasses import field, replace

from nanoservices.dataclass import dataclass
from nanoservices.wire import Mode

STARTING = "Starting"


@dataclass(frozen=True)
class Item:
    """A document, whole in memory. Its bytes are in no repr, and so in no log."""

    name: str
    media_type: str
    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Contents:
    title: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class View:
    """`contents` is there only while it may be seen. `line` says in a sentence what the room waits for."""

    room: str
    mode: Mode = "hidden"
    contents: Contents | None = field(default=None, repr=False)
    line: str | None = STARTING
    troubled: bool = False
    version: int = 0

    def item(self, sha256: str) -> Item | None:
        items = self.contents.items if self.contents is not None else ()
        return next((item for item in items if item.sha256 == sha256), None)


class Pane:
    """The newest view. Whoever asks after `show` has returned gets that one or a newer one."""

    def __init__(self, room: str):
        self._changed = threading.Condition()
        self._view = View(room)
        self._is_closed = False

    @property
    def view(self) -> View:
        with self._changed:
            return self._view

    def show(self, view: View) -> bool:
        """Whether it is another one than before; then it has a new version, and who waits is told."""
        with self._changed:
            if self._is_closed or replace(view, version=self._view.version) == self._view:
                return False
            self._view = replace(view, version=self._view.version + 1)
            self._changed.notify_all()
            return True

    def wait(self, version: int, wait_s: float) -> int | None:
        """The version to be seen, as soon as it is not `version`, at the latest after `wait_s`; None when all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._view.version != version, wait_s)
            return None if self._is_closed else self._view.version

    def close(self) -> None:
        """Send away who waits, and show nothing any more."""
        with self._changed:
            self._is_closed = True
            self._view = View(self._view.room, line="Stopped", version=self._view.version + 1)
            self._changed.notify_all()
