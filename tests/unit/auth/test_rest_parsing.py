"""Whatever an admin's script sends: a change that was asked for, or a problem that names what is wrong. Never our fault."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from nanoservices.auth import api
from nanoservices.auth.rest import make_app
from nanoservices.auth.routes import ROUTES, Route
from nanoservices.auth.shapes import Paged
from nanoservices.settings import Secret
from tests.unit.auth.house import NOW, ROOMS, SECRETS, opened, unheard
from tests.unit.hostile import any_text, changed_somewhere, odd_json, often, seldom

TOKEN = "an-admin-token-0123456789"
MOST_SAID = 1000
BODIES: dict[str, dict[str, Any]] = {
    "/participants": {"id": "dora", "name": "Dora"},
    "/participants/bob/credentials": {"id": "c1", "kind": "static", "key": "mac:" + "a" * 12},
    "/tokens": {"label": "x", "role": "organiser", "participant": "bob", "days": 3},
    "/imports": {
        "participants": [{"id": "erin", "name": "Erin", "email": "e@example.org", "credentials": []}],
        "removals": ["gone"],
        "meetings": [],
    },
    "/meetings": {
        "id": "plan",
        "title": "Plan",
        "room": "room-1",
        "starts": "2031-05-06T14:00:00+02:00",
        "ends": "2031-05-06T15:00:00+02:00",
        "invited": ["bob"],
        "organiser": "alice",
        "least_strength": "static",
    },
}
MOMENTS = st.one_of(
    st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat()),
    st.from_regex(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ][0-9]{2}:?[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?", fullmatch=True),
    st.sampled_from(["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2031-05-06T14:00:00." + "0" * 50_000]),
)


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Ask, and have the answer looked at: the status."""
    store = opened(tmp_path_factory.mktemp("auth") / "data")
    client = Client(make_app(store, ROOMS, Secret(TOKEN), lambda: NOW, unheard(store)))

    def asked(method: str, path: str, **more: Any) -> int:
        more.setdefault("headers", {"Authorization": f"Bearer {TOKEN}"})
        response = client.open(f"/api/v1{path}", method=method, **more)
        assert response.status_code < 500, (response.data[:500], more)
        if response.status_code >= 400:
            assert response.mimetype == "application/problem+json"
            assert 0 < len(response.json["detail"]) <= MOST_SAID
        return response.status_code

    for name in SECRETS:
        asked("POST", "/participants", json={"id": name, "name": name})
    yield asked
    store.close()


@often
@given(st.sampled_from(list(BODIES)), odd_json)
def test_any_body_is_taken_or_refused(ask: Any, path: str, body: bytes) -> None:
    assert ask("POST", path, data=body) in (200, 201, 400, 413, 422)


@often
@given(st.data())
def test_body_with_one_odd_value_is_taken_or_refused(ask: Any, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(BODIES)))
    said = data.draw(changed_somewhere(BODIES[path]))
    try:
        body = json.dumps(said).encode()
    except ValueError:  # more digits than Python writes
        return
    assert ask("POST", path, data=body) in (200, 201, 400, 404, 409, 413, 422)


@often
@given(MOMENTS, MOMENTS)
def test_any_times_make_a_meeting_that_can_be_listed_or_are_refused(ask: Any, starts: str, ends: str) -> None:
    said = {**BODIES["/meetings"], "id": None, "starts": starts, "ends": ends}
    status = ask("POST", "/meetings", json=said)
    assert status in (201, 400, 409, 422)  # the room may be taken
    assert status != 201 or ask("GET", "/meetings?limit=500") == 200


@often
@given(st.sampled_from(ROUTES), st.lists(any_text, min_size=2, max_size=2), st.dictionaries(any_text, any_text, max_size=2))
def test_any_names_in_an_address_are_answered(ask: Any, route: Route, names: list[str], query: dict[str, str]) -> None:
    path = route.path
    for part in ("participant", "credential", "meeting", "name", "room", "token"):
        path = path.replace(f"<{part}>", quote(names[part == "name"], safe="", errors="surrogatepass"))
    text = urlencode({"owner": "bob", **query}, errors="surrogatepass")
    ask(route.method, f"{path}?{text}", data=b"%PDF-1", content_type="application/pdf")


@seldom
@given(
    st.sampled_from(["limit", "after", "owner"]), any_text | st.sampled_from(["9" * 5000, "-1", "1e9", "٣", "0x1", "1_0", " 1"])
)
def test_any_query_is_answered(ask: Any, name: str, value: str) -> None:
    assert ask("GET", "/visits?" + urlencode({name: value}, errors="surrogatepass")) in (200, 400)


@seldom
@given(
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n")),
    st.text(st.characters(codec="ascii", exclude_categories=("C",))),
)
def test_any_headers_are_answered(ask: Any, authorization: str, media_type: str) -> None:
    assert ask("GET", "/visits", headers={"Authorization": authorization}) == 401
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": media_type}
    assert ask("PUT", "/rooms/room-1/personal/a?owner=bob", data=b"x", headers=headers) in (200, 201, 400, 409, 415, 422)


@pytest.mark.parametrize(
    "path", ["/participants/" + "x" * 60_000, "/meetings/%00", "/meetings/%ff%fe/contents", "/rooms/%2e%2e/personal"]
)
def test_odd_address_is_not_repeated_at_length(ask: Any, path: str) -> None:
    assert ask("GET", path) in (400, 404)


def test_time_without_an_offset_is_not_repeated_at_length(ask: Any) -> None:
    for starts in ("2031-05-06T14:00:00." + "0" * 50_000, "2031-05-06T14:00:00." + "0" * 50_000 + "+02:00"):
        said = {**BODIES["/meetings"], "starts": starts, "ends": "2031-05-06T14:00:00Z"}
        assert ask("POST", "/meetings", json={**said, "ends": said["starts"]}) in (400, 422)


@often
@given(any_text)
def test_any_text_is_a_whole_number_or_refused(text: str) -> None:
    try:
        assert str(api.read_query(Paged, {"limit": text}).limit) == text.lstrip("0")
    except api.PayloadError as refused:
        assert str(refused).startswith("limit: ") and len(str(refused)) < 100
