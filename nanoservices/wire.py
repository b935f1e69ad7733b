"""The contract between the services: every resource, who calls it, and what goes over the wire both ways.

One row of TABLE is one resource and method; `coap.py` refuses to start a service that leaves a row of its word without
a handler. (A nanoservice of your own needs no row here: it keeps its rows in its folder.) Payloads are JSON with
`"v": 1`; an unknown field is ignored, a wrong one is 4.00.

Times. `at` is monotonic seconds of the sender's host, `clock` names that host's boot, `sent_at` is the same clock when
the message left. A receiver with the same `clock` uses `at` as it is; any other uses its own now − (sent_at − at).
So no two nodes need equal clocks (nanoservices/clock.py does it). An Agenda is by the calendar, and says what auth's has now.

Order. Reports carry `source`, `boot` and a number `n` that grows by one; a number not above the last one acknowledged
changes nothing. Commands carry `boot` and `seq` of the controller: a lower `seq` of the same boot is late and is
ignored, and so is every boot that a newer one has replaced; boots of the controller sort in their order (boots.py).
Doing either twice is doing it once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from nanoservices.dataclass import dataclass
from nanoservices.payload import Between, Matching

# --- words shared by several payloads -------------------------------------------------------------------------------

Name = Annotated[str, Matching(r"[a-z0-9][a-z0-9.-]{0,62}", "a name (small letters, digits, '-' and '.', up to 63)")]
Id = Annotated[str, Matching(r"[A-Za-z0-9][A-Za-z0-9_.@/-]{0,95}", "an id (letters, digits and _.@/-, up to 96)")]
_PORT = "6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}"
ADDRESS = Matching(f"coap://[A-Za-z0-9][A-Za-z0-9_.-]{{0,99}}(:({_PORT}))?", "a coap:// address, as coap://auth:5683")
Uri = Annotated[str, ADDRESS]
Key = Annotated[str, Matching(r"[a-z]{2,8}:[0-9a-f]{8,64}", "a key (kind:hex)")]
Sentence = Annotated[str, Between(0, 300)]
Title = Annotated[str, Between(1, 120)]
Digest = Annotated[str, Matching(r"[0-9a-f]{64}", "a sha256 in hex")]
Seconds = Annotated[float, Between(0, 86_400)]
Number = Annotated[int, Between(0, 2**53)]
Unix = Annotated[float, Between(-62_135_596_800, 253_402_300_799)]  # a time of the calendar, in the years 1 to 9999
Rssi = Annotated[int, Between(-127, 20)]

ZoneState = Literal["occupied", "empty", "unknown"]
Mode = Literal["personal", "hidden", "meeting"]
Strength = Literal["static", "irk", "rolling"]
MOST_EXPECTED = 16
STRENGTHS: tuple[Strength, ...] = ("static", "irk", "rolling")  # weakest first
Decision = Literal["granted", "refused"]
Outcome = Literal["completed", "refused", "failed", "nobody", "abandoned"]
Reason = Literal["unknown-key", "not-invited", "too-early", "too-late", "too-weak", "replay"]
REASONS: dict[Reason, str] = {  # for people
    "unknown-key": "nobody here knows this key",
    "not-invited": "invited to no meeting",
    "too-early": "the meeting is at a later time",
    "too-late": "the meeting is over",
    "too-weak": "the key is too easy to copy for this meeting",
    "replay": "the key looks like a recording of an earlier one",
}


# --- every service: liveness is a CoAP ping (alive.py), readiness is this -------------------------------------------


@dataclass(frozen=True)
class Health:
    """Whether the instance can do its work, and if not, why: a person and the manager read it, nobody restarts on it."""

    word: Name
    node: Name
    boot: Id
    ready: bool
    uptime_s: float
    zone: Name | None = None
    why_not: tuple[Sentence, ...] = ()
    figures: dict[str, float] | None = None  # what this service counts: radio_on_s, outbox, visits_open ...
    v: Literal[1] = 1


# --- announcements: who is where (after RFC 9176, with the lease kept short) ----------------------------------------


@dataclass(frozen=True)
class Announcement:
    """An instance says that it is there. Without `uri` it is found at the address the announcement came from."""

    word: Name
    node: Name
    boot: Id
    ready: bool
    zone: Name | None = None
    uri: Uri | None = None
    why_not: Annotated[tuple[Sentence, ...], Between(0, 16)] = ()
    v: Literal[1] = 1


@dataclass(frozen=True)
class Lease:
    """How long an announcement is believed. Announce again well before it ends."""

    lease_s: Seconds
    v: Literal[1] = 1


@dataclass(frozen=True)
class Instance:
    """One announced instance, as the controller knows it; `silent` once its lease has run out."""

    word: Name
    node: Name
    uri: Uri
    boot: Id
    ready: bool
    silent: bool
    heard_s: Seconds  # seconds since the last announcement
    zone: Name | None = None
    why_not: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Instances:
    instances: tuple[Instance, ...]
    v: Literal[1] = 1


# --- events: what presence, scanner and meeting report to the controller --------------------------------------------


@dataclass(frozen=True)
class PresenceEvent:
    """A zone's presence as one sensor sees it. `edge` is true for a motion that has just begun, so that somebody who
    comes while the zone is occupied already is noticed too."""

    kind: Literal["presence"]
    n: Number
    at: float
    zone: Name
    state: ZoneState
    edge: bool = False
    why: Sentence | None = None  # for unknown: what is wrong with the sensor


@dataclass(frozen=True)
class SightingEvent:
    """A BLE key heard while a scan was on, as it came off the air; nothing is resolved here."""

    kind: Literal["sighting"]
    n: Number
    at: float
    zone: Name
    scan: Id
    key: Key
    rssi_dbm: Rssi


@dataclass(frozen=True)
class ScreenEvent:
    """What the room's screen shows now. A time is there once that step has been done, in the order hide, download, show."""

    kind: Literal["screen"]
    n: Number
    at: float
    room: Name
    mode: Mode
    visit: Id | None = None  # the visit of the order that this answers
    meeting: Id | None = None
    hidden_at: float | None = None
    downloaded_at: float | None = None
    shown_at: float | None = None
    problem: Sentence | None = None


