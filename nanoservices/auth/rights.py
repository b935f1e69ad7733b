"""Who may do what over REST: one table. Pure.

`own` for an organiser, who is a participant: meetings they organise, with contents and visits, and what is personal
contents of theirs. Only these are listed, only these may be changed. Who is not in a row may not.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from nanoservices.errors import Forbidden

Role = Literal["admin", "organiser", "viewer"]
Right = Literal["none", "read", "own", "change"]
ROLES: tuple[Role, ...] = get_args(Role)

RIGHTS: dict[str, tuple[Right, Right, Right]] = {
    # of              admin     organiser  viewer
    "rooms":         ("read",   "read",   "read"),
    "me":            ("read",   "read",   "read"),
    "participants":  ("change", "read",   "read"),
    "meetings":      ("change", "own",    "read"),
    "contents":      ("change", "own",    "read"),   # what there is
    "documents":     ("change", "own",    "none"),   # and the bytes of it
    "personal":      ("change", "own",    "none"),
    "visits":        ("read",   "own",    "read"),
    "alarms":        ("read",   "none",   "read"),
    "imports":       ("change", "own",    "none"),   # an organiser's holds meetings only
    "credentials":   ("change", "none",   "none"),
    "enrolments":    ("change", "none",   "none"),
    "privacy":       ("change", "none",   "none"),   # all that is known of one person, and forgetting it
    "tokens":        ("change", "none",   "none"),
    "audit":         ("read",   "none",   "none"),
}  # fmt: skip
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Caller:
    """Who asks: the token's id, its role, and the participant that an organiser is."""

    token: str
    role: Role
    participant: str | None = None


def right(role: Role, of: str) -> Right:
    return RIGHTS[of][ROLES.index(role)]


def check(caller: Caller, method: str, of: str) -> None:
    """Forbidden unless the caller may do this to some of it; `owner` says to whose."""
    has = right(caller.role, of)
    if has == "none" or (has == "read" and method not in _READING):
        doing = "look at" if method in _READING else "change"
        raise Forbidden(f"Authorization: a token of role {caller.role} may not {doing} {of}")


def owner(caller: Caller, of: str) -> str | None:
    """The participant whose alone this caller may see and change; None when it is everybody's."""
    return (caller.participant or "") if right(caller.role, of) == "own" else None
