"""Everybody and everything that may be asked about, in memory: whose a key is, and who is expected. Pure."""

import bisect
from collections.abc import Iterable
from itertools import chain

from nanoservices.auth.beacons import Beacons
from nanoservices.auth.kinds import STRENGTH, Beacon, beacon
from nanoservices.auth.memory import Found
from nanoservices.auth.model import Credential, Meeting
from nanoservices.auth.rotating import Rotating
from nanoservices.dataclass import dataclass
from nanoservices.private_address import Resolver
from nanoservices.wire import MOST_EXPECTED, Strength

_ADDRESS_DIGITS = 12


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
    found: Found
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
        beacons: Beacons | None = None,
    ):
        self.early_s = early_s
        self._rotating = rotating
        self._beacons = beacons or Beacons()
        self._static: dict[str, Credential] = {}
        self.rolling: dict[bytes, Credential] = {}
        self._irks: dict[bytes, Credential] = {}
        self.eids: dict[Beacon, Credential] = {}
        for credential in credentials:
            self._take(credential)
        self._resolver = Resolver(tuple(self._irks))
        known = {credential.participant for credential in self._credentials()}  # nobody else can be recognised
        self._agenda = [(_invitation(meeting), known.intersection(meeting.people)) for meeting in meetings]
        self._people = _people(known, self._agenda, owners)
        self._boundaries = sorted({at for held, _ in self._agenda for at in (held.starts - early_s, held.ends)})
        self._expected: tuple[int, tuple[str, ...]] = (-1, ())

    def _take(self, credential: Credential) -> None:
        if credential.kind == "static":
            self._static[credential.matches] = credential
        elif credential.kind == "eid":
            self.eids[beacon(credential.matches)] = credential
        elif credential.kind == "irk":
            self._irks[bytes.fromhex(credential.matches)] = credential
        else:
            self.rolling[bytes.fromhex(credential.matches)] = credential

    def _credentials(self) -> Iterable[Credential]:
        return chain(self._static.values(), self.rolling.values(), self._irks.values(), self.eids.values())

    @property
    def keys(self) -> int:
        return len(self._static) + len(self.rolling) + len(self._irks) + len(self.eids)

    def prepare(self, now_unix: float) -> None:
        """Have the rolling ids of about now ready."""
        self._rotating.prepare(self.rolling, now_unix)
        self._beacons.prepare(self.eids, now_unix)

    def holder(self, key: str, heard_unix: float) -> Holder | None:
        """Whose key this is; None for a stranger's, and for a kind that is not known here."""
        kind, _, value = key.partition(":")
        if kind == "hmac":
            return self._of_rolling(value, heard_unix)
        if kind == "eid":
            return self._of_beacon(value, heard_unix)
        if kind == "rpa":
            return self._of_address(value)
        return self._holder(self._static.get(key))

    def _of_rolling(self, value: str, heard_unix: float) -> Holder | None:
        found = self._rotating.whose(value, heard_unix)
        return None if found is None else self._holder(self.rolling.get(found.secret), found.is_now, found.window)

    def _of_beacon(self, value: str, heard_unix: float) -> Holder | None:
        found = self._beacons.whose(value, heard_unix)
        return None if found is None else self._holder(self.eids.get(found[0].beacon), found[1], found[0].window)

    def _of_address(self, value: str) -> Holder | None:
        fitting = self._resolver.whose(value) if len(value) == _ADDRESS_DIGITS else ()
        return self._holder(self._irks[fitting[0]]) if len(fitting) == 1 else None  # of two who fit, one is by chance

    def _holder(self, credential: Credential | None, fresh: bool = True, window: int | None = None) -> Holder | None:
        if credential is None:
            return None
        found = Found(credential.id, credential.participant, window, credential.kind == "irk")
        return Holder(self._people[credential.participant], STRENGTH[credential.kind], found, fresh)

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