Event = PresenceEvent | SightingEvent | ScreenEvent


@dataclass(frozen=True)
class EventBatch:
    """Events of one instance, oldest first. They stay in its outbox until `Acknowledgement.upto` has reached them."""

    source: Id  # word@node
    boot: Id
    clock: Id
    sent_at: float
    events: Annotated[tuple[Event, ...], Between(1, 32)]
    v: Literal[1] = 1


@dataclass(frozen=True)
class Acknowledgement:
    """Every event up to and including number `upto` of that source and boot is safe with the controller."""

    upto: Number
    v: Literal[1] = 1


# --- the controller's own state, for screens and tools ----------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One thing that happened in a visit. `name` is the paper's letter: a edge, b controller knows, b' scan asked,
    advert (first, on the air), c sighting at the controller, d recognised, e first light on, e' at the room,
    f-hidden, f-downloaded, f shown; then out (closed)."""

    name: Annotated[str, Between(1, 16)]
    at: float  # monotonic seconds of the host that `Visits.clock` names
    peer: Id | None = None


@dataclass(frozen=True)
class Visit:
    """One person's way from a door to a screen, or how far it came. `outcome` is there once it is over."""

    id: Id
    zone: Name
    steps: tuple[Step, ...]
    participant: Id | None = None
    strength: Strength | None = None
    meeting: Id | None = None
    room: Name | None = None
    outcome: Outcome | None = None
    reason: Sentence | None = None  # a Reason for refused, a sentence that names the peer for failed
    trouble: tuple[Sentence, ...] = ()  # what went wrong on the way without ending it
    opened: str | None = None  # wall clock, ISO 8601 with zone
    number: Number = 0  # visits are counted as they are opened
    colour: Annotated[int, Between(0, 11)] = 0  # of its light, as in GuideOrder


