"""Every resource of the REST: one row each, from which the app, the rights and the OpenAPI document are made. Pure.

`name` is the handler's method and the document's operationId; `of` the row in rights.py.
"""

from dataclasses import dataclass, field

from nanoservices.auth import api, documents, rows, shapes
from nanoservices.auth.rights import Right, Role, right

ROOT = "/api/v1"
BYTES = "application/octet-stream"


@dataclass(frozen=True)
class Route:
    """`takes` and `gives` are shapes; `BYTES` for documents, None for nothing. `adds`: 201 with Location says it is new."""

    method: str
    path: str
    name: str
    of: str
    says: str
    takes: type | str | None = None
    gives: type | str | None = None
    query: type | None = None
    adds: bool = False
    conditional: bool = False  # If-Match, If-None-Match before a change
    refuses: tuple[int, ...] = field(default=())  # beside what every one does

    @property
    def most_bytes(self) -> int:
        """Of a body."""
        return documents.MOST_BYTES if self.takes == BYTES else api.MOST_IMPORT if self.of == "imports" else api.MOST_JSON

    def may(self, role: Role) -> Right:
        return right(role, self.of)


_PEOPLE, _PERSON = "/participants", "/participants/<participant>"
_ENROLMENT = "/enrolments/<enrolment>"
_MEETINGS, _MEETING = "/meetings", "/meetings/<meeting>"
_CREDENTIALS, _CONTENTS, _PERSONAL = f"{_PERSON}/credentials", f"{_MEETING}/contents", "/rooms/<room>/personal"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/me", "me", "me", "Whose token this is", gives=shapes.Me),
    Route("GET", "/rooms", "rooms", "rooms", "The rooms of labels.yml", gives=shapes.Rooms),
    # people
    Route(
        "GET", _PEOPLE, "participants", "participants", "Participants by id",
        gives=shapes.Participants, query=shapes.ParticipantsQuery,
    ),
    Route(
        "POST", _PEOPLE, "add_participant", "participants", "Add one; without an id it is given one",
        takes=shapes.NewParticipant, gives=shapes.ParticipantShown, adds=True, refuses=(409,),
    ),
    Route(
        "GET", _PERSON, "participant", "participants", "One participant", gives=shapes.ParticipantShown, refuses=(404,),
    ),
    Route(
        "PUT", _PERSON, "put_participant", "participants", "Add this one, or put it in the place of what is there",
        takes=shapes.NewParticipant, gives=shapes.ParticipantShown, adds=True, conditional=True, refuses=(409, 412),
    ),
    Route(
        "DELETE", _PERSON, "remove_participant", "participants",
        "Remove one, with credentials, invitations and personal contents; the visits stay in the log",
        conditional=True, refuses=(404, 412),
    ),
    Route(
        "GET", f"{_PERSON}/export", "export", "privacy", "All that is kept about one participant",
        gives=shapes.Export, refuses=(404,),
    ),
    Route(
        "POST", f"{_PERSON}/erasure", "erase", "privacy",
        "Forget one for good, visits too; a backup that is put back forgets them again", gives=shapes.Erased, refuses=(404,),
    ),
    Route(
        "GET", _CREDENTIALS, "credentials", "credentials", "What one is recognised by, without the keys",
        gives=shapes.Credentials, refuses=(404,),
    ),
    Route(
        "POST", _CREDENTIALS, "add_credential", "credentials", "Add one; the same key again is the same credential",
        takes=api.NewCredential, gives=shapes.CredentialShown, adds=True, refuses=(404, 409),
    ),
    Route(
        "DELETE", f"{_CREDENTIALS}/<credential>", "remove_credential", "credentials", "Remove one", refuses=(404,),
    ),
    # a key that is held up to a scanner
    Route(
        "POST", "/enrolments", "add_enrolment", "enrolments", "Listen in one zone for a key that is held up",
        takes=shapes.NewEnrolment, gives=shapes.EnrolmentShown, adds=True, refuses=(409,),
    ),
    Route(
        "GET", _ENROLMENT, "enrolment", "enrolments",
        "How it stands; the first answer after its end offers the key, once, to who opened it",
        gives=shapes.EnrolmentShown, refuses=(404,),
    ),
    Route(
        "POST", f"{_ENROLMENT}/accept", "accept_enrolment", "enrolments", "Enrol what was offered; it is kept from here on",
        takes=shapes.Accepted, gives=shapes.CredentialShown, adds=True, refuses=(404, 409),
    ),
    Route(
        "DELETE", _ENROLMENT, "remove_enrolment", "enrolments", "Forget what was offered, and stop listening", refuses=(404,),
    ),
    # meetings
    Route(
        "GET", _MEETINGS, "meetings", "meetings", "Meetings by their start", gives=shapes.Meetings, query=shapes.MeetingsQuery,
    ),
    Route(
        "POST", _MEETINGS, "add_meeting", "meetings", "Add one; without an id it is given one",
        takes=shapes.NewMeeting, gives=shapes.MeetingShown, adds=True, refuses=(409,),
    ),
    Route("GET", _MEETING, "meeting", "meetings", "One meeting", gives=shapes.MeetingShown, refuses=(404,)),
    Route(
        "PUT", _MEETING, "put_meeting", "meetings", "Add this one, or put it in the place of what is there",
        takes=shapes.NewMeeting, gives=shapes.MeetingShown, adds=True, conditional=True, refuses=(409, 412),
    ),
    Route(
        "DELETE", _MEETING, "remove_meeting", "meetings", "Remove one, with its contents",
        conditional=True, refuses=(404, 412),
    ),
    Route("GET", _CONTENTS, "contents", "contents", "What it shows", gives=shapes.Contents, refuses=(404,)),
    Route(
        "GET", f"{_CONTENTS}/<name>", "item", "documents", "The bytes of one item", gives=BYTES, refuses=(404,),
    ),
    Route(
        "PUT", f"{_CONTENTS}/<name>", "put_contents", "contents", "Show this, in the place of what has that name",
        takes=BYTES, gives=shapes.ItemShown, adds=True, refuses=(404, 409, 415),
    ),
    Route("DELETE", f"{_CONTENTS}/<name>", "remove_contents", "contents", "Show it no more", refuses=(404,)),
    # what a room shows to whom it belongs
    Route("GET", _PERSONAL, "personal", "personal", "A room's personal contents", gives=shapes.Contents, refuses=(404,)),
    Route(
        "PUT", f"{_PERSONAL}/<name>", "put_personal", "personal", "Personal contents of one owner",
        takes=BYTES, gives=shapes.ItemShown, query=shapes.OwnerQuery, adds=True, refuses=(404, 409, 415),
    ),
    Route("DELETE", f"{_PERSONAL}/<name>", "remove_personal", "personal", "Remove them", refuses=(404,)),
    Route(
        "POST", "/imports", "imports", "imports", "Add or change many participants and meetings: all of them, or none",
        takes=rows.Import, gives=rows.Imported, query=rows.ImportQuery,
    ),
    # what happened, and who may ask
    Route("GET", "/visits", "visits", "visits", "Closed visits", gives=shapes.Visits, query=shapes.VisitsQuery),
    Route(
        "GET", "/alarms", "alarms", "alarms", "What somebody should look at, oldest first",
        gives=shapes.Alarms, query=shapes.LogQuery,
    ),
    Route(
        "GET", "/audit", "audit", "audit", "Who changed what, in pseudonyms, oldest first",
        gives=shapes.AuditLog, query=shapes.LogQuery,
    ),
    Route("GET", "/tokens", "tokens", "tokens", "API tokens, without what is secret of them", gives=shapes.Tokens),
    Route(
        "POST", "/tokens", "add_token", "tokens", "Make one; it is told this once",
        takes=shapes.NewToken, gives=shapes.TokenShown, adds=True,
    ),
    Route("DELETE", "/tokens/<token>", "remove_token", "tokens", "End one at once", refuses=(404,)),
)  # fmt: skip
