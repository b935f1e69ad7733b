"""The room's page, for the browser that is its screen: nothing is in any response that may not be seen now.

/                 the page         /events           a line for every new version (server-sent events)
/fragment         what is shown    /items/<sha256>   the bytes of an item that is shown
/static/<name>    the page's own style and scripts
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from werkzeug.wrappers import Request, Response

from nanoservices import clock
from nanoservices.meeting.files import File, load
from nanoservices.meeting.floor_plan import Plan
from nanoservices.meeting.page import fragment, page
from nanoservices.meeting.pictures import MEDIA_TYPES
from nanoservices.meeting.view import Item, Pane
from nanoservices.meeting.viewers import Viewers

THREADS = 64
MOST_STREAMS = 52  # the other threads are left for pages
BEAT_S = 2.0
STREAM_S = 300.0  # the page comes back by itself; a client that is gone without a word does not
RETRY_S = 5
PIECE = 65_536
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; worker-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types room"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HTML = "text/html; charset=utf-8"


class App:
    """WSGI. `viewers` says whose browser may look; `plan` is for a screen on the way."""

    def __init__(
        self,
        pane: Pane,
        viewers: Viewers | None = None,
        most_streams: int = MOST_STREAMS,
        beat_s: float = BEAT_S,
        plan: Plan | None = None,
    ):
        self._pane = pane
        self._viewers = viewers
        self._plan = plan
        self._most_streams = most_streams
        self._streams = threading.Semaphore(most_streams)
        self._beat_s = beat_s
        self._files = load()
        self._pages: dict[str, Callable[[], Response]] = {"/": self._page, "/fragment": self._fragment, "/events": self._events}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = self._answered(Request(environ))
        response.headers.update(HEADERS)
        return response(environ, start_response)

    def _answered(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _refused(405, "a screen is only looked at", Allow="GET, HEAD")
        path = request.path
        if path.startswith("/static/"):
            return _file(self._files.get(path.removeprefix("/static/")))
        if self._viewers is not None and (other := self._viewers.answer(request)) is not None:
            return other
        if path.startswith("/items/"):
            return self._item(path.removeprefix("/items/"))
        return self._pages.get(path, _nothing)()

    def _page(self) -> Response:
        return Response(page(self._pane.view, clock.monotonic(), self._plan), content_type=HTML)

    def _fragment(self) -> Response:
        return Response(fragment(self._pane.view, clock.monotonic(), self._plan), content_type=HTML)

    def _item(self, sha256: str) -> Response:
        found = self._pane.view.item(sha256)
        if found is None:
            return _nothing()
        media_type = found.media_type if found.media_type in MEDIA_TYPES else "application/octet-stream"
        return Response(_pieces(self._pane, found), content_type=media_type, headers={"Content-Length": str(len(found.data))})

    def _events(self) -> Response:
        if not self._streams.acquire(blocking=False):
            said = f"{self._most_streams} screens are listening already; try again later"
            return _refused(503, said, **{"Retry-After": str(RETRY_S)})
        response = Response(_changes(self._pane, self._beat_s), mimetype="text/event-stream")
        response.call_on_close(self._streams.release)  # also when nothing of it was ever asked for, as by HEAD
        return response


def _file(found: File | None) -> Response:
    if found is None:
        return _nothing()
    encoding = {"Content-Encoding": found.encoding} if found.encoding else {}
    return Response(found.data, content_type=found.media_type, headers=encoding)


def _nothing() -> Response:
    return _refused(404, "there is nothing here, or not any more")


def _refused(status: int, why: str, **headers: str) -> Response:
    return Response(why + "\n", status, headers, mimetype="text/plain")


def _pieces(pane: Pane, item: Item) -> Iterator[bytes]:
    """In pieces, so that the server need not hold it twice, and none once it is hidden."""
    for start in range(0, len(item.data), PIECE):
        if pane.view.item(item.sha256) is None:
            return
        yield item.data[start : start + PIECE]


def _changes(pane: Pane, beat_s: float) -> Iterator[str]:
    """The version that can be seen, at once and whenever it is another; a beat in between."""
    seen = -1
    for _ in range(int(STREAM_S / beat_s)):
        version = pane.wait(seen, beat_s)
        if version is None:
            return
        yield "event: beat\ndata:\n\n" if version == seen else f"id: {version}\nevent: version\ndata: {version}\n\n"
        seen = version
