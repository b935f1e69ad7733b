"""The admin's REST, over HTTP: ROUTES says what there is. Errors are problem+json (RFC 9457) that name the field."""

import hmac
import json
import logging
import secrets
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from nanoservices.auth import api
from nanoservices.auth.model import Shelf
from nanoservices.auth.store import Store
from nanoservices.errors import NanoError, NotAllowed, PayloadError, Unavailable
from nanoservices.log import about
from nanoservices.settings import Secret

log = logging.getLogger("auth")

ROOT = "/api/v1"
ROUTES = (
    ("GET", "/participants", "participants"),
    ("POST", "/participants", "add_participant"),
    ("GET", "/participants/<participant>", "participant"),
    ("DELETE", "/participants/<participant>", "remove_participant"),
    ("GET", "/participants/<participant>/credentials", "credentials"),
    ("POST", "/participants/<participant>/credentials", "add_credential"),
    ("DELETE", "/participants/<participant>/credentials/<credential>", "remove_credential"),
    ("GET", "/meetings", "meetings"),
    ("POST", "/meetings", "add_meeting"),
    ("GET", "/meetings/<meeting>", "meeting"),
    ("DELETE", "/meetings/<meeting>", "remove_meeting"),
    ("GET", "/meetings/<meeting>/contents", "contents"),
    ("PUT", "/meetings/<meeting>/contents/<name>", "put_contents"),
    ("DELETE", "/meetings/<meeting>/contents/<name>", "remove_contents"),
    ("GET", "/rooms/<room>/personal", "personal"),
    ("PUT", "/rooms/<room>/personal/<name>", "put_personal"),
    ("DELETE", "/rooms/<room>/personal/<name>", "remove_personal"),
    ("GET", "/visits", "visits"),
)
MOST_VISITS = 500
MOST_SAID = 500  # characters; what is wrong may come from an address of any length


class Api:
    """One method per route: the path's parts in, a response out. What has changed is known to recognition when it answers."""

    def __init__(self, store: Store, rooms: Collection[str]):
        self._store = store
        self._rooms = rooms

    def participants(self) -> Response:
        return _listed("participants", self._store.people.all())

    def add_participant(self) -> Response:
        new = api.participant(api.read(api.NewParticipant, _body()), secrets.token_hex(4))
        return _added(new, self._store.people.add(new), f"{ROOT}/participants/{new.id}")

    def participant(self, participant: str) -> Response:
        return _json(api.shown(self._store.people.one(participant)))

    def remove_participant(self, participant: str) -> Response:
        self._store.people.remove(participant)
        return Response(status=204)

    def credentials(self, participant: str) -> Response:
        return _listed("credentials", self._store.people.credentials(participant))

    def add_credential(self, participant: str) -> Response:
        asked = api.credential(api.read(api.NewCredential, _body()), participant, secrets.token_hex(8))
        kept, is_new = self._store.people.add_credential(asked)
        return _added(kept, is_new, f"{ROOT}/participants/{participant}/credentials/{kept.id}")

    def remove_credential(self, participant: str, credential: str) -> Response:
        self._store.people.remove_credential(participant, credential)
        return Response(status=204)

    def meetings(self) -> Response:
        return _listed("meetings", self._store.meetings.all())

    def add_meeting(self) -> Response:
        new = api.meeting(api.read(api.NewMeeting, _body()), self._rooms, secrets.token_hex(4))
        return _added(new, self._store.meetings.add(new), f"{ROOT}/meetings/{new.id}")

    def meeting(self, meeting: str) -> Response:
        return _json(api.shown(self._store.meetings.one(meeting)))

    def remove_meeting(self, meeting: str) -> Response:
        self._store.meetings.remove(meeting)
        return Response(status=204)

    def contents(self, meeting: str) -> Response:
        return _listed("contents", self._store.contents.items(self._shelf(meeting)))

    def put_contents(self, meeting: str, name: str) -> Response:
        return self._put(self._shelf(meeting), name, None)

    def remove_contents(self, meeting: str, name: str) -> Response:
        self._store.contents.remove(self._shelf(meeting), name)
        return Response(status=204)

    def personal(self, room: str) -> Response:
        api.room_is_known(room, self._rooms)
        return _listed("contents", self._store.contents.items(Shelf(room)))

    def put_personal(self, room: str, name: str) -> Response:
        api.room_is_known(room, self._rooms)
        owner = request.args.get("owner")
        if not owner:
            raise PayloadError("owner: is missing; add ?owner=<participant>, whose contents these are")
        return self._put(Shelf(room), name, owner)

    def remove_personal(self, room: str, name: str) -> Response:
        self._store.contents.remove(Shelf(room), name)
        return Response(status=204)

    def visits(self) -> Response:
        """Closed visits, newest last: the newest of all, or (`after` a number) those that came next."""
        limit = api.whole_number(request.args.get("limit", "100"), "limit", 1, MOST_VISITS)
        after = request.args.get("after")
        if after is None:
            found = self._store.events.newest(limit)
        else:
            found = self._store.events.after(api.whole_number(after, "after", 0, 2**53), limit)
        return _json({"visits": found, "next": found[-1]["number"] if found else int(after or 0)})

    def _shelf(self, meeting: str) -> Shelf:
        return Shelf(self._store.meetings.one(meeting).room, meeting)

    def _put(self, shelf: Shelf, name: str, owner: str | None) -> Response:
        pieces = api.pieces(request.stream.read, name, request.mimetype)
        item, is_new = self._store.contents.put(shelf, name, request.mimetype, pieces, owner)
        return _added(item, is_new, request.path)


