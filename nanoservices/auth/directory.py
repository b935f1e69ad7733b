"""Everybody and everything that may be asked about, in memory: whose a key is, and who is expected. Pure."""

import bisect
from collections.abc import Iterable

from nanoservices.auth.model import Credential, Meeting
from nanoservices.auth.rotating import Rotating
from nanoservices.dataclass import dataclass
from nanoservices.wire import MOST_EXPECTED, Strength


@dataclass(frozen=True)
class Invitation:
    """A meeting as seen by one who may come to it; times are unix seconds."""

    meeting: str
    room: str
    starts: float
    ends: float
    least_strength: Strength


@dataclass(frozen=True)
class Person:
    id: str
    invitations: tuple[Invitation, ...] = ()
    owns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holder:
    """Whose key it is, and how sure that makes us; not `fresh`: an id that its tag said earlier and says no more."""

    person: Person
    strength: Strength
    fresh: bool = True


class Directory:
    """The data as they were at one moment. `owners` are pairs of a room and somebody whose personal contents it has."""

    def __init__(
        self,
        credentials: Iterable[Credential] = (),
        meetings: Iterable[Meeting] = (),
        owners: Iterable[tuple[str, str]] = (),
        *,
        early_s: float,
        rotating: Rotating,
    ):
        self.early_s = early_s
        self._rotating = rotating
        self._static: dict[str, str] = {}
        self.rolling: dict[bytes, str] = {}
        for credential in credentials:
            if credential.kind == "static":
                self._static[credential.matches] = credential.participant
            else:
                self.rolling[bytes.fromhex(credential.matches)] = credential.participant
        known = {*self._static.values(), *self.rolling.values()}  # nobody else can be recognised
        self._agenda = [(_invitation(meeting), known.intersection(meeting.people)) for meeting in meetings]
        self._people = _people(known, self._agenda, owners)
        self._boundaries = sorted({at for held, _ in self._agenda for at in (held.starts - early_s, held.ends)})
        self._expected: tuple[int, tuple[str, ...]] = (-1, ())

    @property
    def keys(self) -> int:
        return len(self._static) + len(self.rolling)

    def holder(self, key: str, heard_unix: float) -> Holder | None:
        """Whose key this is; None for a stranger's, and for a kind that is not known here."""
        kind, _, value = key.partition(":")
        if kind == "hmac":
            found = self._rotating.whose(value, heard_unix)
            participant = self.rolling.get(found[0]) if found is not None else None
            if found is None or participant is None:
                return None
            return Holder(self._people[participant], "rolling", fresh=found[1])
        participant = self._static.get(key)
        return None if participant is None else Holder(self._people[participant], "static")

    def is_near(self, held: Invitation, now_unix: float) -> bool:
        """Whether one may come to it now: it is on, or starts within `early_s`."""
        return held.starts - self.early_s <= now_unix < held.ends

    def expected(self, now_unix: float) -> tuple[str, ...]:
        """Those who may come now and have a key to be known by; nobody when they are too many to wait for.

        The same between two boundaries, so computed once.
        """
        span = bisect.bisect_right(self._boundaries, now_unix)
        if self._expected[0] != span:
            people = {who for held, invited in self._agenda if self.is_near(held, now_unix) for who in invited}
            self._expected = (span, tuple(sorted(people)) if len(people) <= MOST_EXPECTED else ())
        return self._expected[1]


def _invitation(meeting: Meeting) -> Invitation:
    times = meeting.starts.timestamp(), meeting.ends.timestamp()
    return Invitation(meeting.id, meeting.room, *times, meeting.least_strength)


def _people(
    known: set[str], agenda: Iterable[tuple[Invitation, set[str]]], owners: Iterable[tuple[str, str]]
) -> dict[str, Person]:
    invitations: dict[str, list[Invitation]] = {participant: [] for participant in known}
    for invitation, invited in agenda:
        for participant in invited:
            invitations[participant].append(invitation)
    owned: dict[str, list[str]] = {}
    for room, owner in owners:
        owned.setdefault(owner, []).append(room)
    return {
        participant: Person(participant, tuple(held), tuple(sorted(owned.get(participant, ()))))
        for participant, held in invitations.items()
    }
