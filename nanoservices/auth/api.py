"""What an admin's requests have to look like, and what the answers do. Pure; web.py is the door.

Other than on the wire between services, a field that is not known is refused: a person may have misspelt it.
"""

import codecs
import dataclasses
import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from nanoservices import payload
from nanoservices.auth.model import PERSONAL, Credential, Item, Meeting, Participant
from nanoservices.errors import PayloadError
from nanoservices.payload import Between, Matching
from nanoservices.wire import Name, Strength, Title

OwnId = Annotated[str, Matching(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", "an id (letters, digits and _.@-, up to 64)")]

RESERVED = ("unknown", PERSONAL)  # the controller's word for strangers; the wire's for what is no meeting's
MOST_BYTES = 20_000_000
PIECE_BYTES = 262_144
KEYS = {"mac": 12, "ibeacon": 40, "uid": 32}  # kinds that can be enrolled as static, and how many hex digits they have
_SIGNATURES = {
    "text/markdown": b"",
    "text/plain": b"",
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}

Shape = TypeVar("Shape")


class WrongMedia(PayloadError):
    """A kind of document that no screen shows."""

    status = 415


@dataclasses.dataclass(frozen=True)
class NewParticipant:
    name: Title
    id: OwnId | None = None


@dataclasses.dataclass(frozen=True)
class NewCredential:
    kind: Literal["static", "rolling"]
    key: str | None = None
    secret: str | None = None
    id: OwnId | None = None


@dataclasses.dataclass(frozen=True)
class NewMeeting:
    title: Title
    room: Name
    starts: str
    ends: str
    invited: Annotated[tuple[OwnId, ...], Between(0, 1000)]
    id: OwnId | None = None
    least_strength: Strength = "rolling"
    organiser: OwnId | None = None


def read(shape: type[Shape], body: bytes) -> Shape:
    """The shape in a request's body. PayloadError names the field."""
    found = payload.decode(shape, body)
    known = [field.name for field in dataclasses.fields(found)]  # type: ignore[arg-type]
    for name in json.loads(body):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise PayloadError(f"{name[:40]}: there is no such field" + (f"; did you mean {near[0]}?" if near else ""))
    return found


def participant(new: NewParticipant, own_id: str) -> Participant:
    return Participant(_free(new.id) or own_id, _printable(new.name, "name"))


def credential(new: NewCredential, of: str, own_id: str) -> Credential:
    """Its text is in no error: it is a secret, or somebody's name tag."""
    wanted, other = ("key", "secret") if new.kind == "static" else ("secret", "key")
    given = (new.key if new.kind == "static" else new.secret) or ""
    if not given:
        raise PayloadError(f"{wanted}: is missing, and a {new.kind} credential is made from it")
    if getattr(new, other) is not None:
        raise PayloadError(f"{other}: has no meaning for a {new.kind} credential; leave it out")
    matches = given.lower()
    if new.kind == "static" and not is_static_key(matches):
        kinds = ", ".join(f"{kind}:<{digits} hex digits>" for kind, digits in KEYS.items())
        raise PayloadError(f"key: is none of {kinds}")
    if new.kind == "rolling" and not re.fullmatch(r"([0-9a-f]{2}){16,32}", matches):
        raise PayloadError("secret: is not 32 to 64 hex digits (16 to 32 bytes)")
    return Credential(new.id or own_id, of, new.kind, matches)


def is_static_key(key: str) -> bool:
    kind, _, value = key.partition(":")
    return len(value) == KEYS.get(kind) and re.fullmatch(r"[0-9a-f]+", value) is not None


def meeting(new: NewMeeting, rooms: Collection[str], own_id: str) -> Meeting:
    room_is_known(new.room, rooms)
    starts, ends = _moment(new.starts, "starts"), _moment(new.ends, "ends")
    if ends <= starts:
        raise PayloadError(f"ends: {_text(ends)} is not after {_text(starts)}, when it starts")
    title, invited = _printable(new.title, "title"), tuple(sorted(set(new.invited)))
    return Meeting(
        _free(new.id) or own_id, title, new.room, starts, ends, new.least_strength, new.organiser, invited
    )  # fmt: skip


def room_is_known(room: str, rooms: Collection[str]) -> None:
    if room not in rooms:
        raise PayloadError(f"room: labels.yml has no room {room[:70]} (it has: {', '.join(sorted(rooms)) or 'none'})")


def pieces(read: Callable[[int], bytes], name: str, media_type: str) -> Iterator[bytes]:
    """An item's bytes as they are read. PayloadError, at the latest after the last, when a room's screen could not list or
    show it."""
    if not 1 <= len(name) <= 120 or not name.isprintable() or len(name.encode()) > 200:
        raise PayloadError("name: is not 1 to 120 printable characters (200 bytes)")
    if name in (".", ".."):
        raise PayloadError(f"name: {name} stands for a folder in every address; take another name")
    if media_type not in _SIGNATURES:
        raise WrongMedia(f"Content-Type: {media_type[:60] or 'nothing'} is not shown here; {', '.join(_SIGNATURES)} are")
    piece = read(PIECE_BYTES)
    if not piece:
        raise PayloadError("body: is empty")
    if not piece.startswith(_SIGNATURES[media_type]):
        raise WrongMedia(f"body: does not begin as {media_type} does")
    decoder = codecs.getincrementaldecoder("utf-8" if media_type.startswith("text/") else "latin-1")()
    try:
        while piece:
            decoder.decode(piece)
            yield piece
            piece = read(PIECE_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise PayloadError(f"body: is not UTF-8 text ({error.reason})") from None


def whole_number(text: str, field: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text) or not low <= int(text) <= high:
        raise PayloadError(f"{field}: is not a whole number from {low} to {high}")
    return int(text)


def shown(value: Participant | Credential | Meeting | Item) -> dict[str, Any]:
    """As JSON. Of a credential never what it matches."""
    if isinstance(value, Credential):
        return {"id": value.id, "participant": value.participant, "kind": value.kind, "strength": value.kind}
    if isinstance(value, Meeting):
        times = {"starts": _text(value.starts), "ends": _text(value.ends)}
        return {name: held for name, held in {**payload.plain(value), **times}.items() if held is not None}
    if isinstance(value, Item):
        found = {"name": value.name, "media_type": value.media_type, "bytes": value.size, "sha256": value.sha256}
        return found if value.owner is None else {**found, "owner": value.owner}
    return {"id": value.id, "name": value.name}


def _printable(text: str, field: str) -> str:
    """It is shown on a screen, and kept as UTF-8."""
    if not text.isprintable():
        raise PayloadError(f"{field}: has a character that cannot be shown, such as the end of a line; leave it out")
    return text


def _free(own_id: str | None) -> str | None:
    if own_id in RESERVED:
        raise PayloadError(f"id: {own_id} has a meaning of its own here; take another id")
    return own_id


def _moment(text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise PayloadError(f"{field}: {text[:40]} has no offset from UTC; add it, as in 2031-05-06T14:00:00+02:00")
        return moment.astimezone(UTC)
    except PayloadError:
        raise
    except (ValueError, OverflowError):
        raise PayloadError(f"{field}: {text[:40]!r} is no time in ISO 8601, as in 2031-05-06T14:00:00+02:00") from None


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
