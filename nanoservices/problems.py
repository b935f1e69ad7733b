"""What is answered over HTTP instead of what was asked for: problem+json (RFC 9457). Pure.

    {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "room: labels.yml has no room attic",
     "errors": [{"field": "room", "why": "labels.yml has no room attic"}]}

`errors` is there when it can be said which field of the request is wrong; `participants[3].name` is the name in its
fourth row.
"""

import json
from http import HTTPStatus
from typing import Any

from nanoservices.errors import ManyWrong, NanoError, NotAllowed, Unavailable, WrongMethod

MEDIA_TYPE = "application/problem+json"
MOST_SAID = 500  # characters; what is wrong may come from an address of any length
OUR_FAULT = "a fault in this service; its log has it"
_UNASSIGNED = "Refused"  # codes that this Python has no phrase for


def problem(status: int, detail: str, problems: list[str] | None = None) -> dict[str, Any]:
    """`problems` as `field: why` each; without them the detail itself, when it begins with a field."""
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = _UNASSIGNED
    errors = [split for text in problems or [detail] if (split := _split(text)) is not None]
    said = {"type": "about:blank", "title": title, "status": status, "detail": detail[:MOST_SAID]}
    return {**said, "errors": errors} if errors and status < HTTPStatus.INTERNAL_SERVER_ERROR else said


def problem_of(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers for an error of ours; any other one is our fault, of which nothing is told."""
    if not isinstance(error, NanoError):
        return 500, problem(500, OUR_FAULT), {}
    headers = {}
    if isinstance(error, NotAllowed):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, WrongMethod):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(max(1, round(error.retry_s)))
    if isinstance(error, ManyWrong):
        detail = f"{len(error.problems)} things are wrong" if len(error.problems) > 1 else error.problems[0]
        return error.status, problem(error.status, detail, error.problems), headers
    return error.status, problem(error.status, str(error)), headers


def encoded(body: Any) -> bytes:
    text = json.dumps(body, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace")  # half a surrogate pair, in a field's name, is no UTF-8


def _split(text: str) -> dict[str, str] | None:
    field, colon, why = text.partition(": ")
    return {"field": field, "why": why[:MOST_SAID]} if colon and field and " " not in field else None