@dataclass(frozen=True)
class VisitsQuery:
    after: Annotated[str, Matching(r"[0-9]{1,15}", "a visit's number")] = "0"


@dataclass(frozen=True)
class Visits:
    """Visits whose number is above the query's `after`, oldest first, at most 40 at a time. `next` is the `after` that
    asks for the rest; an open visit changes under its number until it has an outcome. Some 500 are kept."""

    clock: Id
    visits: tuple[Visit, ...]
    next: Number
    v: Literal[1] = 1


@dataclass(frozen=True)
class Zone:
    zone: Name
    state: ZoneState
    why: Sentence | None = None


@dataclass(frozen=True)
class Room:
    room: Name
    zone: Name
    mode: Mode
    state: ZoneState
    people: int  # recognised and not left
    meeting: Id | None = None


@dataclass(frozen=True)
class Zones:
    zones: tuple[Zone, ...]
    rooms: tuple[Room, ...]
    v: Literal[1] = 1


# --- presence ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Presence:
    zone: Name
    state: ZoneState
    since_s: float
    why: Sentence | None = None
    v: Literal[1] = 1


# --- scanner ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScanOrder:
    """Scan until `window_s` from now; the same scan again moves its end, 0 ends it for good."""

    scan: Id
    zone: Name
    window_s: Annotated[float, Between(0, 120)]
    v: Literal[1] = 1


@dataclass(frozen=True)
class Scan:
    scan: Id
    ends_in_s: float


@dataclass(frozen=True)
class Scans:
    """The scans that are open; the radio is on only while there is one."""

    zone: Name
    scans: tuple[Scan, ...]
    radio_on_s: float  # since start
    v: Literal[1] = 1


# --- auth -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sighting:
    key: Key
    rssi_dbm: Rssi
    age_s: Seconds


@dataclass(frozen=True)
class Recognition:
    """Who do these keys belong to, and may they go to a meeting now? Asking changes nothing but a rolling id's use."""

    id: Id
    scan: Id  # the visits that follow from it carry its id
    zone: Name
    sightings: Annotated[tuple[Sighting, ...], Between(1, 32)]
    v: Literal[1] = 1


@dataclass(frozen=True)
class Answer:
    """What one key means. A refusal of a known participant names them; an unknown key names nobody."""

    decision: Decision
    reason: Reason | None = None
    participant: Id | None = None
    strength: Strength | None = None
    meeting: Id | None = None
    room: Name | None = None
    ends_in_s: Seconds | None = None  # the meeting is over then
    owns: tuple[Name, ...] = ()  # the rooms whose personal contents are this participant's


@dataclass(frozen=True)
class Answers:
    """One answer per sighting, in their order. `expected` are those who may come now and to any room: once all of them
    are known, a scan need not go on. Empty when there are more than MOST_EXPECTED: so many do not come within one scan,
    and their names would make several blocks of every answer."""

    answers: tuple[Answer, ...]
    expected: Annotated[tuple[Id, ...], Between(0, MOST_EXPECTED)] = ()
    v: Literal[1] = 1


@dataclass(frozen=True)
class Enrolling:
    """Somebody is going to hold up a key in `zone`: listen there for `window_s`, and tell auth what is heard. 0: no more."""

    enrolment: Id
    zone: Name
    window_s: Annotated[float, Between(0, 120)]
    v: Literal[1] = 1


@dataclass(frozen=True)
class HeldUp:
    """What was heard for an enrolment, or why nothing is. Kept nowhere; none of it is asked about."""

    enrolment: Id
    zone: Name
    sightings: Annotated[tuple[Sighting, ...], Between(0, 32)]
    problem: Sentence | None = None
    v: Literal[1] = 1