def make_app(store: Store, rooms: Collection[str], admin_token: Secret, now_unix: Callable[[], float]) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = api.MOST_BYTES
    handlers = Api(store, rooms)
    for method, path, name in ROUTES:
        app.add_url_rule(ROOT + path, name, _then_refresh(getattr(handlers, name), store, now_unix), methods=[method])
    app.before_request(lambda: _check(admin_token))
    app.after_request(_sealed)
    app.register_error_handler(Exception, _problem)
    return app


def _check(admin_token: Secret) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode(), admin_token.reveal().encode())
    if scheme.lower() != "bearer" or not right:
        raise NotAllowed("Authorization: is not `Bearer <the admin token>`")


def _then_refresh(handler: Callable[..., Response], store: Store, now_unix: Callable[[], float]) -> Callable[..., Response]:
    def handle(**parts: str) -> Response:
        response = handler(**parts)
        if request.method not in ("GET", "HEAD"):
            store.refresh(now_unix())
            log.info("changed by the admin", extra=about(method=request.method, path=request.path, status=response.status_code))
        return response

    return handle


def _sealed(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _body() -> bytes:
    return request.get_data(cache=False)


def _json(value: Any, status: int = 200, media_type: str = "application/json") -> Response:
    text = json.dumps(value, ensure_ascii=False) + "\n"  # half a surrogate pair, in a field's name, is no UTF-8
    return Response(text.encode(errors="backslashreplace"), status, content_type=media_type)


def _listed(name: str, values: Collection[Any]) -> Response:
    return _json({name: [api.shown(value) for value in values]})


def _added(value: Any, is_new: bool, where: str) -> Response:
    """200 says that it was there already, just so (or has been replaced, for PUT)."""
    response = _json(api.shown(value), 201 if is_new else 200)
    if is_new:
        response.headers["Location"] = where
    return response


def _problem(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        status, detail = error.code or 500, error.description or ""
    elif isinstance(error, NanoError):
        status, detail = error.status, str(error)[:MOST_SAID]
    else:
        log.exception("a handler failed", extra=about(method=request.method, path=request.path))
        status, detail = 500, "a fault in this service; its log has it"
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    field, colon, _ = detail.partition(": ")
    if isinstance(error, NanoError) and colon and " " not in field:
        problem["field"] = field
    response = _json(problem, status, "application/problem+json")
    if isinstance(error, NotAllowed):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(max(1, round(error.retry_s)))
    return response
