"""What is in the responses, and above all what is not."""

import struct
import threading
from collections.abc import Iterator

import pytest
from werkzeug.test import Client

from nanoservices.meeting.agenda import Ahead
from nanoservices.meeting.papers import MOST_TEXT, text
from nanoservices.meeting.view import Item, Pane, View, contents_of
from nanoservices.meeting.web import HEADERS, MOST_STREAMS, PIECE, THREADS, App
from nanoservices.wire import Slot

ROOM = "room-1"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 800, 600)
PICTURE = Item("plan.png", "image/png", "1" * 64, PNG + b"p" * PIECE)
NOTES = Item("notes.md", "text/markdown", "2" * 64, "# Grüße\n\na < b <i>!</i>".encode())
PAPER = Item("offer.pdf", "application/pdf", "3" * 64, b"%PDF-1.7 ... startxref 0 %%EOF")
PLAIN = Item("x & y.txt", "text/plain", "4" * 64, b"<script>alert(1)</script>")
CONTENTS = contents_of("Plans & <b>figures</b>", (PICTURE, NOTES, PAPER, PLAIN))
SHOWN = View(ROOM, "meeting", CONTENTS, None)
PATHS = ("/", "/fragment", "/items/" + "1" * 64, "/items/" + "2" * 64, "/static/screen.css", "/static/screen.js", "/nothing")


@pytest.fixture
def pane() -> Pane:
    return Pane(ROOM)


@pytest.fixture
def browser(pane: Pane) -> Client:
    return Client(App(pane, most_streams=2, beat_s=0.01))


def test_page_shows_the_meeting_and_escapes_what_it_shows(pane: Pane, browser: Client) -> None:
    pane.show(SHOWN)
    for path in ("/", "/fragment"):
        page = browser.get(path).get_data(as_text=True)
        assert "Plans &amp; &lt;b&gt;figures&lt;/b&gt;" in page
        assert "<pre>&lt;script&gt;alert(1)&lt;/script&gt;</pre>" in page
        assert "<h1>Grüße</h1>\n<p>a &lt; b &lt;i&gt;!&lt;/i&gt;</p>" in page
        assert f'<img src="/items/{PICTURE.sha256}" alt="plan.png">' in page
        assert f'<div class="pages" data-item="{PAPER.sha256}">' in page
        assert "href" not in browser.get("/fragment").get_data(as_text=True)


def test_nothing_that_was_shown_is_in_any_response_once_it_is_hidden(pane: Pane, browser: Client) -> None:
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


NOON = 1_904_299_200.0  # 2030-05-06T12:00:00Z
BOOKED = Slot(NOON + 7200, NOON + 10_800, "Plans & <b>figures</b>")
LATER = Slot(NOON + 12_600, NOON + 14_400, "Choir")


def test_room_that_is_free_says_until_when_and_what_comes_next(pane: Pane, browser: Client) -> None:
    pane.show(View(ROOM, "personal", contents_of(ROOM, ()), None, ahead=Ahead(None, (BOOKED, LATER))))
    shown = browser.get("/fragment").get_data(as_text=True)
    assert '<main class="idle"' in shown
    assert 'Free until <time class="from" datetime="2030-05-06T14:00:00Z"><noscript>14:00 UTC</noscript></time>' in shown
    assert "<span hidden>Nothing more today</span>" in shown
    assert ', <span class="what">Plans &amp; &lt;b&gt;figures&lt;/b&gt;</span></li><li>Then: ' in shown
    assert shown.count("<time") == 5


def test_room_that_is_taken_says_until_when(pane: Pane, browser: Client) -> None:
    pane.show(View(ROOM, line="Waiting", ahead=Ahead(Slot(NOON, NOON + 3600))))
    shown = browser.get("/fragment").get_data(as_text=True)
    assert 'Taken until <time class="from" datetime="2030-05-06T13:00:00Z">' in shown
    assert "Free" not in shown and "<ol>" not in shown and 'class="what"' not in shown


def test_room_with_nothing_before_it_says_so(pane: Pane, browser: Client) -> None:
    pane.show(View(ROOM, "personal", contents_of(ROOM, (NOTES,)), None, ahead=Ahead()))
    shown = browser.get("/fragment").get_data(as_text=True)
    assert '<h2 class="state">Nothing more today</h2>' in shown
    assert shown.index("Nothing more today") < shown.index("<h1>Grüße</h1>")


def test_name_of_the_room_is_not_said_twice(pane: Pane, browser: Client) -> None:
    pane.show(View(ROOM, "personal", contents_of(ROOM, (NOTES,)), None, ahead=Ahead()))
    assert browser.get("/").get_data(as_text=True).count(f">{ROOM}<") == 2  # the document's title and the heading
    pane.show(View(ROOM, "meeting", contents_of("Plan", (NOTES,)), None))
    assert '<h2 class="title">Plan</h2>' in browser.get("/").get_data(as_text=True)