@dataclass(frozen=True)
class VisitReport:
    """A closed visit for the event log; reporting it twice is reporting it once (by `visit.id`)."""

    visit: Visit
    clock: Id
    closed: str  # wall clock, ISO 8601 with zone
    v: Literal[1] = 1


@dataclass(frozen=True)
class Done:
    """A change has been made, or had been made before."""

    v: Literal[1] = 1


@dataclass(frozen=True)
class ContentsQuery:
    """`of` is a meeting's id, or `personal` for what belongs to the room itself."""

    room: Name
    of: Id
    credential: Annotated[str, Between(8, 128)]


@dataclass(frozen=True)
class ContentItem:
    name: Title
    media_type: Annotated[str, Between(3, 100)]
    bytes: Number
    sha256: Digest


@dataclass(frozen=True)
class Contents:
    title: Title
    items: Annotated[tuple[ContentItem, ...], Between(0, 100)]
    v: Literal[1] = 1


@dataclass(frozen=True)
class ItemQuery:
    """A part of one item of a list of contents (block-wise, RFC 7959), so that nobody who hands it on has to hold the whole;
    behind the last part comes an empty one. All together are to be checked against `sha256`."""

    room: Name
    of: Id
    sha256: Digest
    credential: Annotated[str, Between(8, 128)]
    part: Annotated[str, Matching(r"[0-9]{1,6}", "a part's number")] = "0"


@dataclass(frozen=True)
class AgendaQuery:
    """With `titles=false` no title leaves auth."""

    room: Name
    credential: Annotated[str, Between(8, 128)]
    titles: Literal["true", "false"] = "true"


@dataclass(frozen=True)
class Slot:
    """When a room is taken, and by which meeting."""

    starts: Unix
    ends: Unix
    title: Title | None = None


@dataclass(frozen=True)
class Agenda:
    """What is on in a room at `now`, and what begins after it, in that order: all of it up to `until`."""

    now: Unix
    until: Unix
    slots: Annotated[tuple[Slot, ...], Between(0, 16)]
    v: Literal[1] = 1


# --- guidance ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GuideOrder:
    """Lead one visit through `route`, or stop for it; every instance lights what of the route is in its own zone.
    `for_s` is the longest it burns without being told again."""

    visit: Id
    boot: Id
    seq: Number
    state: Literal["lead", "stop"]
    route: Annotated[tuple[Name, ...], Between(0, 32)] = ()
    colour: Annotated[int, Between(0, 11)] = 0  # the visit's own, one of guidance's palette
    for_s: Seconds = 120.0
    v: Literal[1] = 1


@dataclass(frozen=True)
class Guided:
    """`lit_at` is when the visit's first light went on here; absent when nothing is lit for it."""

    visit: Id
    lit: bool
    clock: Id
    sent_at: float
    lit_at: float | None = None
    v: Literal[1] = 1


@dataclass(frozen=True)
class GuideState:
    zone: Name
    visits: tuple[Id, ...]
    leds: int  # how many are on
    v: Literal[1] = 1


# --- meeting ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScreenOrder:
    """What the room's screen is to show. For `meeting` the screen hides first, then downloads, then shows, and reports
    each in a ScreenEvent; `hidden` is done before the answer leaves."""

    room: Name
    boot: Id
    seq: Number
    mode: Mode
    visit: Id | None = None  # on whose account
    meeting: Id | None = None
    ends_in_s: Seconds | None = None
    line: Sentence | None = None  # the quiet line: what it waits for, or what is wrong
    v: Literal[1] = 1


@dataclass(frozen=True)
class ScreenState:
    room: Name
    mode: Mode
    clock: Id
    sent_at: float
    meeting: Id | None = None
    hidden_at: float | None = None
    problem: Sentence | None = None
    v: Literal[1] = 1


# --- the table --------------------------------------------------------------------------------------------------------

Method = Literal["GET", "PUT", "POST"]


