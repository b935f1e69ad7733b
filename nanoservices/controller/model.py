"""What the controller remembers, and what it tells others to do. Data only; times are monotonic seconds of this host.

Everything here but `Heard` is written to the disk; `Heard` holds keys off the air and lives no longer than its scan.
"""

from dataclasses import field

from nanoservices.dataclass import dataclass
from nanoservices.wire import Mode, Outcome, Sighting, Strength, ZoneState

NEW, LEADING, GUIDED, SHOWING, CLOSED = "new", "leading", "guided", "showing", "closed"


@dataclass
class Visit:
    """One person's way from a door to a screen. `steps` holds the first time each step of wire.Step was seen."""

    id: str
    number: int
    scan: str
    zone: str
    state: str
    opened: float
    deadline: float
    steps: dict[str, float] = field(default_factory=dict)
    participant: str | None = None
    strength: Strength | None = None
    meeting: str | None = None
    room: str | None = None
    route: tuple[str, ...] = ()
    colour: int = 0
    outcome: Outcome | None = None
    reason: str | None = None
    trouble: tuple[str, ...] = ()
    reported: bool = False

    @property
    def is_open(self) -> bool:
        return self.state != CLOSED


@dataclass
class Scan:
    """One spell of listening in a zone, begun by a motion there. A `watch` began without one and makes no visits."""

    id: str
    zone: str
    edge_at: float  # a
    known_at: float  # b
    asked_at: float  # b'
    ends_at: float
    watch: bool = False
    met: bool = False  # somebody was heard in it, known or not
    began_at: float = 0.0


@dataclass
class Occupant:
    """Somebody recognised in a room. Without `meeting` they are there in their own right, as its owner."""

    participant: str
    seen_at: float
    meeting: str | None = None
    meeting_ends_at: float | None = None
    strength: Strength | None = None  # of the key by which they were recognised


@dataclass
class Room:
    """Who is known to be in a room, and what its screen was last told."""

    name: str
    people: dict[str, Occupant] = field(default_factory=dict)
    intruders: dict[str, float] = field(default_factory=dict)  # participant, their weak key, or "unknown" -> last heard
    mode: Mode | None = None
    meeting: str | None = None
    line: str | None = None
    ends_at: float | None = None
    unsure_at: float | None = None  # when somebody may have been here and could not be heard or recognised


@dataclass
class Sensor:
    """What one presence instance said last."""

    node: str
    zone: str
    state: ZoneState
    at: float
    why: str | None = None


@dataclass
class Peer:
    """An announced instance."""

    word: str
    node: str
    uri: str
    boot: str
    ready: bool
    heard_at: float
    zone: str | None = None
    why_not: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.word}@{self.node}"


@dataclass
class Source:
    """How far the events of one sender have been taken."""

    name: str
    boot: str
    upto: int
    replaced: tuple[str, ...] = ()  # boots that are over: what still comes from them is late
    clock: str = ""
    sent_at: float = 0.0  # the latest, on that clock


@dataclass(frozen=True)
class Heard:
    """A key's first sighting in a scan, and the motion that it came with."""

    key: str
    rssi_dbm: int
    advert_at: float
    received_at: float
    edge_at: float
    known_at: float
    asked_at: float


# --- commands -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StartScan:
    scan: str
    zone: str
    ends_at: float


@dataclass(frozen=True)
class EndScan:
    scan: str
    zone: str


@dataclass(frozen=True)
class Recognise:
    id: str
    scan: str
    zone: str
    heard: tuple[Heard, ...]


@dataclass(frozen=True)
class Lead:
    visit: str
    route: tuple[str, ...]
    colour: int
    until: float


@dataclass(frozen=True)
class StopLeading:
    visit: str
    route: tuple[str, ...]


@dataclass(frozen=True)
class SetScreen:
    room: str
    mode: Mode
    visit: str | None = None
    meeting: str | None = None
    ends_at: float | None = None
    line: str | None = None


@dataclass(frozen=True)
class Report:
    """Tell auth's event log of a closed visit."""

    visit: str


@dataclass(frozen=True)
class PassOn:
    """Tell auth what was heard for an enrolment; the keys go no other way."""

    enrolment: str
    zone: str
    sightings: tuple[Sighting, ...] = field(repr=False)
    problem: str | None = None


Command = PassOn | StartScan | EndScan | Recognise | Lead | StopLeading | SetScreen | Report


def with_sentence(sentences: tuple[str, ...], sentence: str) -> tuple[str, ...]:
    """A short list of what went wrong, each thing once."""
    return sentences if sentence[:300] in sentences else (*sentences[-7:], sentence[:300])
