"""auth's REST, for the manager: participants, credentials, meetings, contents. Blocking; the token goes in a header only."""

import contextlib
import datetime

from nanoservices.settings import Secret
from swarm.auth_rest import NoSuchThing, Rest
from swarm.errors import ApiError


class AuthApi:
    def __init__(self, url: str, token: Secret):
        self.rest = Rest(url, token)

    def add_participant(self, participant: str, name: str) -> None:
        self.rest.ask("POST", "participants", body={"id": participant, "name": name})

    def add_rolling_credential(self, participant: str, secret: bytes) -> None:
        body = {"kind": "rolling", "secret": secret.hex()}
        self.rest.ask("POST", "participants", participant, "credentials", body=body)

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
        self.rest.ask("POST", "meetings", body={**told, "invited": invited, **more})

    def meeting_ends(self, meeting: str) -> datetime.datetime | None:
        """When it ends; None when there is no such meeting."""
        try:
            told, _ = self.rest.ask("GET", "meetings", meeting)
            return datetime.datetime.fromisoformat(told["ends"])
        except NoSuchThing:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise ApiError(f"auth at {self.rest.url} tells of meeting {meeting} what cannot be understood: {error!r}") from None

    def remove_meeting(self, meeting: str) -> None:
        """With its contents. What is not there is no problem."""
        with contextlib.suppress(NoSuchThing):
            self.rest.ask("DELETE", "meetings", meeting)

    def put_contents(self, meeting: str, name: str, data: bytes, media_type: str) -> None:
        self.rest.ask("PUT", "meetings", meeting, "contents", name, body=data, headers={"Content-Type": media_type})

    def put_personal(self, room: str, name: str, owner: str, data: bytes, media_type: str) -> None:
        given = {"Content-Type": media_type}
        self.rest.ask("PUT", "rooms", room, "personal", name, body=data, query={"owner": owner}, headers=given)
