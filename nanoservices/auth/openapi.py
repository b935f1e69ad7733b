"""The OpenAPI 3.1 document of routes.py and the shapes, and a page of it for people. Pure."""

import html
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from nanoservices.auth import shapes
from nanoservices.auth.documents import MEDIA_TYPES
from nanoservices.auth.rights import ROLES
from nanoservices.auth.routes import BYTES, ROOT, ROUTES, Route
from nanoservices.payload_schema import Schema, fields_of, schema_of
from nanoservices.problems import MEDIA_TYPE
from nanoservices.wire import Name

_ABOUT = """Participants, meetings, credentials and visits of one room. Every request carries `Authorization: Bearer <token>`; \
every refusal is problem+json (RFC 9457) whose `errors` name the field. Lists come in pages: give `next` as `cursor` for the \
one after. Answers have an ETag: If-None-Match spares an answer, If-Match (412 otherwise) a change of what you have not seen. \
Doing it twice is doing it once: choose ids, or send an Idempotency-Key."""
_ALWAYS = (400, 401, 403, 503)
_IN_PATH: dict[str, Any] = {"room": Name, "name": shapes.FileName, "token": shapes.OwnId}
_CONDITIONS = {
    "If-Match": "Only if it is what has this ETag",
    "If-None-Match": "`*`: only if there is none yet",
}
_ONCE = {"Idempotency-Key": "The same again is not done again, and is given the same id"}


def document() -> dict[str, Any]:
    found: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(_braced(route.path), {})[route.method.lower()] = _operation(route, found)
    schema_of(shapes.Problem, found)
    refusal = {"description": "Why not", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nanoswarm: auth", "version": "1", "description": _ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": ROOT}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in dict.fromkeys(route.of for route in ROUTES)],
        "paths": paths,
        "components": {"schemas": found, "responses": {"Refused": refusal}, "securitySchemes": {"token": bearer}},
    }


def text() -> str:
    """As it is kept in the tree."""
    return json.dumps(document(), indent=1) + "\n"


def _operation(route: Route, found: dict[str, Schema]) -> dict[str, Any]:
    roles = {role: route.may(role) for role in ROLES if route.may(role) != "none"}
    may = [f"{role} (its own)" if has == "own" else role for role, has in roles.items() if has != "read" or _reads(route)]
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.says,
        "description": f"Roles: {', '.join(may)}.",
        "tags": [route.of],
        "responses": _responses(route, found),
    }
    if parameters := list(_parameters(route, found)):
        operation["parameters"] = parameters
    if route.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.takes, found, closed=True)}
    return operation


def _reads(route: Route) -> bool:
    return route.method == "GET"


def _parameters(route: Route, found: dict[str, Schema]) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"<(\w+)>", route.path):
        hint = _IN_PATH.get(name, shapes.OwnId)
        yield {"name": name, "in": "path", "required": True, "schema": schema_of(hint, found)}
    if route.query is not None:
        for name, schema, required in fields_of(route.query, found):
            yield {"name": name, "in": "query", "required": required, "schema": _given(schema)}
    makes_id = route.adds and route.method == "POST" and route.of != "tokens"
    headers = {**(_CONDITIONS if route.conditional else {}), **(_ONCE if makes_id else {})}
    for name, says in headers.items():
        yield {"name": name, "in": "header", "required": False, "description": says, "schema": {"type": "string"}}


def _given(schema: Schema) -> Schema:
    """A parameter is absent, never null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    return choices[0] if choices else schema


def _responses(route: Route, found: dict[str, Schema]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if route.gives is None:
        known["204"] = {"description": "Done"}
    else:
        content = _content(route.gives, found, closed=False)
        there = {"description": "There, just so, or replaced" if route.adds else "Here it is", "content": content}
        known["200"] = there
        if route.adds:
            where = {"Location": {"schema": {"type": "string"}, "description": "Where it is"}}
            known["201"] = {"description": "New", "content": content, "headers": where, "links": _links(route)}
        if _reads(route):
            known["304"] = {"description": "It is what you have"}
    too_large = (413,) if route.takes is not None else ()
    unfit = (422,) if route.takes is not None or route.query is not None else ()
    for status in sorted({*_ALWAYS, *too_large, *unfit, *route.refuses}):
        known[str(status)] = {"$ref": "#/components/responses/Refused"}
    return known


def _links(made: Route) -> dict[str, Any]:
    """What can be done next with what has just been made."""
    found = {}
    for route in ROUTES:
        match = re.fullmatch(re.escape(made.path) + r"/<(\w+)>(/\w+)*", route.path)
        forgets = route.of == "privacy" and route.method == "POST"  # nothing can be done after that
        if match is not None and made.method == "POST" and not forgets:
            told = {name: f"$request.path.{name}" for name in re.findall(r"<(\w+)>", made.path)}
            found[route.name] = {"operationId": route.name, "parameters": {**told, match[1]: "$response.body#/id"}}
    return found


def _content(shape: type | str, found: dict[str, Schema], *, closed: bool) -> dict[str, Any]:
    if shape == BYTES:
        return {media_type: {"schema": {}} for media_type in MEDIA_TYPES}
    return {"application/json": {"schema": schema_of(shape, found, closed=closed)}}


def _braced(path: str) -> str:
    return re.sub(r"<(\w+)>", r"{\1}", path)


# --- for people -----------------------------------------------------------------------------------------------------

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
code{font:14px ui-monospace,monospace}table{border-collapse:collapse;width:100%}td{padding:.3rem .6rem .3rem 0;
border-top:1px solid #ddd;vertical-align:top}.m{font-weight:bold}.q{color:#666;font-size:14px}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}td{border-color:#333}.q{color:#999}}"""


def page(made: dict[str, Any]) -> str:
    """All of it on one page that needs nothing from elsewhere."""
    info = made["info"]
    rows = [
        row
        for tag in made["tags"]
        for row in [f"<tr><td colspan=3><h2>{html.escape(tag['name'])}</h2></td></tr>", *_rows(made, tag["name"])]
    ]
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(info['title'])}</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style><h1>{html.escape(info['title'])}</h1>"
        f"<p>{_marked(info['description'])}</p><p>For programs: <a href=openapi.json>openapi.json</a> (OpenAPI 3.1).</p>"
        f"<table>{''.join(rows)}</table></html>\n"
    )


def _rows(made: dict[str, Any], tag: str) -> Iterator[str]:
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            if tag in operation["tags"]:
                asks = [p["name"] for p in operation.get("parameters", ()) if p["in"] != "path"]
                said = [operation["summary"], operation["description"], f"May be given: {', '.join(asks)}." if asks else ""]
                fields = ", ".join(_fields(made, operation))
                said.append(f"Body: {fields}." if fields else "")
                cells = f"<td class=m>{method.upper()}<td><code>{html.escape(ROOT + path)}</code>"
                says = f"{html.escape(said[0])}<div class=q>{html.escape(' '.join(filter(None, said[1:])))}</div>"
                answers = " ".join(status for status in operation["responses"])
                yield f"<tr>{cells}<td>{says}<div class=q>{answers}</div></tr>"


def _fields(made: dict[str, Any], operation: dict[str, Any]) -> Iterator[str]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        schema = made["components"]["schemas"].get(name, {})
        for field in schema.get("properties", {}):
            yield field if field in schema.get("required", ()) else f"{field} (optional)"


def _marked(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


if __name__ == "__main__":
    sys.stdout.write(text())
