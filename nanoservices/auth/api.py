"""What an admin's requests have to look like, and what the answers do. Pure; web.py is the door.

Other than on the wire between services, a field that is not known is refused: a person may have misspelt it.
"""

import dataclasses
import difflib
import re
import typing
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from nanoservices import payload
from nanoservices.auth import kinds
from nanoservices.auth.model import PERSONAL, Credential, Item, Meeting, Participant, Token
from nanoservices.auth.shapes import NewMeeting, NewParticipant, OwnId, Time
from nanoservices.errors import Conflict, PayloadError
from nanoservices.limits import NOT_SHOWN
from nanoservices.payload import Between

RESERVED = ("unknown", PERSONAL)  # the controller's word for strangers; the wire's for what is no meeting's
MOST_JSON = 262_144
MOST_IMPORT = 2_000_000
LONGEST_KEY = 200

_DIGITS = re.compile(r"[0-9]{1,17}")

Shape = TypeVar("Shape")
Named = TypeVar("Named", NewParticipant, NewMeeting)


@dataclasses.dataclass(frozen=True)
class OwnIdOf:
    id: OwnId


@dataclasses.dataclass(frozen=True)
class NewCredential:
    """kinds.py says what each kind is made from."""

    kind: kinds.Kind
    key: str | None = None
    secret: str | None = None
    id: OwnId | None = None
    exponent: Annotated[int, Between(0, kinds.MOST_EXPONENT)] | None = None
    clock_zero: Time | None = None


def read(shape: type[Shape], body: bytes, most_bytes: int = MOST_JSON) -> Shape:
    """The shape in a request's body. PayloadError names the field."""
    return read_value(shape, payload.parsed(body, most_bytes))


def read_value(shape: type[Shape], value: Any, path: str = "") -> Shape:
    """The shape in what has been parsed already, at that path."""
    found = payload.read(shape, value, path)
    _refuse_unknown(found, value, path)
    return found


def read_query(shape: type[Shape], query: Mapping[str, str]) -> Shape:
    """The same for what stands behind the `?`, where a number is written as a text."""
    whole = {name for name, hint in typing.get_type_hints(shape).items() if _is_whole(hint)}
    value = {name: int(text) if name in whole and _DIGITS.fullmatch(text) else text for name, text in query.items()}
    found = payload.read(shape, value)
    _refuse_unknown(found, value, "")
    return found


def _refuse_unknown(found: Any, value: Any, path: str) -> None:
    if isinstance(found, tuple):
        for index, (each, said) in enumerate(zip(found, value, strict=True)):
            _refuse_unknown(each, said, f"{path}[{index}]")
    if not dataclasses.is_dataclass(found):
        return
    known = [field.name for field in dataclasses.fields(found)]
    for name, said in value.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            at = f"{path}.{name[:40]}" if path else name[:40]
            raise PayloadError(f"{at}: there is no such field" + (f"; did you mean {near[0]}?" if near else ""))
        _refuse_unknown(getattr(found, name), said, f"{path}.{name}" if path else name)


def participant(new: NewParticipant, own_id: str) -> Participant:
    return Participant(_free(new.id) or own_id, printable(new.name, "name"), new.email.lower() if new.email else None)


def named(new: Named, own_id: str) -> Named:
    """What is put at an address with this id in it."""
    payload.read(OwnIdOf, {"id": own_id})
    if new.id not in (None, own_id):
        raise Conflict(f"id: {new.id} is not that of the address, {own_id}; leave it out")
    return new


def credential(new: NewCredential, of: str, own_id: str) -> Credential:
    """Its text is in no error: it is a secret, or somebody's name tag."""
    zero = None if new.clock_zero is None else moment(new.clock_zero).timestamp()
    given = kinds.Given(key=new.key, secret=new.secret, exponent=new.exponent, clock_zero=zero)
    return Credential(new.id or own_id, of, new.kind, kinds.written(new.kind, given))


def meeting(new: NewMeeting, rooms: Collection[str], own_id: str) -> Meeting:
    room_is_known(new.room, rooms)
    starts, ends = moment(new.starts), moment(new.ends)
    if ends <= starts:
        raise PayloadError(f"ends: {_text(ends)} is not after {_text(starts)}, when it starts")
    invited, name = tuple(sorted(set(new.invited))), _free(new.id) or own_id
    return Meeting(name, printable(new.title, "title"), new.room, starts, ends, new.least_strength, new.organiser, invited)


def room_is_known(room: str, rooms: Collection[str]) -> None:
    if room not in rooms:
        raise PayloadError(f"room: labels.yml has no room {room[:70]} (it has: {', '.join(sorted(rooms)) or 'none'})")


def moment(text: str) -> datetime:
    """Of a text that its shape has found to be one; in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def shown(value: Participant | Credential | Meeting | Item | Token) -> dict[str, Any]:
    """As JSON. Of a credential never what it matches."""
    if isinstance(value, Credential):
        return {"id": value.id, "participant": value.participant, "kind": value.kind, "strength": kinds.STRENGTH[value.kind]}
    if isinstance(value, Meeting | Token):
        found = payload.plain(value)
        return {name: _text(held) if isinstance(held, datetime) else held for name, held in found.items()}
    if isinstance(value, Item):
        found = {"name": value.name, "media_type": value.media_type, "bytes": value.size, "sha256": value.sha256}
        return found if value.owner is None else {**found, "owner": value.owner}
    return dict(payload.plain(value))


def printable(text: str, field: str) -> str:
    """Unicode has more that cannot be shown than a pattern can say."""
    if not text.isprintable():
        raise PayloadError(f"{field}: {NOT_SHOWN}")
    return text


def _free(own_id: str | None) -> str | None:
    if own_id in RESERVED:
        raise PayloadError(f"id: {own_id} has a meaning of its own here; take another id")
    return own_id


def _is_whole(hint: Any) -> bool:
    return hint is int or any(_is_whole(inner) for inner in typing.get_args(hint))


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