def test_what_is_wrong_with_what_comes_next_is_said_where_nothing_worse_is(pane: Pane, browser: Client) -> None:
    pane.show(View(ROOM, line="Waiting", ahead_line="What comes next is not known: it rains"))
    assert '<p class="note">What comes next is not known: it rains</p>' in browser.get("/fragment").get_data(as_text=True)
    pane.show(View(ROOM, line="Waiting", ahead_line="What comes next is not known: it rains", trouble="auth: silent"))
    assert "it rains" not in browser.get("/fragment").get_data(as_text=True)


@pytest.mark.parametrize("unix", [-62_135_596_800.0, 253_402_300_799.0])
def test_any_time_of_the_calendar_can_be_said(pane: Pane, browser: Client, unix: float) -> None:
    pane.show(View(ROOM, ahead=Ahead(None, (Slot(unix, unix),))))
    assert browser.get("/").status_code == 200


def test_hiding_stops_an_item_that_is_on_its_way(pane: Pane, browser: Client) -> None:
    pane.show(SHOWN)
    pieces = iter(browser.get(f"/items/{PICTURE.sha256}").response)
    first = next(pieces)
    pane.show(View(ROOM))
    assert len(first) == PIECE
    assert list(pieces) == []


def test_item_comes_whole_with_its_type(pane: Pane, browser: Client) -> None:
    pane.show(SHOWN)
    response = browser.get(f"/items/{PICTURE.sha256}")
    assert (response.data, response.content_type, response.content_length) == (PICTURE.data, "image/png", len(PICTURE.data))


def test_only_what_the_page_fetches_is_given_and_never_as_something_a_browser_runs(pane: Pane, browser: Client) -> None:
    script = Item("x.html", "text/html", "5" * 64, b"<script>alert(1)</script>")
    bomb = Item("x.png", "image/png", "6" * 64, b"<svg onload=alert(1)>")
    pane.show(View(ROOM, "meeting", contents_of("t", (script, bomb, PLAIN, PAPER))))
    assert [browser.get(f"/items/{item.sha256}").status_code for item in (script, bomb, PLAIN)] == [404, 404, 404]
    assert browser.get(f"/items/{PAPER.sha256}").content_type == "application/octet-stream"


@pytest.mark.parametrize("path", [*PATHS, "/events"])
def test_every_response_is_sealed(pane: Pane, browser: Client, path: str) -> None:
    pane.show(SHOWN)
    with browser.get(path) as response:
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert HEADERS["Cache-Control"] == "no-store"
    assert "'unsafe" not in HEADERS["Content-Security-Policy"]


def test_page_needs_nothing_from_outside(pane: Pane, browser: Client) -> None:
    pane.show(SHOWN)
    for path in (
        "/",
        *(f"/static/{name}" for name in ("screen.css", "screen.js", "deck.js", "paper.js", "times.js", "trust.js")),
    ):
        with browser.get(path) as response:
            assert b"//" not in response.data.replace(b"// ", b""), path


def test_trouble_is_said_without_a_name(pane: Pane, browser: Client) -> None:
    pane.show(View(ROOM, trouble="auth: item 1 of 2 has 3 bytes, its list says 4"))
    assert "Not shown: auth: item 1 of 2 has 3 bytes, its list says 4. This screen keeps trying." in browser.get(
        "/fragment"
    ).get_data(as_text=True)


def test_text_that_is_too_long_for_a_screen_is_cut_and_says_so() -> None:
    shown = text(b"x" * 2_000_000)
    assert len(shown) < MOST_TEXT + 100
    assert "too long" in shown


def test_text_that_is_no_utf8_is_shown_as_far_as_it_can_be() -> None:
    assert text(b"na\xefve") == "na\ufffdve"


def lines(stream: Iterator[bytes]) -> str:
    chunk = next(stream)
    return chunk.decode() if isinstance(chunk, bytes) else str(chunk)


def test_stream_begins_with_the_version_and_tells_the_next_one(pane: Pane, browser: Client) -> None:
    with browser.get("/events") as response:
        stream = iter(response.response)
        assert response.mimetype == "text/event-stream"
        assert "event: version\ndata: 0\n\n" in lines(stream)
        assert lines(stream).startswith("event: beat\n")
        pane.show(SHOWN)
        assert "event: version\ndata: 1\n\n" in lines(stream)


def test_stream_tells_nothing_of_what_is_shown(pane: Pane, browser: Client) -> None:
    pane.show(SHOWN)
    with browser.get("/events") as response:
        assert lines(iter(response.response)) == "id: 1\nevent: version\ndata: 1\n\n"


def test_too_many_streams_are_told_to_come_back_and_a_closed_one_makes_room(browser: Client) -> None:
    first, second = browser.get("/events"), browser.get("/events")
    refused = browser.get("/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert browser.get("/").status_code == 200
    first.close()
    assert browser.get("/events").status_code == 200
    second.close()


def test_head_of_the_stream_takes_no_place(browser: Client) -> None:
    for _ in range(5):
        browser.head("/events").close()
    assert browser.get("/events").status_code == 200


def test_streams_leave_threads_for_pages() -> None:
    assert MOST_STREAMS >= 50
    assert MOST_STREAMS <= THREADS - 8


def test_closing_the_pane_ends_the_streams_and_shows_nothing(pane: Pane, browser: Client) -> None:
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
