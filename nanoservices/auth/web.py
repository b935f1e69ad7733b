"""The door to HTTP: requests in, the handlers' answers out. routes.py says what there is, gate.py who may.

werkzeug is what Flask speaks HTTP with; for JSON alone the rest of Flask would cost 6 MB of memory.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Request, Response

from nanoservices.auth import openapi
from nanoservices.auth.disk import ACTOR
from nanoservices.auth.exchange import DONE, Answer, Asked, etag, matches
from nanoservices.auth.gate import Gate, Passed
from nanoservices.auth.rights import owner
from nanoservices.auth.routes import ROOT, ROUTES
from nanoservices.errors import ManyWrong, NanoError, PayloadError
from nanoservices.log import about
from nanoservices.problems import MEDIA_TYPE, encoded, problem_of

log = logging.getLogger("auth")

READING = ("GET", "HEAD")
HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

Handler = Callable[..., Answer]


class App:
    """WSGI. `resources` have a method for every row of ROUTES; `changed` is called after each change, before it is answered."""

    def __init__(self, gate: Gate, resources: Iterable[object], changed: Callable[[], None], now_unix: Callable[[], float]):
        self._gate, self._changed, self._now_unix = gate, changed, now_unix
        held = tuple(resources)
        self._handlers = {route.name: _handler(held, route.name) for route in ROUTES}
        document = openapi.document()
        self._open = {
            f"{ROOT}/openapi.json": (encoded(document), "application/json"),
            f"{ROOT}/": (openapi.page(document).encode(), "text/html; charset=utf-8"),
        }

    def admit(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Raises what a request is refused with before its body is gathered."""
        if path not in (*self._open, "/", ROOT):
            self._gate.passed(method, path, headers)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        response = self._answered(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response(environ, start_response)

    def _answered(self, request: Request) -> Response:
        try:
            if request.path in ("/", ROOT):
                return Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": f"{ROOT}/"})
            if request.path in self._open and request.method in READING:
                body, media_type = self._open[request.path]
                return _conditional(request, Response(body, content_type=media_type))
            return self._handled(request)
        except Exception as error:
            if not isinstance(error, NanoError):
                log.exception("a handler failed", extra=about(method=request.method, path=request.path))
            status, said, headers = problem_of(error)
            return Response(encoded(said), status, headers, content_type=MEDIA_TYPE)

    def _handled(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers}
        passed = self._gate.passed(request.method, request.path, headers)
        if passed.route.query is None and request.args:
            raise PayloadError(f"{next(iter(request.args))[:40]}: there is no such parameter here")
        ACTOR.set(passed.caller.token)
        answer = self._answer(passed, self._asked(request, passed, headers))
        body = answer.body() if answer.parts is None else _streamed(answer.parts, request.path)
        response = Response(body, answer.status, answer.headers, content_type=answer.media_type)
        if answer.status == DONE.status:
            del response.headers["Content-Type"]
        if request.method in READING:
            return _conditional(request, response)
        if not answer.changed:
            return response
        self._changed()
        said = about(method=request.method, path=request.path, status=answer.status, by=passed.caller.token)
        log.info("changed over REST", extra=said)
        return response

    def _answer(self, passed: Passed, asked: Asked) -> Answer:
        try:
            return self._handlers[passed.route.name](asked, **passed.parts)
        except PayloadError as error:
            if type(error) in (PayloadError, ManyWrong):  # it had the shape that it should have
                error.status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise

    def _asked(self, request: Request, passed: Passed, headers: dict[str, str]) -> Asked:
        return Asked(
            caller=passed.caller,
            method=request.method,
            path=request.path,
            query=request.args.to_dict(),
            headers=headers,
            read=request.stream.read,
            now_unix=self._now_unix(),
            fresh_id=secrets.token_hex(4),
            only=owner(passed.caller, passed.route.of),
        )


def _handler(resources: tuple[object, ...], name: str) -> Handler:
    (found,) = (getattr(held, name) for held in resources if hasattr(held, name))
    handler: Handler = found
    return handler


def _streamed(parts: Iterator[bytes], path: str) -> Iterator[bytes]:
    """The first part is there before anything is said; of a later one that cannot be had only breaking off can tell."""
    first = next(parts, b"")

    def told() -> Iterator[bytes]:
        try:
            yield first
            yield from parts
        except NanoError as error:
            log.warning("an answer is broken off", extra=about(path=path, why=str(error)))

    return told()


def _conditional(request: Request, response: Response) -> Response:
    """304 and nothing more for who has it already (RFC 9110, 13.1.2)."""
    tag = response.headers.get("ETag") or etag(response.get_data())
    response.headers["ETag"] = tag
    if matches(request.headers.get("If-None-Match", ""), tag):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    return response
