"""Many rows in one request: all of them or none, every wrong one named, and twice is once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from nanoservices.auth.logic import recognise
from nanoservices.auth.rest import make_app
from nanoservices.auth.rows import MOST_ROWS
from nanoservices.settings import Secret
from tests.unit.auth.house import MAC, NOW, ROOMS, SECRETS, opened, sighting, tag, unheard

ADMIN = "an-admin-token-0123456789"
PLAN = {
    "id": "plan",
    "title": "Plan",
    "room": "room-1",
    "starts": "2031-05-06T11:00:00Z",
    "ends": "2031-05-06T13:00:00Z",
    "invited": ["bob"],
}
PEOPLE = [
    {"id": "alice", "name": "Alice", "email": "Alice@example.org"},
    {"id": "bob", "name": "Bob", "credentials": [{"kind": "rolling", "secret": SECRETS["bob"].hex()}]},
]


class House:
    def __init__(self, folder: Path):
        self.store = opened(folder)
        self.client = Client(make_app(self.store, ROOMS, Secret(ADMIN), lambda: NOW, unheard(self.store)))

    def __call__(self, method: str, path: str, token: str = ADMIN, **more: Any) -> Any:
        return self.client.open(f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **more)

    def imported(self, query: str = "", **body: Any) -> Any:
        return self("POST", f"/imports{query}", json=body)

    def done(self, query: str = "", **body: Any) -> tuple[int, list[tuple[str, str]]]:
        response = self.imported(query, **body)
        assert response.status_code == 200, response.text
        return response.json["same"], [(row["id"], row["did"]) for row in response.json["rows"]]

    def wrong(self, **body: Any) -> dict[str, str]:
        before = self.everything()
        response = self.imported(**body)
        assert response.status_code in (400, 403, 422), response.text
        assert self.everything() == before
        return {error["field"]: error["why"] for error in response.json["errors"]}

    def everything(self) -> Any:
        return self("GET", "/participants").json, self("GET", "/meetings").json


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data")
    yield made
    made.store.close()


def test_twice_is_once(house: House) -> None:
    assert house.done(participants=PEOPLE, meetings=[PLAN]) == (
        0,
        [("alice", "add"), ("bob", "add"), ("bob", "add"), ("plan", "add")],
    )
    assert house.done(participants=PEOPLE, meetings=[PLAN]) == (3, [])
    assert house("GET", "/participants").json["participants"][0]["email"] == "alice@example.org"


def test_whom_it_brings_is_recognised_when_it_is_answered(house: House) -> None:
    house.done(participants=PEOPLE, meetings=[PLAN])
    assert recognise([sighting(tag("bob"))], house.store.directory, NOW)[0].decision == "granted"


def test_what_is_left_out_stays(house: House) -> None:
    house.done(participants=PEOPLE, meetings=[{**PLAN, "least_strength": "static", "organiser": "alice"}])
    assert house.done(participants=[{"id": "alice", "name": "Alice"}], meetings=[PLAN]) == (2, [])
    assert house.done(participants=[{"id": "alice", "name": "Al"}], meetings=[{**PLAN, "title": "P"}])[1] == [
        ("alice", "change"),
        ("plan", "change"),
    ]
    assert house("GET", "/participants/alice").json == {"id": "alice", "name": "Al", "email": "alice@example.org"}
    assert house("GET", "/meetings/plan").json["least_strength"] == "static"
    assert house("GET", "/meetings/plan").json["organiser"] == "alice"


def test_dry_run_says_the_same_and_changes_nothing(house: House) -> None:
    before = house.everything()
    dry = house.done("?dry_run=true", participants=PEOPLE, meetings=[PLAN])
    assert house.everything() == before
    assert recognise([sighting(tag("bob"))], house.store.directory, NOW)[0].reason == "unknown-key"
    assert house.done(participants=PEOPLE, meetings=[PLAN]) == dry


def test_every_wrong_row_is_named_and_nothing_is_kept(house: House) -> None:
    assert house.wrong(
        participants=[*PEOPLE, {"id": "a b", "name": "x"}, {"id": "carl"}, {"id": "d", "name": "d", "nam": 1}, 7],
        meetings=[{**PLAN, "starts": "2031-05-06T11:00:00"}],
    ) == {
        "participants[2].id": '"a b" is not an id (letters, digits and _.@-, up to 64)',
        "participants[3].name": "is missing",
        "participants[4].nam": "there is no such field; did you mean name?",
        "participants[5]": "7 is not an object",
        "meetings[0].starts": "2031-05-06T11:00:00 has no offset from UTC; add it, as in 2031-05-06T14:00:00+02:00",
    }


def test_what_contradicts_what_is_there_is_named_too(house: House) -> None:
    house.done(participants=PEOPLE, meetings=[PLAN])
    static = {"kind": "static", "key": MAC["carl"]}
    assert house.wrong(
        participants=[
            {"id": "carl", "name": "Carl", "email": "alice@example.org"},
            {"id": "unknown", "name": "x"},
            {"id": "dora", "name": "Dora", "credentials": [static, {"kind": "static", "key": "mac:1"}]},
            {"id": "erin", "name": "Erin", "credentials": [{"kind": "rolling", "secret": SECRETS["bob"].hex()}]},
        ],
        meetings=[
            {**PLAN, "id": "other"},
            {**PLAN, "id": "elsewhere", "room": "attic"},
            {**PLAN, "id": "who", "room": "room-2", "invited": ["zed"]},
        ],
    ) == {
        "participants[0].email": "is that of participant alice; change it there first",
        "participants[1].id": "unknown has a meaning of its own here; take another id",
        "participants[2].key": "is none of mac:<12 hex digits>, ibeacon:<40 hex digits>, uid:<32 hex digits>",
        "participants[3].credentials[0].secret": "is another participant's; remove it there first",
        "meetings[0].starts": "room-1 is taken by meeting plan from 2031-05-06T11:00:00Z to 2031-05-06T13:00:00Z",
        "meetings[1].room": "labels.yml has no room attic (it has: room-1, room-2)",
        "meetings[2].invited[0]": "there is no participant zed",
    }


def test_row_that_is_there_twice_is_refused(house: House) -> None:
    assert house.wrong(participants=[*PEOPLE, PEOPLE[0]]) == {"participants[2].id": "alice is in row 0 as well"}


def test_problems_are_told_up_to_a_number(house: House) -> None:
    assert len(house.wrong(participants=[{"id": "x"}] * 1000)) == 50


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "payload"),
        ({"people": []}, "people"),
        ({"participants": {}}, "participants"),
        ({"participants": [{"id": "x", "name": "x"}] * (MOST_ROWS + 1)}, "participants"),
    ],
)
def test_what_is_no_import_is_refused(house: House, body: Any, field: str) -> None:
    response = house("POST", "/imports", json=body)
    assert response.status_code in (400, 422) and response.json["errors"][0]["field"] == field


def test_what_is_to_go_goes_first(house: House) -> None:
    house.done(participants=PEOPLE, meetings=[PLAN])
    other = {**PLAN, "id": "other"}  # at the same time
    assert house.done(meetings=[other], removals=["plan", "gone"]) == (1, [("plan", "remove"), ("other", "add")])
    assert house("GET", "/meetings/plan").status_code == 404


def test_organiser_imports_own_meetings_only(house: House) -> None:
    house.done(participants=PEOPLE, meetings=[PLAN])
    body = {"label": "alice's calendar", "role": "organiser", "participant": "alice"}
    token = house("POST", "/tokens", json=body).json["token"]
    hers = {**PLAN, "id": "hers", "room": "room-2", "organiser": "alice"}
    assert house("POST", "/imports", token, json={"meetings": [hers]}).status_code == 200
    assert house("POST", "/imports", token, json={"participants": PEOPLE}).status_code == 403
    assert "is another's" in house("POST", "/imports", token, json={"removals": ["plan"]}).text
    for theirs in (PLAN, {**PLAN, "organiser": "alice"}, {**hers, "id": "his", "organiser": "bob"}):
        response = house("POST", "/imports", token, json={"meetings": [theirs]})
        assert (response.status_code, "is another's" in response.text) == (422, True)
