"""What can be seen: set by the event loop, read by the web's threads. Replaced as a whole, so that hiding is atomic."""

import threading
from collections.abc import Iterable
from dataclasses import field, replace

from nanoservices.dataclass import dataclass
from nanoservices.meeting.agenda import Ahead
from nanoservices.meeting.papers import Paper, Source, papers
from nanoservices.meeting.way import Led
from nanoservices.wire import Mode

STARTING = "Starting"
_SAME_END_S = 2.0  # an order's end differs by its time on the way


@dataclass(frozen=True)
class Item:
    """A document, whole in memory. Its bytes are in no repr, and so in no log."""

    name: str
    media_type: str
    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Contents:
    """`papers` is what can be seen of each item."""

    title: str
    items: tuple[Item, ...] = ()
    papers: tuple[Paper, ...] = field(default=(), repr=False)


def contents_of(title: str, items: Iterable[Item]) -> Contents:
    """Reads and renders the items, which takes a while."""
    kept = tuple(items)
    return Contents(title, kept, papers(Source(item.name, item.media_type, item.sha256, item.data) for item in kept))


@dataclass(frozen=True)
class View:
    """`contents` is there only while it may be seen. `line` says in a sentence what the room waits for, `trouble` why the
    contents cannot be had; `ends_at` is when the meeting is over, in monotonic seconds."""

    room: str
    mode: Mode = "hidden"
    contents: Contents | None = field(default=None, repr=False)
    line: str | None = STARTING
    trouble: str | None = None
    ends_at: float | None = None
    ahead: Ahead | None = field(default=None, repr=False)  # on an idle screen: what comes next in the room
    ahead_line: str | None = None  # what is wrong with that
    way: tuple[Led, ...] = ()  # who is led past a screen on the way
    version: int = 0

    def item(self, sha256: str) -> Item | None:
        """What the page fetches: pictures and PDFs that are shown."""
        contents = self.contents or Contents("")
        pairs = zip(contents.items, contents.papers, strict=True)
        return next((item for item, paper in pairs if item.sha256 == sha256 and paper.kind in ("image", "pdf")), None)

    def is_seen_as(self, other: "View") -> bool:
        """Whether nobody could tell the two apart."""
        ends = (self.ends_at, other.ends_at)
        same_end = ends[0] == ends[1] or (None not in ends and abs((ends[0] or 0) - (ends[1] or 0)) < _SAME_END_S)
        return same_end and replace(self, version=0, ends_at=None) == replace(other, version=0, ends_at=None)


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
            if self._is_closed or view.is_seen_as(self._view):
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
