"""What auth keeps, as values. Pure."""

from dataclasses import field
from datetime import datetime

from nanoservices.auth.kinds import Kind
from nanoservices.auth.rights import Role
from nanoservices.dataclass import dataclass
from nanoservices.wire import Strength

PERSONAL = "personal"  # in place of a meeting's id: the contents that belong to the room itself


@dataclass(frozen=True)
class Participant:
    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True)
class Credential:
    """`matches` is what kinds.py writes: a key, or a secret. It is in no repr and leaves auth never."""

    id: str
    participant: str
    kind: Kind
    matches: str = field(repr=False)


@dataclass(frozen=True)
class Meeting:
    """`starts` and `ends` are in UTC. Who organises a meeting may come without being invited."""

    id: str
    title: str
    room: str
    starts: datetime
    ends: datetime
    least_strength: Strength = "rolling"
    organiser: str | None = None
    invited: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        return self.invited if self.organiser in (None, *self.invited) else (*self.invited, str(self.organiser))


@dataclass(frozen=True)
class Item:
    """One document or picture; its bytes are fetched apart."""

    name: str
    media_type: str
    sha256: str
    size: int
    owner: str | None = None  # of personal contents


@dataclass(frozen=True)
class Shelf:
    """Where items belong: a meeting's in its room, or (without `meeting`) a room's personal ones."""

    room: str
    meeting: str | None = None


@dataclass(frozen=True)
class Token:
    """What may be told of an API token."""

    id: str
    label: str
    role: Role
    made: datetime
    participant: str | None = None  # whom an organiser's is for
    ends: datetime | None = None
