"""Lists in pages, and changes on condition: nothing is missed, nothing unseen is overwritten, twice is once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from nanoservices import wire
from nanoservices.auth.rest import make_app
from nanoservices.auth.store import Store
from nanoservices.settings import Secret
from tests.unit.auth.house import NOW, ROOMS, opened, unheard

ADMIN = "an-admin-token-0123456789"
Ask = Any


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = opened(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def ask(store: Store) -> Ask:
    client = Client(make_app(store, ROOMS, Secret(ADMIN), lambda: NOW, unheard(store)))

    def asked(method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        return client.open(
            f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {ADMIN}", **(headers or {})}, **more
        )

    return asked


def plan(hour: int, **more: Any) -> dict[str, Any]:
    times = {"starts": f"2031-05-06T{hour:02}:00:00Z", "ends": f"2031-05-06T{hour + 1:02}:00:00Z"}
    return {"title": f"at {hour}", "room": "room-1", "invited": [], **times, **more}


def every(ask: Ask, path: str, name: str, between: Any = None) -> list[str]:
    """The ids on all pages."""
    ids, cursor = [], ""
    while True:
        answer = ask("GET", f"{path}{cursor}").json
        ids += [row["id"] for row in answer[name]]
        if "next" not in answer:
            return ids
        cursor = f"&cursor={answer['next']}"
        if between is not None:
            between(len(ids))


# --- pages --------------------------------------------------------------------------------------------------------------


def test_pages_hold_everybody_once(ask: Ask) -> None:
    names = [f"p{number:02}" for number in range(11)]
    for name in reversed(names):
        ask("PUT", f"/participants/{name}", json={"name": name})
    for limit in (1, 2, 5, 10, 11, 12):
        assert every(ask, f"/participants?limit={limit}", "participants") == names


def test_who_stays_is_on_one_page_whoever_comes_and_goes_meanwhile(ask: Ask) -> None:
    for number in range(6):
        ask("PUT", f"/participants/p{number}", json={"name": "x"})

    def come_and_go(seen: int) -> None:
        if seen == 2:
            ask("DELETE", "/participants/p1")  # the very last of the page before
            ask("PUT", "/participants/a", json={"name": "x"})
            ask("PUT", "/participants/p22", json={"name": "x"})

    assert every(ask, "/participants?limit=2", "participants", come_and_go) == ["p0", "p1", "p2", "p22", "p3", "p4", "p5"]


def test_meetings_that_begin_together_are_on_one_page_each(ask: Ask) -> None:
    for room in ROOMS:
        for hour in (14, 12, 16):
            assert ask("PUT", f"/meetings/{room}-{hour}", json=plan(hour, room=room)).status_code == 201
    wanted = [f"{room}-{hour}" for hour in (12, 14, 16) for room in ROOMS]
    assert every(ask, "/meetings?limit=1", "meetings") == wanted
    assert every(ask, "/meetings?limit=4", "meetings") == wanted


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=AL", ["alice"]),
        ("q=%C3%84RZTE", ["doc"]),
        ("email=Bob@Example.org", ["bob"]),
        ("q=%25", []),
        ("q=" + "%27%20OR%201=1--", []),
        ("limit=1&q=o", ["bob", "doc"]),
    ],
)
def test_participants_are_found(ask: Ask, query: str, found: list[str]) -> None:
    people = {"alice": {"name": "Alice"}, "bob": {"name": "B", "email": "bob@example.ORG"}, "doc": {"name": "Die Ärzte"}}
    for name, body in people.items():
        ask("PUT", f"/participants/{name}", json=body)
    assert every(ask, f"/participants?{query}", "participants") == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("room=room-2", ["c"]),
        ("since=2031-05-06T13:00:00Z", ["b", "c"]),
        ("since=2031-05-06T12:59:59Z", ["a", "b", "c"]),
        ("until=2031-05-06T14:00:00Z", ["a"]),
        ("until=2031-05-06T16:00:01%2B02:00", ["a", "b"]),
        ("participant=bob", ["b", "c"]),
        ("organiser=bob", ["c"]),
    ],
)
def test_meetings_are_found(ask: Ask, query: str, found: list[str]) -> None:
    ask("PUT", "/participants/bob", json={"name": "Bob"})
    bodies = {"a": plan(12), "b": plan(14, invited=["bob"]), "c": plan(16, room="room-2", organiser="bob")}
    for name, body in bodies.items():
        assert ask("PUT", f"/meetings/{name}", json=body).status_code == 201
    assert every(ask, f"/meetings?{query}", "meetings") == found


def test_visits_are_found(ask: Ask, store: Store) -> None:
    for number, (outcome, zone) in enumerate([("refused", "entrance"), ("completed", "entrance"), ("refused", "room-1")]):
        visit = wire.Visit(f"v{number}", zone, (), outcome=outcome, participant="bob" if number else None)  # type: ignore[arg-type]
        store.events.add(wire.VisitReport(visit, "clock", "2031-05-06T12:00:00+00:00"))

    def ids(query: str) -> list[str]:
        return [row["visit"]["id"] for row in ask("GET", f"/visits?{query}").json["visits"]]

    assert ids("outcome=refused") == ["v0", "v2"]
    assert ids("outcome=refused&zone=room-1") == ["v2"]
    assert ids("participant=bob&limit=1") == ["v2"]
    assert ids("before=3&limit=1") == ["v1"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/participants?cursor=%00", "cursor"),
        ("/participants?cursor=AAAA", "cursor"),
        ("/participants?cursor=" + "W10", "cursor"),  # []
        ("/meetings?cursor=WyJhIl0", "cursor"),  # of participants
        ("/participants?limit=501", "limit"),
        ("/participants?limit=x", "limit"),
        ("/participants?limt=1", "limt"),
        ("/participants/bob?x=1", "x"),
        ("/meetings?since=2031-05-06T12:00:00", "since"),
        ("/visits?outcome=splendid", "outcome"),
    ],
)
def test_question_that_is_wrong_is_refused_naming_the_field(ask: Ask, path: str, field: str) -> None:
    response = ask("GET", path)
    assert response.status_code in (400, 422) and response.json["errors"][0]["field"] == field


# --- on condition -------------------------------------------------------------------------------------------------------


def test_answer_that_one_has_is_not_sent_again(ask: Ask) -> None:
    ask("PUT", "/participants/bob", json={"name": "Bob"})
    for path in ("/participants/bob", "/participants", "/openapi.json"):
        tag = ask("GET", path).headers["ETag"]
        again = ask("GET", path, {"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    ask("PUT", "/participants/bob", json={"name": "Robert"})
    assert ask("GET", "/participants/bob", {"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("/participants/bob", {"name": "Bob"}, {"name": "Robert", "email": "bob@example.org"}),
        ("/meetings/plan", plan(12), plan(13, title="moved", room="room-2")),
    ],
)
def test_change_of_what_one_has_not_seen_is_refused(ask: Ask, path: str, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert ask("PUT", path, {"If-Match": "*"}, json=one).status_code == 412
    assert ask("PUT", path, {"If-None-Match": "*"}, json=one).status_code == 201
    assert ask("PUT", path, {"If-None-Match": "*"}, json=one).status_code == 412
    seen = ask("GET", path).headers["ETag"]
    assert ask("PUT", path, {"If-Match": seen}, json=other).status_code == 200
    for method, more in (("PUT", {"json": one}), ("DELETE", {})):
        refused = ask(method, path, {"If-Match": seen}, **more)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (412, "If-Match")
    now = ask("GET", path)
    assert now.json["id"] in path and all(now.json[name] == value for name, value in other.items())
    assert ask("DELETE", path, {"If-Match": now.headers["ETag"]}).status_code == 204


def test_same_idempotency_key_makes_one(ask: Ask) -> None:
    key = {"Idempotency-Key": '"8e03978e"'}
    first, again = (ask("POST", "/participants", key, json={"name": "Bob"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert ask("POST", "/participants", key, json={"name": "Carl"}).status_code == 409  # another request under the same key
    assert ask("POST", "/participants", {"Idempotency-Key": "x"}, json={"name": "Bob"}).json["id"] != first.json["id"]
    assert ask("POST", "/participants", {"Idempotency-Key": "x" * 201}, json={"name": "Bob"}).status_code == 422


def test_put_twice_is_put_once(ask: Ask) -> None:
    body = {"name": "Bob", "email": "Bob@example.org"}
    assert [ask("PUT", "/participants/bob", json=body).status_code for _ in range(2)] == [201, 200]
    assert [ask("PUT", "/meetings/plan", json=plan(12)).status_code for _ in range(2)] == [201, 200]


def test_id_of_the_body_is_that_of_the_address(ask: Ask) -> None:
    assert ask("PUT", "/participants/bob", json={"name": "Bob", "id": "bob"}).status_code == 201
    refused = ask("PUT", "/participants/bob", json={"name": "Bob", "id": "robert"})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (409, "id")
    assert ask("PUT", "/participants/-", json={"name": "Bob"}).status_code == 422


def test_meeting_that_is_moved_keeps_its_contents_and_changes_who_may_come(ask: Ask) -> None:
    for name in ("bob", "carl"):
        ask("PUT", f"/participants/{name}", json={"name": name})
    ask("PUT", "/meetings/plan", json=plan(12, invited=["bob"]))
    ask("PUT", "/meetings/plan/contents/a", data=b"x", content_type="text/plain")
    assert ask("PUT", "/meetings/plan", json=plan(13, invited=["carl"])).status_code == 200
    assert ask("GET", "/meetings/plan").json["invited"] == ["carl"]
    assert len(ask("GET", "/meetings/plan/contents").json["contents"]) == 1


def test_room_is_taken_once_at_a_time(ask: Ask) -> None:
    ask("PUT", "/meetings/a", json=plan(12))
    refused = ask("POST", "/meetings", json={**plan(12), "starts": "2031-05-06T12:59:59Z", "ends": "2031-05-06T14:00:00Z"})
    assert refused.status_code == 409
    assert refused.json["errors"] == [
        {"field": "starts", "why": "room-1 is taken by meeting a from 2031-05-06T12:00:00Z to 2031-05-06T13:00:00Z"}
    ]
    assert ask("PUT", "/meetings/b", json=plan(13)).status_code == 201  # right after
    assert ask("PUT", "/meetings/c", json=plan(12, room="room-2")).status_code == 201  # elsewhere
    assert ask("PUT", "/meetings/a", json=plan(12, title="the same time")).status_code == 200
    assert ask("PUT", "/meetings/b", json=plan(12)).status_code == 409
    assert ask("GET", "/meetings/b").json["starts"] == "2031-05-06T13:00:00Z"


def test_email_address_is_one_participants(ask: Ask) -> None:
    ask("PUT", "/participants/bob", json={"name": "Bob", "email": "bob@example.org"})
    refused = ask("PUT", "/participants/carl", json={"name": "Carl", "email": "BOB@example.org"})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (409, "email")


def test_document_comes_back_as_it_went(ask: Ask) -> None:
    ask("PUT", "/meetings/plan", json=plan(12))
    ask("PUT", "/meetings/plan/contents/a.pdf", data=b"%PDF-1.7 x", content_type="application/pdf")
    got = ask("GET", "/meetings/plan/contents/a.pdf")
    assert (got.data, got.mimetype, got.headers["Content-Disposition"]) == (b"%PDF-1.7 x", "application/pdf", "attachment")
    assert ask("GET", "/meetings/plan/contents/b.pdf").status_code == 404
