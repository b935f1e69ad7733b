"""auth's REST over HTTP, one request and its answer, or why not. Blocking; the token goes in a header only."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, Any

from nanoservices.settings import Secret
from swarm.errors import ApiError

WAIT_S = 10.0
MOST_BYTES = 64_000_000
_PIECE = 65_536
_SHORT = 500


class Refused(ApiError):
    """auth said no. `errors` are pairs of the field that is wrong and why; 2 as exit code when asking again is of no use."""

    def __init__(self, text: str, status: int, errors: list[tuple[str, str]]):
        self.status, self.errors = status, errors
        self.exit_code = 2 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 1
        super().__init__(text)


class NoSuchThing(Refused):
    """auth knows nothing by that name."""


@dataclass(frozen=True)
class Upload:
    """A body that is sent as it is read; `told` hears how many bytes of it have been."""

    file: IO[bytes]
    size: int
    media_type: str
    told: Callable[[int], None] = lambda sent: None

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        while piece := self.file.read(_PIECE):
            yield piece
            sent += len(piece)
            self.told(sent)


class Rest:
    """`url` as http://host:port."""

    def __init__(self, url: str, token: Secret):
        self.url = url.rstrip("/")
        self._token = token

    def ask(
        self,
        method: str,
        *path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Any, Mapping[str, str]]:
        """What auth answered, and its headers. `path` comes in parts, each of any characters; `body` is bytes, an Upload, or
        what is sent as JSON. Refused, with NoSuchThing among it, or ApiError when there is no answer."""
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        address = "/".join(urllib.parse.quote(part, safe="") for part in path)
        address += f"?{urllib.parse.urlencode(given)}" if given else ""
        request = self._request(method, address, body, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310  our own URL
                data = answer.read(MOST_BYTES)
                is_json = answer.headers.get_content_type() == "application/json"
                return (json.loads(data) if is_json and data else data), dict(answer.headers.items())
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(f"{method} /api/v1/{address}", error.code, error.read(MOST_BYTES)) from None
        except (OSError, ValueError) as error:
            inner = getattr(error, "reason", error)
            why = getattr(inner, "strerror", None) or inner
            asked = f"{method} /api/v1/{address[:200]}"
            raise ApiError(
                f"auth at {self.url} does not answer {asked}: {why}; does it run? nanoswarm status says why not"
            ) from None

    def _request(self, method: str, address: str, body: Any, headers: Mapping[str, str]) -> urllib.request.Request:
        media_type, data = "application/octet-stream", body
        more = {}
        if isinstance(body, Upload):
            media_type, more = body.media_type, {"Content-Length": str(body.size)}
        elif body is not None and not isinstance(body, bytes):
            media_type, data = "application/json", json.dumps(body).encode()
        url = f"{self.url}/api/v1/{address}"
        request = urllib.request.Request(url, data, {**headers, **more}, method=method)  # noqa: S310
        if data is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", media_type)
        request.add_header("Authorization", f"Bearer {self._token.reveal()}")
        return request


def _refused(asked: str, status: int, body: bytes) -> Refused:
    """From problem+json, or whatever else it is that answers there."""
    try:
        problem = json.loads(body)
        errors = [(str(error["field"]), str(error["why"])) for error in problem.get("errors", ())]
        says = "; ".join(f"{field}: {why}" for field, why in errors) or str(problem["detail"])
    except (ValueError, TypeError, KeyError, AttributeError):
        errors, says = [], body[:_SHORT].decode(errors="replace")
    kind = NoSuchThing if status == HTTPStatus.NOT_FOUND else Refused
    return kind(f"auth refused {asked[:200]}: {status} {says}", status, errors)
