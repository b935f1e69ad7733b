"""What goes over the API both ways, as shapes: the OpenAPI document is made from these, and what comes in is checked by them.

A field without a default has to be there, in a request as in an answer.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from nanoservices.auth.rights import Role
from nanoservices.payload import Between, Matching, Moment, OneLine
from nanoservices.wire import Digest, Name, Number, Outcome, Strength

OwnId = Annotated[str, Matching(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", "an id (letters, digits and _.@-, up to 64)")]
Line = Annotated[str, Between(1, 120), OneLine()]
Email = Annotated[
    str,
    Matching(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,188}", "an e-mail address"),
]
FileName = Annotated[str, Between(1, 120), OneLine()]
Time = Annotated[str, Moment()]
Cursor = Annotated[str, Matching(r"[A-Za-z0-9_-]{1,400}", "what an earlier answer gave as `next`")]
Limit = Annotated[int, Between(1, 500)]
Words = Annotated[str, Between(1, 120)]


# --- what is asked --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewParticipant:
    name: Line
    id: OwnId | None = None
    email: Email | None = None


@dataclass(frozen=True)
class NewMeeting:
    title: Line
    room: Name
    starts: Time
    ends: Time
    invited: Annotated[tuple[OwnId, ...], Between(0, 1000)]
    id: OwnId | None = None
    least_strength: Strength = "rolling"
    organiser: OwnId | None = None


@dataclass(frozen=True)
class NewToken:
    """`days`: after so many it ends by itself. An organiser's is one participant's."""

    label: Line
    role: Role
    participant: OwnId | None = None
    days: Annotated[int, Between(1, 3650)] | None = None


@dataclass(frozen=True)
class NewEnrolment:
    """`window_s`: for how long the key will be held up to a scanner of the zone."""

    zone: Name
    window_s: Annotated[float, Between(3, 60)] = 30.0


@dataclass(frozen=True)
class Accepted:
    """Whose the key is that was offered."""

    participant: OwnId


@dataclass(frozen=True)
class Paged:
    limit: Limit = 100
    cursor: Cursor | None = None


@dataclass(frozen=True)
class ParticipantsQuery(Paged):
    """`q`: a part of the name or the id."""

    q: Words | None = None
    email: Email | None = None


@dataclass(frozen=True)
class MeetingsQuery(Paged):
    """`since`, `until`: that are on at some time between."""

    room: Name | None = None
    since: Time | None = None
    until: Time | None = None
    participant: OwnId | None = None
    organiser: OwnId | None = None


@dataclass(frozen=True)
class VisitsQuery:
    """`after` a number: what came next, oldest first; else the newest, newest last, those `before` a number if it is given."""

    limit: Limit = 100
    after: Number | None = None
    before: Number | None = None
    outcome: Outcome | None = None
    participant: OwnId | None = None
    meeting: OwnId | None = None
    room: Name | None = None
    zone: Name | None = None


@dataclass(frozen=True)
class OwnerQuery:
    owner: OwnId


# --- what is answered -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ParticipantShown:
    id: OwnId
    name: str
    email: str | None = None


@dataclass(frozen=True)
class Participants:
    participants: tuple[ParticipantShown, ...]
    next: str | None = None


@dataclass(frozen=True)
class CredentialShown:
    """What it is recognised by is told to nobody."""

    id: OwnId
    participant: OwnId
    kind: str
    strength: Strength


@dataclass(frozen=True)
class Credentials:
    credentials: tuple[CredentialShown, ...]
    next: str | None = None


@dataclass(frozen=True)
class MeetingShown:
    id: OwnId
    title: str
    room: str
    starts: Time
    ends: Time
    least_strength: Strength
    invited: tuple[OwnId, ...]
    organiser: OwnId | None = None


@dataclass(frozen=True)
class Meetings:
    meetings: tuple[MeetingShown, ...]
    next: str | None = None


@dataclass(frozen=True)
class ItemShown:
    name: str
    media_type: str
    bytes: int
    sha256: Digest
    owner: OwnId | None = None


@dataclass(frozen=True)
class Contents:
    contents: tuple[ItemShown, ...]


@dataclass(frozen=True)
class TokenShown:
    """`token` is what to say as Bearer token; it is in the answer that makes it, and nowhere else."""

    id: str
    label: str
    role: Role
    made: Time
    participant: OwnId | None = None
    ends: Time | None = None
    token: str | None = None


@dataclass(frozen=True)
class Tokens:
    tokens: tuple[TokenShown, ...]


@dataclass(frozen=True)
class Visits:
    """Reports of the controller, each with its `number`; `next` is what to give as `after`."""

    visits: tuple[dict[str, Any], ...]
    next: int


@dataclass(frozen=True)
class LogQuery:
    """`after` a number: what came next, oldest first."""

    after: Number = 0
    limit: Limit = 100


@dataclass(frozen=True)
class AlarmShown:
    """Something that somebody should look at. `detail` names zones and visits, never a key."""

    number: int
    at: Time
    kind: str
    detail: dict[str, Any]
    participant: str | None = None


@dataclass(frozen=True)
class Alarms:
    alarms: tuple[AlarmShown, ...]
    next: int


@dataclass(frozen=True)
class AuditEntry:
    """`actor`: a token's id, or `auth` itself; `subject`: a pseudonym."""

    number: int
    at: Time
    actor: str
    action: str
    subject: str


@dataclass(frozen=True)
class AuditLog:
    audit: tuple[AuditEntry, ...]
    next: int


@dataclass(frozen=True)
class Export:
    """All that is kept about one participant; of credentials never what they match."""

    participant: dict[str, Any]
    credentials: tuple[dict[str, Any], ...]
    private_addresses_first_heard: tuple[Time, ...]
    meetings: tuple[dict[str, Any], ...]
    personal_contents: tuple[dict[str, Any], ...]
    visits: tuple[dict[str, Any], ...]
    alarms: tuple[dict[str, Any], ...]
    audit: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Erased:
    """How many visits have been forgotten."""

    visits: int


@dataclass(frozen=True)
class EnrolmentShown:
    """`key_kind` and the last digits, `key_ends`, are in the one answer that offers it; `why` when nothing is offered."""

    id: str
    zone: str
    state: Literal["listening", "offered", "nothing"]
    ends_in_s: float
    key_kind: str | None = None
    key_ends: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Rooms:
    rooms: tuple[str, ...]


@dataclass(frozen=True)
class Me:
    """Whose token that is."""

    token: str
    role: Role
    participant: OwnId | None = None


@dataclass(frozen=True)
class Wrong:
    field: str
    why: str


@dataclass(frozen=True)
class Problem:
    """RFC 9457."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    errors: tuple[Wrong, ...] | None = None
