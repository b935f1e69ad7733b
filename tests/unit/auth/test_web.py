"""The admin's REST: what it takes, what it refuses naming the field, and that doing it twice is doing it once."""

import io
from typing import Any

import pytest

from nanoservices import wire
from nanoservices.auth.logic import recognise
from nanoservices.auth.routes import ROUTES
from tests.unit.auth.admin import PLAN, TOKEN, Admin
from tests.unit.auth.house import MAC, NOW, SECRETS, sighting, tag

# --- who may ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization", [None, "Bearer wrong", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ü"]
)
def test_nobody_gets_in_without_the_token(admin: Admin, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for route in ROUTES:
        status, _, detail = admin.refused(route.method, route.path, headers=headers)
        assert status == 401, route.name
        assert TOKEN not in detail


def test_what_is_not_there_is_not_told_to_strangers(admin: Admin) -> None:
    assert admin.refused("GET", "/nowhere", headers={})[0] == 401
    assert admin.refused("GET", "/nowhere")[0] == 404
    assert admin.refused("PATCH", "/meetings")[0] == 405


def test_refusal_says_how_to_ask(admin: Admin) -> None:
    response = admin.client.get("/api/v1/participants")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Cache-Control"] == "private, no-cache"


# --- participants and credentials ---------------------------------------------------------------------------------------


def test_participant_is_added_once(admin: Admin) -> None:
    for status in (201, 200):
        assert admin("POST", "/participants", {"id": "bob", "name": "Bob"}) == (status, {"id": "bob", "name": "Bob"})
    assert admin.refused("POST", "/participants", {"id": "bob", "name": "Robert"})[:2] == (409, "id")
    assert admin("GET", "/participants") == (200, {"participants": [{"id": "bob", "name": "Bob"}]})


def test_participant_without_an_id_is_given_one(admin: Admin) -> None:
    _, one = admin("POST", "/participants", {"name": "Bob"})
    _, other = admin("POST", "/participants", {"name": "Bob"})
    assert one["id"] != other["id"]
    assert admin("GET", f"/participants/{one['id']}") == (200, one)


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        (b"{", "payload", "not JSON"),
        ([], "payload", "not an object"),
        ({}, "name", "is missing"),
        ({"name": ""}, "name", "length 0"),
        ({"name": "Bob", "id": "a/b"}, "id", "is not an id"),
        ({"name": "Bob", "id": "unknown"}, "id", "has a meaning of its own"),
        ({"name": "Bob", "nam": "x"}, "nam", "did you mean name?"),
        ({"name": "Bob\n"}, "name", "cannot be shown"),
        ({"name": "\0"}, "name", "cannot be shown"),
        (rb'{"name": "\ud800"}', "name", "is no character"),
        (rb'{"name": "Bob", "\ud800": 1}', "\ud800", "there is no such field"),
    ],
)
def test_participant_that_is_wrong_is_refused_naming_the_field(admin: Admin, body: Any, field: str, says: str) -> None:
    status, named, detail = admin.refused("POST", "/participants", body)
    assert status in (400, 422) and named == field
    assert says in detail
    assert admin("GET", "/participants") == (200, {"participants": []})


def test_removed_participant_is_gone(settled: Admin) -> None:
    assert settled("DELETE", "/participants/bob") == (204, None)
    assert settled.refused("DELETE", "/participants/bob")[0] == 404
    assert settled.refused("GET", "/participants/bob/credentials")[0] == 404
    assert settled("GET", "/meetings/plan")[1]["invited"] == ["carl"]


def test_enrolled_key_is_known_as_soon_as_it_is_acknowledged(settled: Admin) -> None:
    def ask(key: str) -> wire.Answer:
        return recognise([sighting(key)], settled.store.directory, NOW)[0]

    assert settled("POST", "/participants/bob/credentials", {"kind": "rolling", "secret": SECRETS["bob"].hex()})[0] == 201
    assert ask(tag("bob")).decision == "granted"
    assert (
        settled("POST", "/participants/carl/credentials", {"kind": "static", "key": MAC["carl"].upper().replace("MAC", "mac")})[
            0
        ]
        == 201
    )
    assert ask(MAC["carl"]).reason == "too-weak"
    settled("DELETE", "/meetings/plan")
    assert ask(tag("bob")).reason == "not-invited"


def test_list_of_credentials_shows_no_secret(settled: Admin) -> None:
    given = {"id": "tag-1", "kind": "rolling", "secret": SECRETS["bob"].hex()}
    shown = {"id": "tag-1", "participant": "bob", "kind": "rolling", "strength": "rolling"}
    for status in (201, 200):  # the same secret again is the same credential
        assert settled("POST", "/participants/bob/credentials", given) == (status, shown)
    assert settled("GET", "/participants/bob/credentials") == (200, {"credentials": [shown]})
    assert settled("DELETE", "/participants/bob/credentials/tag-1") == (204, None)
    assert settled("GET", "/participants/bob/credentials") == (200, {"credentials": []})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "nfc", "key": MAC["bob"]}, "kind"),
        ({"kind": "static"}, "key"),
        ({"kind": "static", "secret": "ab" * 16}, "key"),
        ({"kind": "static", "key": MAC["bob"], "secret": "ab" * 16}, "secret"),
        ({"kind": "static", "key": "mac:aabb"}, "key"),
        ({"kind": "static", "key": "rpa:aabbccddeeff"}, "key"),
        ({"kind": "static", "key": "uid:" + "g" * 32}, "key"),
        ({"kind": "rolling", "secret": "ab" * 15}, "secret"),
        ({"kind": "rolling", "secret": "ab" * 33}, "secret"),
        ({"kind": "rolling", "secret": "a" * 33}, "secret"),
        ({"kind": "rolling", "secret": "zz" * 16}, "secret"),
    ],
)
def test_credential_that_is_wrong_is_refused_and_not_repeated(settled: Admin, body: dict[str, str], field: str) -> None:
    status, named, detail = settled.refused("POST", "/participants/bob/credentials", body)
    assert status in (400, 422) and named == field
    assert not any(text in detail for name, text in body.items() if name != "kind")
    assert settled("GET", "/participants/bob/credentials") == (200, {"credentials": []})


