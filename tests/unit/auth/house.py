"""A small house to test in: people, their tags, and a clock that stands where it is put."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from nanoservices import wire
from nanoservices.auth.directory import Directory
from nanoservices.auth.model import Credential, Meeting, Participant
from nanoservices.auth.rest_enrolments import EnrolmentResources
from nanoservices.auth.rotating import Rotating
from nanoservices.auth.sealing import Seal
from nanoservices.auth.store import Store
from nanoservices.database import AnyDatabase
from nanoservices.errors import PeerSilent
from nanoservices.place import Room
from nanoservices.rolling import token
from nanoservices.wire import Strength

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
NOW = NOON.timestamp()
EARLY_S = 900.0
ROOMS = {name: Room(name, ("entrance", "corridor", name)) for name in ("room-1", "room-2")}
SECRETS = {name: name.encode().ljust(16, b".") for name in ("alice", "bob", "carl")}
MAC = {"alice": "mac:aa0000000001", "bob": "mac:bb0000000002", "carl": "mac:cc0000000003"}
SEAL_KEY = "0123456789abcdef" * 3
STRANGER = "mac:5712a96e7712"


def tag(name: str, at: float = NOW) -> str:
    """The key that this person's rolling tag says."""
    return f"hmac:{token(SECRETS[name], at)}"


def sighting(key: str, age_s: float = 0.0) -> wire.Sighting:
    return wire.Sighting(key, -50, age_s)


def meeting(
    name: str = "plan",
    *invited: str,
    starts_s: float = -600,
    ends_s: float = 3000,
    room: str = "room-1",
    least: Strength = "rolling",
    organiser: str | None = None,
) -> Meeting:
    """A meeting; its times count from noon."""
    starts, ends = NOON + timedelta(seconds=starts_s), NOON + timedelta(seconds=ends_s)
    return Meeting(name, name.title(), room, starts, ends, least, organiser, tuple(sorted(invited)))


def credentials() -> list[Credential]:
    rolling = [Credential(f"r-{name}", name, "rolling", secret.hex()) for name, secret in SECRETS.items()]
    return [*rolling, *(Credential(f"s-{name}", name, "static", key) for name, key in MAC.items())]


def directory(*meetings: Meeting, owners: tuple[tuple[str, str], ...] = (), now: float = NOW) -> Directory:
    """Everybody in SECRETS, with a rolling tag and a name tag each."""
    rotating = Rotating()
    made = Directory(credentials(), meetings, owners, early_s=EARLY_S, rotating=rotating)
    rotating.prepare(made.rolling, now)
    return made


def database_of(_folder: Path) -> AnyDatabase | None:
    """A file in the folder. Other suites put a server in the place of this."""
    return None


def opened(folder: Path, key: str = SEAL_KEY) -> Store:
    return Store(folder, EARLY_S, NOW, seal=Seal(key), database=database_of(folder), clock=lambda: NOW)


def filled(folder: Path, *meetings: Meeting) -> Store:
    """The same on disk."""
    store = opened(folder)
    for name in SECRETS:
        store.people.add(Participant(name, name.title()))
    for credential in credentials():
        store.people.add_credential(credential)
    for new in meetings:
        store.meetings.add(new)
    store.refresh(NOW)
    return store


def unheard(store: Store) -> EnrolmentResources:
    """A controller that says nothing, for who asks it to listen."""

    def ask(_order: wire.Enrolling) -> None:
        raise PeerSilent("controller", "is silent")

    return EnrolmentResources(store, ask)
