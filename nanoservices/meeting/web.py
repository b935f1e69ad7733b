"""The room's page, for the browser that is its screen: nothing is in any response that may not be seen now.

/                 the page         /events           a line for every new version (server-sent events)
/fragment         what is shown    /items/<sha256>   the bytes of an item that is shown
"""

import threading
from collections.abc import Iterator

from flask import Flask, Response, abort, render_template

from nanoservices.meeting.view import Item, Pane

THREADS = 16
MOST_STREAMS = 8  # the other threads are left for pages
BEAT_S = 2.0
STREAM_S = 300.0  # the page comes back by itself; a client that is gone without a word does not
RETRY_S = 5
PIECE = 65_536
MOST_TEXT = 100_000
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Pages:
    """One method per path."""

    def __init__(self, pane: Pane, most_streams: int, beat_s: float):
        self._pane = pane
        self._most_streams = most_streams
        self._streams = threading.Semaphore(most_streams)
        self._beat_s = beat_s

    def page(self) -> str:
        return render_template("screen.html", view=self._pane.view, images=IMAGES)

    def fragment(self) -> str:
        return render_template("fragment.html", view=self._pane.view, images=IMAGES)

    def item(self, sha256: str) -> Response:
        found = self._pane.view.item(sha256)
        if found is None:
            abort(404)
        media_type = found.media_type if found.media_type in IMAGES else "application/octet-stream"
        return Response(_pieces(self._pane, found), content_type=media_type, headers={"Content-Length": str(len(found.data))})

    def events(self) -> Response:
        if not self._streams.acquire(blocking=False):
            reason = f"{self._most_streams} screens are listening already; try again later\n"
            return Response(reason, 503, {"Retry-After": str(RETRY_S)}, mimetype="text/plain")
        response = Response(_changes(self._pane, self._beat_s), mimetype="text/event-stream")
        response.call_on_close(self._streams.release)  # also when nothing of it was ever asked for, as by HEAD
        return response


def make_app(pane: Pane, most_streams: int = MOST_STREAMS, beat_s: float = BEAT_S) -> Flask:
    app = Flask(__name__)
    app.jinja_env.filters["text"] = text
    pages = Pages(pane, most_streams, beat_s)
    app.add_url_rule("/", view_func=pages.page)
    app.add_url_rule("/fragment", view_func=pages.fragment)
    app.add_url_rule("/items/<sha256>", view_func=pages.item)
    app.add_url_rule("/events", view_func=pages.events)
    app.after_request(_sealed)
    return app


def _sealed(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def text(item: Item) -> str | None:
    """What can be read of an item; None when it is no text. Markdown is read as it was written."""
    if not item.media_type.startswith("text/"):
        return None
    shown = item.data[: MOST_TEXT * 4].decode(errors="replace")
    return shown if len(shown) <= MOST_TEXT else shown[:MOST_TEXT] + "\n\n[cut here: the rest is too long for a screen]"


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
