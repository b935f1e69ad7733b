"""What is in the responses, and above all what is not."""

import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from nanoservices.meeting.view import Contents, Item, Pane, View
from nanoservices.meeting.web import HEADERS, MOST_STREAMS, MOST_TEXT, PIECE, THREADS, make_app, text

ROOM = "room-1"
PICTURE = Item("plan.png", "image/png", "1" * 64, b"\x89PNG" + b"p" * PIECE)
NOTES = Item("notes.md", "text/markdown", "2" * 64, "# Grüße <script>alert(1)</script>".encode())
PAPER = Item("offer.pdf", "application/pdf", "3" * 64, b"%PDF-1.7")
CONTENTS = Contents("Plans & <b>figures</b>", (PICTURE, NOTES, PAPER))
SHOWN = View(ROOM, "meeting", CONTENTS, None)
PATHS = ("/", "/fragment", "/items/" + "1" * 64, "/items/" + "2" * 64, "/static/screen.css", "/static/screen.js", "/nothing")


@pytest.fixture
def pane() -> Pane:
    return Pane(ROOM)


@pytest.fixture
def browser(pane: Pane) -> FlaskClient:
    return make_app(pane, most_streams=2, beat_s=0.01).test_client()


def test_page_shows_the_meeting_and_escapes_what_it_shows(pane: Pane, browser: FlaskClient) -> None:
    pane.show(SHOWN)
    for path in ("/", "/fragment"):
        page = browser.get(path).get_data(as_text=True)
        assert "Plans &amp; &lt;b&gt;figures&lt;/b&gt;" in page
        assert "<pre># Grüße &lt;script&gt;alert(1)&lt;/script&gt;</pre>" in page
        assert f'<img src="/items/{PICTURE.sha256}" alt="plan.png">' in page
        assert "offer.pdf" in page
        assert "href" not in browser.get("/fragment").get_data(as_text=True)


def test_nothing_that_was_shown_is_in_any_response_once_it_is_hidden(pane: Pane, browser: FlaskClient) -> None:
    pane.show(SHOWN)
    pane.show(View(ROOM, line="Contents are hidden: somebody here is not invited"))
    for path in PATHS:
        with browser.get(path) as response:
            body = response.data
        for word in (b"Plans", b"plan.png", b"notes.md", b"offer.pdf", b"Gr\xc3\xbc", b"PNG", PICTURE.sha256.encode()):
            assert word not in body, f"{path} still has {word!r}"
        if path.startswith("/items/"):
            assert response.status_code == 404
    assert "somebody here is not invited" in browser.get("/").get_data(as_text=True)


def test_hiding_stops_an_item_that_is_on_its_way(pane: Pane, browser: FlaskClient) -> None:
    pane.show(SHOWN)
    pieces = iter(browser.get(f"/items/{PICTURE.sha256}").response)
    first = next(pieces)
    pane.show(View(ROOM))
    assert len(first) == PIECE
    assert list(pieces) == []


def test_item_comes_whole_with_its_type(pane: Pane, browser: FlaskClient) -> None:
    pane.show(SHOWN)
    response = browser.get(f"/items/{PICTURE.sha256}")
    assert (response.data, response.content_type, response.content_length) == (PICTURE.data, "image/png", len(PICTURE.data))


def test_item_that_is_no_picture_is_never_given_as_something_a_browser_runs(pane: Pane, browser: FlaskClient) -> None:
    script = Item("x.html", "text/html", "4" * 64, b"<script>alert(1)</script>")
    pane.show(View(ROOM, "meeting", Contents("t", (script,))))
    assert browser.get(f"/items/{script.sha256}").content_type == "application/octet-stream"


@pytest.mark.parametrize("path", [*PATHS, "/events"])
def test_every_response_is_sealed(pane: Pane, browser: FlaskClient, path: str) -> None:
    pane.show(SHOWN)
    with browser.get(path) as response:
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert HEADERS["Cache-Control"] == "no-store"
    assert "'unsafe" not in HEADERS["Content-Security-Policy"]


def test_page_needs_nothing_from_outside(pane: Pane, browser: FlaskClient) -> None:
    pane.show(SHOWN)
    for path in ("/", "/static/screen.css", "/static/screen.js"):
        with browser.get(path) as response:
            assert b"//" not in response.data.replace(b"// ", b""), path


def test_trouble_is_said_without_a_name(pane: Pane, browser: FlaskClient) -> None:
    pane.show(View(ROOM, troubled=True))
    assert "keeps trying" in browser.get("/fragment").get_data(as_text=True)


def test_text_that_is_too_long_for_a_screen_is_cut_and_says_so() -> None:
    shown = text(Item("log.txt", "text/plain", "5" * 64, b"x" * 2_000_000)) or ""
    assert len(shown) < MOST_TEXT + 100
    assert "too long" in shown


def test_text_that_is_no_utf8_is_shown_as_far_as_it_can_be() -> None:
    assert text(Item("old.txt", "text/plain", "6" * 64, b"na\xefve")) == "na\ufffdve"


def lines(stream: Iterator[bytes]) -> str:
    chunk = next(stream)
    return chunk.decode() if isinstance(chunk, bytes) else str(chunk)


def test_stream_begins_with_the_version_and_tells_the_next_one(pane: Pane, browser: FlaskClient) -> None:
    with browser.get("/events") as response:
        stream = iter(response.response)
        assert response.mimetype == "text/event-stream"
        assert "event: version\ndata: 0\n\n" in lines(stream)
        assert lines(stream).startswith("event: beat\n")
        pane.show(SHOWN)
        assert "event: version\ndata: 1\n\n" in lines(stream)


def test_stream_tells_nothing_of_what_is_shown(pane: Pane, browser: FlaskClient) -> None:
    pane.show(SHOWN)
    with browser.get("/events") as response:
        assert lines(iter(response.response)) == "id: 1\nevent: version\ndata: 1\n\n"


def test_too_many_streams_are_told_to_come_back_and_a_closed_one_makes_room(browser: FlaskClient) -> None:
    first, second = browser.get("/events"), browser.get("/events")
    refused = browser.get("/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert browser.get("/").status_code == 200
    first.close()
    assert browser.get("/events").status_code == 200
    second.close()


def test_head_of_the_stream_takes_no_place(browser: FlaskClient) -> None:
    for _ in range(5):
        browser.head("/events").close()
    assert browser.get("/events").status_code == 200


def test_streams_leave_threads_for_pages() -> None:
    assert THREADS >= 16
    assert MOST_STREAMS <= THREADS // 2


def test_closing_the_pane_ends_the_streams_and_shows_nothing(pane: Pane, browser: FlaskClient) -> None:
    pane.show(SHOWN)
    with browser.get("/events") as response:
        stream = iter(response.response)
        next(stream)
        pane.close()
        assert list(stream) == []
    pane.show(SHOWN)
    assert "Plans" not in browser.get("/").get_data(as_text=True)


def test_waiting_ends_as_soon_as_the_view_is_another(pane: Pane) -> None:
    found: list[int | None] = []
    thread = threading.Thread(target=lambda: found.append(pane.wait(0, 60)))
    thread.start()
    pane.show(SHOWN)
    thread.join(5)
    assert found == [1]


def test_showing_the_same_again_is_no_new_version(pane: Pane) -> None:
    assert pane.show(SHOWN)
    assert not pane.show(SHOWN)
    assert pane.view.version == 1


def test_contents_are_in_no_repr() -> None:
    assert "Plans" not in repr(SHOWN)
    assert "PNG" not in repr(CONTENTS)
