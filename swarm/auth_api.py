"""auth's REST, for the manager: participants, credentials, meetings, contents. Blocking; the token goes in a header only."""

import contextlib
import datetime
import json
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from typing import Any

from nanoservices.settings import Secret
from swarm.errors import ApiError

WAIT_S = 10.0


class NoSuchThing(ApiError):
    """auth knows nothing by that name."""


class AuthApi:
    def __init__(self, url: str, token: Secret):
        self._url = url.rstrip("/")
        self._token = token

    def add_participant(self, participant: str, name: str) -> None:
        self._send("POST", "participants", {"id": participant, "name": name})

    def add_rolling_credential(self, participant: str, secret: bytes) -> None:
        self._send("POST", f"participants/{_quoted(participant)}/credentials", {"kind": "rolling", "secret": secret.hex()})

    def add_meeting(
        self,
        meeting: str,
        title: str,
        room: str,
        *,
        starts: datetime.datetime,
        ends: datetime.datetime,
        invited: list[str],
        organiser: str | None = None,
    ) -> None:
        """`starts` and `ends` need a time zone."""
        told = {"id": meeting, "title": title, "room": room, "starts": starts.isoformat(), "ends": ends.isoformat()}
        more = {} if organiser is None else {"organiser": organiser}
        self._send("POST", "meetings", {**told, "invited": invited, **more})

    def meeting_ends(self, meeting: str) -> datetime.datetime | None:
        """When it ends; None when there is no such meeting."""
        try:
            told = json.loads(self._send("GET", f"meetings/{_quoted(meeting)}"))
            return datetime.datetime.fromisoformat(told["ends"])
        except NoSuchThing:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise ApiError(f"auth at {self._url} tells of meeting {meeting} what cannot be understood: {error!r}") from None

    def remove_meeting(self, meeting: str) -> None:
        """With its contents. What is not there is no problem."""
        with contextlib.suppress(NoSuchThing):
            self._send("DELETE", f"meetings/{_quoted(meeting)}")

    def put_contents(self, meeting: str, name: str, data: bytes, media_type: str) -> None:
        self._send("PUT", f"meetings/{_quoted(meeting)}/contents/{_quoted(name)}", data, media_type)

    def put_personal(self, room: str, name: str, owner: str, data: bytes, media_type: str) -> None:
        path = f"rooms/{_quoted(room)}/personal/{_quoted(name)}?owner={_quoted(owner)}"
        self._send("PUT", path, data, media_type)

    def _send(self, method: str, path: str, body: Any = None, media_type: str = "application/json") -> bytes:
        """What auth answered. ApiError says what was asked and why not; NoSuchThing is one."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/api/v1/{path}", data, method=method)  # noqa: S310  our own URL
        if data is not None:
            request.add_header("Content-Type", media_type)
        request.add_header("Authorization", f"Bearer {self._token.reveal()}")
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            says = error.read(500).decode(errors="replace")
            kind = NoSuchThing if error.code == HTTPStatus.NOT_FOUND else ApiError
            raise kind(f"auth refused {method} /api/v1/{path}: {error.code} {says}") from None
        except OSError as error:
            raise ApiError(f"auth at {self._url} does not answer {method} /api/v1/{path}: {error}") from None


def _quoted(part: str) -> str:
    return urllib.parse.quote(part, safe="")
