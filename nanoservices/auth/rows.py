"""Many participants and meetings at once, as they come in: every row that is wrong is named, not just the first. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from nanoservices import payload
from nanoservices.auth import api
from nanoservices.auth.model import Credential, Meeting, Participant
from nanoservices.auth.shapes import Email, Line, NewMeeting, NewParticipant, OwnId, Time
from nanoservices.errors import ManyWrong, NanoError, PayloadError
from nanoservices.payload import Between
from nanoservices.wire import Name, Strength

MOST_ROWS = 2000
MOST_TOLD = 50  # problems; who has more wrong has done something else wrong

Result = TypeVar("Result")


@dataclass(frozen=True)
class ParticipantRow:
    """What is left out stays as it is."""

    id: OwnId
    name: Line
    email: Email | None = None
    credentials: Annotated[tuple[api.NewCredential, ...], Between(0, 8)] = ()


@dataclass(frozen=True)
class MeetingRow:
    """What is left out stays as it is; `invited` is all who are."""

    id: OwnId
    title: Line
    room: Name
    starts: Time
    ends: Time
    invited: Annotated[tuple[OwnId, ...], Between(0, 1000)]
    least_strength: Strength | None = None
    organiser: OwnId | None = None


@dataclass(frozen=True)
class Import:
    """All of it, or (when a row is wrong) nothing. Participants come before meetings, which may invite them; before all go
    the meetings of `removals`, of which one may be gone already."""

    participants: Annotated[tuple[ParticipantRow, ...], Between(0, MOST_ROWS)] = ()
    meetings: Annotated[tuple[MeetingRow, ...], Between(0, MOST_ROWS)] = ()
    removals: Annotated[tuple[OwnId, ...], Between(0, MOST_ROWS)] = ()


@dataclass(frozen=True)
class ImportQuery:
    """`dry_run=true`: say what would change, and change nothing."""

    dry_run: Literal["true", "false"] = "false"


@dataclass(frozen=True)
class Changed:
    """`field` is the row's place in the request."""

    field: str
    id: OwnId
    did: Literal["add", "change", "remove"]


@dataclass(frozen=True)
class Imported:
    """`rows` are those that are new, or differ from what was there; `same` counts the others."""

    same: int
    rows: tuple[Changed, ...]


class Problems:
    """Gathers what is wrong, row by row."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def tried(self, at: str, work: Callable[..., Result], *arguments: Any) -> Result | None:
        """What `work` gives; None when it refuses, which is remembered as wrong at that row."""
        try:
            return work(*arguments)
        except NanoError as error:
            if error.status >= 500:
                raise
            text = str(error)
            says_field = " " not in text.partition(": ")[0]
            self._found.append(text if not at else f"{at}.{text}" if says_field else f"{at}: {text}")
            return None

    def check(self) -> None:
        """ManyWrong when something was."""
        if self._found:
            raise ManyWrong(self._found[:MOST_TOLD])


def read(body: bytes) -> Import:
    """ManyWrong names every row that is not one."""
    value = payload.parsed(body, api.MOST_IMPORT)
    if not isinstance(value, dict):
        raise PayloadError("payload: is not an object with `participants`, `meetings` or `removals`")
    problems = Problems()
    kinds = {"participants": ParticipantRow, "meetings": MeetingRow}
    for name in value:
        if name not in (*kinds, "removals"):
            raise PayloadError(f"{name[:40]}: there is no such field; there are participants, meetings and removals")
    found = {name: list(_rows(name, value.get(name, []), kind, problems)) for name, kind in kinds.items()}
    problems.check()
    removals = payload.read(Import, {"removals": value.get("removals", [])}).removals
    return Import(tuple(found["participants"]), tuple(found["meetings"]), removals)


def _rows(name: str, rows: Any, kind: type[Any], problems: Problems) -> Iterable[Any]:
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise PayloadError(f"{name}: is not a list of up to {MOST_ROWS} rows; send more in several requests")
    for index, row in enumerate(rows):
        at = f"{name}[{index}]"
        found = problems.tried("", api.read_value, kind, row, at)
        if found is not None:
            yield found


def require_different(wanted: Import) -> None:
    """PayloadError when one stands in two rows."""
    kinds = {"participants": [row.id for row in wanted.participants], "meetings": [row.id for row in wanted.meetings]}
    for name, ids in kinds.items():
        first: dict[str, int] = {}
        for index, own_id in enumerate(ids):
            if first.setdefault(own_id, index) != index:
                raise PayloadError(f"{name}[{index}].id: {own_id} is in row {first[own_id]} as well")


def participant(row: ParticipantRow, there: Participant | None) -> Participant:
    found = api.participant(NewParticipant(row.name, row.id, row.email), row.id)
    return found if there is None or found.email is not None else Participant(row.id, row.name, there.email)


def credentials(row: ParticipantRow, fresh_id: Callable[[], str]) -> list[Credential]:
    return [api.credential(new, row.id, fresh_id()) for new in row.credentials]


def meeting(row: MeetingRow, there: Meeting | None, rooms: Iterable[str]) -> Meeting:
    strength = row.least_strength or (NewMeeting.least_strength if there is None else there.least_strength)
    organiser = row.organiser or (None if there is None else there.organiser)
    new = NewMeeting(row.title, row.room, row.starts, row.ends, row.invited, row.id, strength, organiser)
    return api.meeting(new, tuple(rooms), row.id)
