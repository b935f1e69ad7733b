"""Whatever a meeting's contents are called and hold: a page, nothing of which is markup of theirs."""

import json
import re
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from werkzeug.test import Client

from nanoservices import payload, wire
from nanoservices.errors import PayloadError
from nanoservices.meeting.view import Item, Pane, View, contents_of
from nanoservices.meeting.web import HEADERS, App
from tests.unit.hostile import any_text, often, shaped

ROOM = "room-1"
EVIL = (
    "<script>alert(1)</script>",
    "</pre><img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "\0\x1b[2J\u202e",
)
TEXTS = st.sampled_from(EVIL) | st.text(st.characters(codec="utf-8"), max_size=40)
TYPES = (
    st.sampled_from(
        ["text/plain", "text/markdown", "text/uri-list", "text/html", "image/png", "image/svg+xml", "application/pdf"]
    )
    | TEXTS
)
ITEMS = st.builds(
    Item, TEXTS, TYPES, st.from_regex("[0-9a-f]{64}", fullmatch=True), TEXTS.map(str.encode) | st.binary(max_size=60)
)
LIVE = re.compile(r"<[^>]*\s(on[a-z]+|href|style|srcdoc|action)=[^>]*>")  # in a tag of any kind
MARKUP = re.compile(r"<(/?[a-z0-9]+)")
OURS = {
    "html",
    "head",
    "meta",
    "title",
    "link",
    "script",
    "noscript",
    "body",
    "header",
    "span",
    "div",
    "main",
    "p",
    "h1",
    "h2",
    "h3",
}
OURS |= {
    "article",
    "img",
    "pre",
    "section",
    "ul",
    "ol",
    "li",
    "svg",
    "rect",
    "path",
    "code",
    "em",
    "strong",
    "blockquote",
    "hr",
    "br",
}


def shown(view: View) -> Any:
    pane = Pane(ROOM)
    pane.show(view)
    return Client(App(pane))


@often
@given(TEXTS, st.lists(ITEMS, max_size=3), TEXTS)
def test_any_contents_make_a_page_with_no_markup_of_their_own(title: str, items: list[Item], line: str) -> None:
    browser = shown(View(ROOM, "meeting", contents_of(title, items), line))
    for path in ("/", "/fragment"):
        response = browser.get(path)
        assert response.status_code == 200
        page = response.get_data(as_text=True)
        assert {tag.lstrip("/") for tag in MARKUP.findall(page)} <= OURS
        assert page.count("<script") == (path == "/") and not LIVE.search(page.partition("<body>")[2] or page)
        assert all(str(escape(text)) in page for text in (title, *(item.name for item in items)))
        assert page.count("<article ") <= len(items) and (page.count('<h2 class="title">') == 1)
    for item in items:
        got = browser.get(f"/items/{item.sha256}")
        assert got.status_code == 404 or got.content_type in ("image/png", "image/jpeg", "application/octet-stream")
        assert HEADERS.items() <= dict(got.headers).items()


@often
@given(st.data())
def test_any_order_that_the_wire_takes_makes_a_page(data: st.DataObject) -> None:
    said = data.draw(shaped(wire.ScreenOrder)) | {"line": data.draw(any_text)}
    try:
        order = payload.decode(wire.ScreenOrder, json.dumps(said).encode())
    except PayloadError:
        return
    page = shown(View(ROOM, order.mode, None, order.line)).get("/")
    assert page.status_code == 200 and page.get_data(as_text=True)


@often
@given(any_text)
def test_any_address_is_answered(path: str) -> None:
    response = shown(View(ROOM)).get("/items/" + quote(path, errors="surrogatepass"))
    assert response.status_code in (404, 308)
