"""Who may do what over REST, said as a table and asked of every resource."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from nanoservices.auth.rest import make_app
from nanoservices.auth.rights import RIGHTS, ROLES
from nanoservices.auth.routes import ROOT, ROUTES, Route
from nanoservices.settings import Secret
from tests.unit.auth.house import NOW, ROOMS, SECRETS, meeting, opened, unheard

ADMIN = "an-admin-token-0123456789"
TABLE = """
                    admin  organiser  viewer
me                    r        r         r
rooms                 r        r         r
participants          w        r         r
credentials           w        -         -
meetings              w        w         r
contents              w        w         r
documents             r        r         -
personal              w        w         -
visits                r        r         r
alarms                r        -         r
imports               w        w         -
enrolments            w        -         -
privacy               w        -         -
tokens                w        -         -
audit                 r        -         -
"""
ROWS = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()[1:]}
Ask = Any


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Ask as a role; alice is the organiser, of `hers`; `his` is bob's."""
    store = opened(tmp_path_factory.mktemp("auth") / "data")
    client = Client(make_app(store, ROOMS, Secret(ADMIN), lambda: NOW, unheard(store)))

    def ask(token: str, method: str, path: str, **more: Any) -> Any:
        return client.open(f"{ROOT}{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **more)

    for name in SECRETS:
        assert ask(ADMIN, "PUT", f"/participants/{name}", json={"name": name}).status_code == 201
    store.meetings.add(meeting("hers", "carl", organiser="alice"))
    store.meetings.add(meeting("his", "carl", organiser="bob", room="room-2"))
    tokens = {"admin": ADMIN}
    for role, participant in (("organiser", "alice"), ("viewer", None)):
        body = {"label": role, "role": role, "participant": participant}
        tokens[role] = ask(ADMIN, "POST", "/tokens", json=body).json["token"]
    yield lambda role, *words, **more: ask(tokens[role], *words, **more)
    store.close()


def test_every_resource_has_a_row() -> None:
    assert set(ROWS) == set(RIGHTS)
    assert {route.of for route in ROUTES} <= set(ROWS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
def test_role_may_what_the_table_says_and_no_more(asked: Ask, route: Route, role: str) -> None:
    path = route.path.replace("<participant>", "nobody").replace("<meeting>", "nothing").replace("<room>", "nowhere")
    path = path.replace("<name>", "x").replace("<token>", "x").replace("<credential>", "x")
    may = ROWS[route.of][ROLES.index(role)]  # type: ignore[arg-type]
    wanted = may == "w" or (may == "r" and route.method == "GET")
    assert (asked(role, route.method, path).status_code != 403) is wanted


PLAN = {"title": "x", "room": "room-1", "starts": "2032-01-01T10:00:00Z", "ends": "2032-01-01T11:00:00Z", "invited": []}


def test_organiser_sees_and_changes_own_meetings_only(asked: Ask) -> None:
    assert [found["id"] for found in asked("organiser", "GET", "/meetings").json["meetings"]] == ["hers"]
    for query in ("organiser=bob", "participant=carl"):
        assert "his" not in asked("organiser", "GET", f"/meetings?{query}").text
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/contents"), ("GET", "/contents/x"), ("DELETE", "/contents/x")):
        assert asked("organiser", method, f"/meetings/his{path}").status_code == 403
    body = {"data": b"x", "content_type": "text/plain"}
    assert asked("organiser", "PUT", "/meetings/his/contents/x", **body).status_code == 403
    assert asked("organiser", "PUT", "/meetings/hers/contents/x", **body).status_code == 201
    assert asked("organiser", "PUT", "/meetings/his", json={**PLAN, "organiser": "alice"}).status_code == 403  # not taken over
    assert asked("organiser", "POST", "/meetings", json={**PLAN, "organiser": "bob"}).status_code == 403
    assert asked("organiser", "POST", "/meetings", json=PLAN).status_code == 403
    assert asked("organiser", "PUT", "/meetings/new", json={**PLAN, "organiser": "alice"}).status_code == 201
    assert asked("organiser", "DELETE", "/meetings/new").status_code == 204
    assert asked("admin", "GET", "/meetings/his").status_code == 200


def test_organiser_has_own_personal_contents_only(asked: Ask) -> None:
    body = {"data": b"x", "content_type": "text/plain"}
    assert asked("organiser", "PUT", "/rooms/room-1/personal/a?owner=bob", **body).status_code == 403
    assert asked("admin", "PUT", "/rooms/room-1/personal/his?owner=bob", **body).status_code == 201
    assert asked("organiser", "PUT", "/rooms/room-1/personal/hers?owner=alice", **body).status_code == 201
    listed = asked("organiser", "GET", "/rooms/room-1/personal").json["contents"]
    assert [item["name"] for item in listed] == ["hers"]
    assert asked("organiser", "DELETE", "/rooms/room-1/personal/his").status_code == 403


def test_refusal_names_the_role_and_what_it_may_not(asked: Ask) -> None:
    problem = asked("viewer", "DELETE", "/meetings/hers").json
    assert problem["errors"] == [{"field": "Authorization", "why": "a token of role viewer may not change meetings"}]