def test_key_of_somebody_else_is_refused(settled: Admin) -> None:
    settled("POST", "/participants/bob/credentials", {"kind": "static", "key": MAC["bob"]})
    assert settled.refused("POST", "/participants/carl/credentials", {"kind": "static", "key": MAC["bob"]})[:2] == (409, "key")
    assert settled.refused("POST", "/participants/zed/credentials", {"kind": "static", "key": MAC["carl"]})[0] == 404


# --- meetings -----------------------------------------------------------------------------------------------------------


def test_meeting_is_kept_in_utc_and_shown_so(settled: Admin) -> None:
    shown = {**PLAN, "starts": "2031-05-06T12:00:00Z", "ends": "2031-05-06T13:00:00Z", "invited": ["bob", "carl"]}
    shown["least_strength"] = "rolling"
    assert settled("GET", "/meetings") == (200, {"meetings": [shown]})
    same = {**PLAN, "starts": "2031-05-06T12:00:00Z", "invited": ["bob", "carl", "bob"]}  # the same, said otherwise
    assert settled("POST", "/meetings", same) == (200, shown)
    assert settled.refused("POST", "/meetings", {**PLAN, "room": "room-2"})[:2] == (409, "id")


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"starts": "2031-05-06T14:00:00"}, "starts", "has no offset from UTC"),
        ({"ends": "2031-05-06T15:00"}, "ends", "has no offset from UTC"),
        ({"starts": "half past two"}, "starts", "no time in ISO 8601"),
        ({"starts": "0001-01-01T00:00:00+14:00"}, "starts", "no time in ISO 8601"),
        ({"ends": PLAN["starts"]}, "ends", "is not after"),
        ({"room": "room-9"}, "room", "labels.yml has no room room-9 (it has: room-1, room-2)"),
        ({"invited": ["bob", "zed"]}, "invited[1]", "there is no participant zed"),
        ({"invited": "bob"}, "invited", "is not a list"),
        ({"organiser": "zed"}, "organiser", "there is no participant zed"),
        ({"least_strength": "strong"}, "least_strength", "is not one of static, irk, rolling"),
        ({"least_strenght": "static"}, "least_strenght", "did you mean least_strength?"),
        ({"id": "personal"}, "id", "has a meaning of its own"),
        ({"title": "x" * 121}, "title", "length 121"),
        ({"title": "Quarterly \u202e plan"}, "title", "cannot be shown"),
        ({"title": "\ud800"}, "title", "is no character"),
    ],
)
def test_meeting_that_is_wrong_is_refused_naming_the_field(
    settled: Admin, change: dict[str, Any], field: str, says: str
) -> None:
    status, named, detail = settled.refused("POST", "/meetings", {**PLAN, "id": "other", **change})
    assert status in (400, 422) and named == field
    assert says in detail
    assert [found["id"] for found in settled("GET", "/meetings")[1]["meetings"]] == ["plan"]


# --- visits, and faults -------------------------------------------------------------------------------------------------


def test_visits_are_paged(admin: Admin) -> None:
    assert admin("GET", "/visits") == (200, {"visits": [], "next": 0})
    for number in range(1, 6):
        visit = wire.Visit(f"v{number}", "entrance", (), outcome="refused", reason="unknown-key")
        admin.store.events.add(wire.VisitReport(visit, "clock", "2031-05-06T12:00:00+00:00"))

    def ids(query: str) -> tuple[list[str], int]:
        _, found = admin("GET", f"/visits?{query}")
        return [row["visit"]["id"] for row in found["visits"]], found["next"]

    assert ids("limit=2") == (["v4", "v5"], 5)
    assert ids("after=0&limit=2") == (["v1", "v2"], 2)
    assert ids("after=2") == (["v3", "v4", "v5"], 5)
    assert ids("after=5") == ([], 5)


@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("limit=501", "limit"), ("limit=x", "limit"), ("after=-1", "after")]
)
def test_page_that_is_none_is_refused(admin: Admin, query: str, field: str) -> None:
    assert admin.refused("GET", f"/visits?{query}")[:2] == (400, field)


def test_database_that_is_away_is_said_with_when_to_come_again(admin: Admin) -> None:
    admin.store.close()
    response = admin.client.get("/api/v1/participants", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


def test_fault_of_ours_is_logged_and_tells_nothing(admin: Admin, caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the inner workings")

    monkeypatch.setattr(admin.store.listing, "participants", broken)
    status, _, detail = admin.refused("GET", "/participants")
    assert (status, detail) == (500, "a fault in this service; its log has it")
    assert "the inner workings" in caplog.text


def test_upload_is_not_read_for_a_stranger(admin: Admin) -> None:
    body = io.BytesIO(b"x" * 100_000)
    admin.client.put("/api/v1/meetings/plan/contents/x", input_stream=body, content_type="text/plain", content_length=100_000)
    assert body.tell() == 0
