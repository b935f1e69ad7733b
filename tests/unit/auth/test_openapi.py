"""The document that is served: whole, current, and about what there is."""

import html
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from werkzeug.test import Client

from nanoservices.auth import openapi
from nanoservices.auth.rest import make_app
from nanoservices.auth.routes import ROUTES
from nanoservices.settings import Secret
from tests.unit.auth.house import NOW, ROOMS, opened, unheard

ROOT = Path(__file__).parents[3]


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(held) for held in value.values()))
    return set().union(*(references(held) for held in value)) if isinstance(value, list) else set()


def test_document_in_the_tree_is_the_one_that_is_served() -> None:
    kept = (ROOT / "docs/openapi.json").read_text()
    assert kept == openapi.text(), "python -m nanoservices.auth.openapi > docs/openapi.json"


def test_every_reference_leads_somewhere() -> None:
    document = openapi.document()
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_every_schema_is_one() -> None:
    for name, schema in openapi.document()["components"]["schemas"].items():
        jsonschema_rs.meta.validate({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"}), name


def test_every_resource_is_on_the_page_and_in_the_document(tmp_path: Path) -> None:
    store = opened(tmp_path / "data")
    client = Client(make_app(store, ROOMS, Secret("an-admin-token-0123456789"), lambda: NOW, unheard(store)))
    document, page = client.get("/api/v1/openapi.json"), client.get("/api/v1/")
    assert (document.status_code, document.mimetype, page.mimetype) == (200, "application/json", "text/html")
    operations = {op["operationId"] for path in document.json["paths"].values() for op in path.values()}
    assert operations == {route.name for route in ROUTES}
    for route in ROUTES:
        assert html.escape(route.says) in page.text
    for outside in ("http://", "https://", "<script", "src="):
        assert outside not in page.text
    assert client.get("/").headers["Location"] == "/api/v1/"
    store.close()


@pytest.mark.parametrize("name", ["NewMeeting", "NewParticipant", "NewToken", "NewCredential"])
def test_what_is_asked_for_is_closed_and_what_is_answered_is_open(name: str) -> None:
    schemas = openapi.document()["components"]["schemas"]
    assert schemas[name]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["MeetingShown"]


def test_document_is_json_that_says_the_same() -> None:
    assert json.loads(openapi.text()) == openapi.document()