@dataclass(frozen=True)
class Resource:
    """One row: what `word` ("*": every service) serves at `path`, who calls it, and the shapes both ways.

    `request` is the payload's shape, of the query for GET; None when there is none. `response` is a shape, or `bytes`.
    `rt` and `interface` (`if=`) are what /.well-known/core says (RFC 6690). `observable`: RFC 7641.
    """

    word: str
    path: str
    method: Method
    callers: tuple[str, ...]
    request: type[Any] | None
    response: type[Any]
    rt: str
    interface: Literal["nano.state", "nano.command", "nano.report", "nano.question"]
    observable: bool = False


EVERYBODY = ("people", "manager")
REPORTERS = ("presence", "scanner", "guidance", "meeting", "auth")
SENSING = ("presence", "scanner", "meeting")

HEALTH = Resource("*", "health", "GET", EVERYBODY, None, Health, "nano.health", "nano.state")

ANNOUNCE = Resource("controller", "instances", "POST", REPORTERS, Announcement, Lease, "nano.instances", "nano.report")
INSTANCES = Resource("controller", "instances", "GET", EVERYBODY, None, Instances, "nano.instances", "nano.state")
EVENTS = Resource("controller", "events", "POST", SENSING, EventBatch, Acknowledgement, "nano.events", "nano.report")
VISITS = Resource("controller", "visits", "GET", EVERYBODY, VisitsQuery, Visits, "nano.visits", "nano.state", observable=True)
ZONES = Resource("controller", "zones", "GET", EVERYBODY, None, Zones, "nano.zones", "nano.state", observable=True)
ENROL = Resource("controller", "enrolments", "PUT", ("auth",), Enrolling, Done, "nano.enrolments", "nano.question")

PRESENCE = Resource("presence", "presence", "GET", EVERYBODY, None, Presence, "nano.presence", "nano.state", observable=True)

SCAN = Resource("scanner", "scan", "PUT", ("controller",), ScanOrder, Scans, "nano.scan", "nano.command")
SCANS = Resource("scanner", "scan", "GET", EVERYBODY, None, Scans, "nano.scan", "nano.state", observable=True)

RECOGNISE = Resource("auth", "recognise", "POST", ("controller",), Recognition, Answers, "nano.recognise", "nano.question")
REPORT = Resource("auth", "visits", "POST", ("controller",), VisitReport, Done, "nano.visits", "nano.report")
HELD = Resource("auth", "held", "POST", ("controller",), HeldUp, Done, "nano.held", "nano.report")
CONTENTS = Resource("auth", "contents", "GET", ("meeting",), ContentsQuery, Contents, "nano.contents", "nano.state")
ITEM = Resource("auth", "item", "GET", ("meeting",), ItemQuery, bytes, "nano.item", "nano.state")
AGENDA = Resource("auth", "agenda", "GET", ("meeting",), AgendaQuery, Agenda, "nano.agenda", "nano.state")

GUIDE = Resource("guidance", "guide", "PUT", ("controller",), GuideOrder, Guided, "nano.guide", "nano.command")
GUIDED = Resource("guidance", "guide", "GET", EVERYBODY, None, GuideState, "nano.guide", "nano.state", observable=True)

SCREEN = Resource("meeting", "screen", "PUT", ("controller",), ScreenOrder, ScreenState, "nano.screen", "nano.command")
SHOWN = Resource("meeting", "screen", "GET", EVERYBODY, None, ScreenState, "nano.screen", "nano.state", observable=True)

TABLE: tuple[Resource, ...] = (
    HEALTH,
    ANNOUNCE,
    INSTANCES,
    EVENTS,
    VISITS,
    ZONES,
    ENROL,
    PRESENCE,
    SCAN,
    SCANS,
    RECOGNISE,
    REPORT,
    HELD,
    CONTENTS,
    ITEM,
    AGENDA,
    GUIDE,
    GUIDED,
    SCREEN,
    SHOWN,
)


def rows(word: str) -> tuple[Resource, ...]:
    """What an instance of `word` serves."""
    return tuple(row for row in TABLE if row.word in (word, "*"))
