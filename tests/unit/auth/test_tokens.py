"""API tokens: told once, kept as digests, refused at once when they have ended."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from nanoservices.auth.rest import make_app
from nanoservices.settings import Secret
from tests.unit.auth.house import NOW, ROOMS, opened, unheard

ADMIN = "an-admin-token-0123456789"
DAY_S = 86_400


class House:
    def __init__(self, folder: Path):
        self.now, self.folder = NOW, folder
        self.open()

    def open(self) -> None:
        self.store = opened(self.folder)
        self.client = Client(make_app(self.store, ROOMS, Secret(ADMIN), lambda: self.now, unheard(self.store)))

    def __call__(self, method: str, path: str, token: str = ADMIN, **more: Any) -> Any:
        return self.client.open(f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **more)

    def made(self, **more: Any) -> dict[str, Any]:
        response = self("POST", "/tokens", json={"label": "the hall's display", "role": "viewer", **more})
        assert response.status_code == 201, response.text
        return dict(response.json)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data")
    yield made
    made.store.close()


def test_token_is_told_once_and_kept_nowhere(house: House) -> None:
    made = house.made()
    assert house("GET", "/me", made["token"]).json == {"token": made["id"], "role": "viewer"}
    secret = made.pop("token").partition(".")[2]
    assert house("GET", "/tokens").json == {"tokens": [made]}
    house.store.close()
    assert not any(secret.encode() in path.read_bytes() for path in house.folder.iterdir())
    house.open()


def test_token_is_known_after_a_restart(house: House) -> None:
    token = house.made()["token"]
    house.store.close()
    house.open()
    assert house("GET", "/me", token).status_code == 200


def test_token_that_was_removed_is_refused_at_once(house: House) -> None:
    made = house.made()
    assert house("DELETE", f"/tokens/{made['id']}").status_code == 204
    assert house("GET", "/me", made["token"]).status_code == 401
    assert house("DELETE", f"/tokens/{made['id']}").status_code == 404


def test_token_ends_after_its_days(house: House) -> None:
    made = house.made(days=2)
    house.now = NOW + 2 * DAY_S - 1
    assert house("GET", "/me", made["token"]).status_code == 200
    house.now = NOW + 2 * DAY_S
    refused = house("GET", "/me", made["token"])
    assert refused.status_code == 401
    assert "has ended" in refused.json["detail"]


def test_organisers_token_goes_with_the_participant(house: House) -> None:
    assert house("PUT", "/participants/alice", json={"name": "Alice"}).status_code == 201
    made = house.made(role="organiser", participant="alice")
    assert house("GET", "/me", made["token"]).json["participant"] == "alice"
    house("DELETE", "/participants/alice")
    assert house("GET", "/me", made["token"]).status_code == 401
    assert house("GET", "/tokens").json == {"tokens": []}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "boss"}, "role"),
        ({"label": ""}, "label"),
        ({"days": 0}, "days"),
        ({"days": True}, "days"),
        ({"role": "organiser"}, "participant"),
        ({"role": "organiser", "participant": "zed"}, "participant"),
        ({"participant": "alice"}, "participant"),
        ({"lable": "x"}, "lable"),
    ],
)
def test_token_that_is_wrong_is_refused_naming_the_field(house: House, change: dict[str, Any], field: str) -> None:
    response = house("POST", "/tokens", json={"label": "x", "role": "viewer", **change})
    assert response.status_code in (400, 422) and response.json["errors"][0]["field"] == field
    assert house("GET", "/tokens").json == {"tokens": []}


def test_token_that_is_nearly_right_is_refused(house: House) -> None:
    token = house.made()["token"]
    for spoilt in (token.upper(), f"{token}x", token[:-1], token.partition(".")[0], ".", f"{token} {token}"):
        assert house("GET", "/me", spoilt).status_code == 401
