"""An admin who asks over REST, without a network."""

from typing import Any

from werkzeug.test import Client

from nanoservices.auth.rest import make_app
from nanoservices.auth.store import Store
from nanoservices.settings import Secret
from tests.unit.auth.house import NOW, ROOMS, unheard

TOKEN = "an-admin-token-0123456789"
PLAN = {
    "id": "plan",
    "title": "Quarterly plan",
    "room": "room-1",
    "starts": "2031-05-06T14:00:00+02:00",
    "ends": "2031-05-06T15:00:00+02:00",
    "invited": ["carl", "bob"],
    "organiser": "alice",
}


class Admin:
    """Asks with the token, and gives status and body."""

    def __init__(self, store: Store):
        self.store = store
        self.client = Client(make_app(store, ROOMS, Secret(TOKEN), lambda: NOW, unheard(store)))

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        given = {"json": body} if not isinstance(body, bytes) else {"data": body}
        more.setdefault("headers", {"Authorization": f"Bearer {TOKEN}"})
        response = self.client.open(f"/api/v1{path}", method=method, **({} if body is None else given), **more)
        if response.status_code >= 400:
            assert response.mimetype == "application/problem+json"
            assert response.json["status"] == response.status_code
        return response.status_code, response.json if response.data else None

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str | None, str]:
        status, problem = self(method, path, body, **more)
        assert status >= 400, problem
        wrong = (problem.get("errors") or [{"field": None}])[0]
        return status, wrong["field"], problem["detail"]


def put(admin: Admin, path: str, data: bytes, media_type: str) -> tuple[int, Any]:
    return admin("PUT", path, data, content_type=media_type)
