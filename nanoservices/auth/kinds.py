"""The kinds of credential: what each is made from, how strong it is, and how it is written down. Pure.

static    key: mac:…, ibeacon:… or uid:…, as heard on the air; anybody can copy it
irk       secret: a phone's identity resolving key, 16 bytes
rolling   secret: of the kit's own rolling id (rolling.py), 16 to 32 bytes
eid       secret: an Eddystone-EID beacon's identity key, 16 bytes; exponent; clock_zero, when the beacon's clock was 0
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from nanoservices.dataclass import dataclass
from nanoservices.eddystone import MOST_EXPONENT, MOST_TICKS
from nanoservices.errors import PayloadError
from nanoservices.wire import Strength

Kind = Literal["static", "irk", "rolling", "eid"]
STRENGTH: Mapping[Kind, Strength] = {"static": "static", "irk": "irk", "rolling": "rolling", "eid": "rolling"}
STATIC = {"mac": 12, "ibeacon": 40, "uid": 32}  # kinds of static key, and how many hex digits they have
_DIGITS = {"irk": (32, 32), "rolling": (32, 64), "eid": (32, 32)}
_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "static": ("key",),
    "irk": ("secret",),
    "rolling": ("secret",),
    "eid": ("secret", "exponent", "clock_zero"),
}
_ALL = ("key", "secret", "exponent", "clock_zero")


class Beacon(NamedTuple):
    """An Eddystone-EID beacon; its clock was 0 at `zero_unix`."""

    key: bytes
    exponent: int
    zero_unix: int


@dataclass(frozen=True, kw_only=True, repr=False)
class Given:
    """What somebody says a credential is made from; `clock_zero` in unix seconds."""

    key: str | None = None
    secret: str | None = None
    exponent: int | None = None
    clock_zero: float | None = None


def written(kind: Kind, given: Given) -> str:
    """Credential.matches. PayloadError names the field; its text is in no error: it is a secret, or somebody's name tag."""
    wanted = _FIELDS[kind]
    for name in _ALL:
        value = getattr(given, name)
        if name in wanted and value in (None, ""):
            raise PayloadError(f"{name}: is missing, and {_a(kind)} credential is made from {', '.join(wanted)}")
        if name not in wanted and value is not None:
            raise PayloadError(f"{name}: has no meaning for {_a(kind)} credential; leave it out")
    if kind == "static":
        return _static((given.key or "").lower())
    secret = _secret(kind, (given.secret or "").lower())
    if kind != "eid":
        return secret
    return f"{secret}:{_exponent(given.exponent or 0)}:{_zero(given.clock_zero or 0.0)}"


def _static(key: str) -> str:
    if not is_static_key(key):
        kinds = ", ".join(f"{kind}:<{digits} hex digits>" for kind, digits in STATIC.items())
        raise PayloadError(f"key: is none of {kinds}")
    return key


def is_static_key(key: str) -> bool:
    kind, _, value = key.partition(":")
    return len(value) == STATIC.get(kind) and re.fullmatch(r"[0-9a-f]+", value) is not None


def _secret(kind: Kind, secret: str) -> str:
    least, most = _DIGITS[kind]
    if re.fullmatch(r"([0-9a-f]{2})+", secret) is None or not least <= len(secret) <= most:
        digits = f"{least}" if least == most else f"{least} to {most}"
        size = f"{least // 2}" if least == most else f"{least // 2} to {most // 2}"
        raise PayloadError(f"secret: is not {digits} hex digits ({size} bytes)")
    return secret


def _exponent(exponent: int) -> int:
    if not 0 <= exponent <= MOST_EXPONENT:
        raise PayloadError(f"exponent: is not 0 to {MOST_EXPONENT}; the beacon's id changes every 2**exponent seconds")
    return exponent


def _zero(unix: float) -> int:
    if abs(unix) > MOST_TICKS:
        raise PayloadError("clock_zero: is a time that no beacon's clock can have begun at")
    return round(unix)


def beacon(matches: str) -> Beacon:
    """What an `eid` credential says."""
    key, exponent, zero = matches.split(":")
    return Beacon(bytes.fromhex(key), int(exponent), int(zero))


def _a(kind: Kind) -> str:
    return f"an {kind}" if kind[0] in "aei" else f"a {kind}"
