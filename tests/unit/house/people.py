"""The people of the house: what keys they carry, and what they have a right to. Told here a second time, and more simply."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from nanoservices.auth.model import Credential, Meeting
from nanoservices.rolling import token
from nanoservices.scanner.keys import ROLLING_SERVICE, Advert
from nanoservices.wire import Strength

EARLY_S = 60.0
NOON = datetime(2031, 5, 6, 12, tzinfo=UTC).timestamp()
SECRETS = {name: name.encode().ljust(16, b".") for name in ("alice", "bob", "carl", "dora")}
TAGS = {"alice": "aa:00:00:00:00:01", "bob": "bb:00:00:00:00:02"}
STRANGER = "57:12:a9:6e:77:12"
CREDENTIALS = (
    *(Credential(f"r-{name}", name, "rolling", secret.hex()) for name, secret in SECRETS.items()),
    *(Credential(f"s-{name}", name, "static", "mac:" + tag.replace(":", "")) for name, tag in TAGS.items()),
)

Says = Callable[[float], Advert]


@dataclass(frozen=True)
class Carried:
    """What makes adverts, and whose auth takes it for: `of` and how strong; not `fresh`: a recording."""

    says: Says
    of: str | None
    strength: Strength = "static"
    fresh: bool = True


def _rolling(of: str, ago_s: float = 0.0) -> Carried:
    def says(now_unix: float) -> Advert:
        said = bytes.fromhex(token(SECRETS[of], now_unix - ago_s))
        return Advert("40:00:00:00:00:00", -60, {ROLLING_SERVICE: said}, {})

    return Carried(says, of, "rolling", fresh=ago_s == 0)


def _static(tag: str, of: str | None) -> Carried:
    return Carried(lambda _now: Advert(tag, -60, {}, {}, is_random=False), of)


KEYS: dict[str, tuple[Carried, ...]] = {
    "alice": (_rolling("alice"),),
    "bob": (_static(TAGS["bob"], "bob"), _rolling("bob")),  # a name tag and a telephone
    "carl": (_rolling("carl"),),
    "dora": (_rolling("dora"),),  # known, and invited to nothing
    "stranger": (_static(STRANGER, None),),
    "mallory": (_static(TAGS["alice"], "alice"),),  # a copy of alice's name tag
    "eve": (_rolling("alice", ago_s=240),),  # a recording of alice's telephone
    "ghost": (),  # nothing to be known by
}
INVITABLE = ("alice", "bob", "carl")


@dataclass
class Person:
    name: str
    zone: str | None = None  # None: not in the house
    since: float = 0.0  # there since then, in the world's time
    is_still: bool = False  # sits: no sensor sees them
    stirred_at: float = 0.0

    @property
    def keys(self) -> tuple[Carried, ...]:
        return KEYS[self.name]


def may_see(key: Carried, meeting: Meeting, at: float) -> bool:
    """Whether auth's data let who carries `key` come to `meeting` at the world's time `at`."""
    is_strong = ("static", "irk", "rolling").index(key.strength) >= ("static", "irk", "rolling").index(meeting.least_strength)
    return key.fresh and key.of in meeting.people and is_strong and is_near(meeting, at)


def is_near(meeting: Meeting, at: float) -> bool:
    return meeting.starts.timestamp() - EARLY_S <= NOON + at < meeting.ends.timestamp()


def has_right(person: Person, meeting: Meeting, at: float) -> bool:
    return any(may_see(key, meeting, at) for key in person.keys)


def meeting(name: str, room: str, starts: float, lasts: float, invited: Iterable[str], least: Strength = "rolling") -> Meeting:
    """Times are the world's."""
    begins, ends = (datetime.fromtimestamp(NOON + at, UTC) for at in (starts, starts + lasts))
    return Meeting(name, name, room, begins, ends, least, None, tuple(sorted(invited)))
