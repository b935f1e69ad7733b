"""Who is this, and may they come now? Pure: no clock, no I/O; `now_unix` is the calendar's time, in unix seconds.

the key is nobody's                                        -> refused, unknown-key; nobody is named
a rolling id that its tag said earlier (up to 1 h)         -> refused, replay
memory.py has an objection                                 -> refused: replay, or too-weak
a meeting is on or starts within `early_s`, and
    the key is as strong as the meeting asks               -> granted; one that is on goes before the next to begin
    the key is weaker                                      -> refused, too-weak
no such meeting, and
    the next one begins later                              -> refused, too-early
    none comes, the last has been over for less than a day -> refused, too-late
    otherwise                                              -> refused, not-invited
"""

from collections.abc import Iterable

from nanoservices.auth.directory import Directory, Holder, Invitation
from nanoservices.auth.memory import Heard, Memory
from nanoservices.wire import STRENGTHS, Answer, Reason, Sighting, Strength

LATE_S = 86_400.0
PRIVATE = "rpa:"  # a key that takes half a millisecond
OWNER_LEAST: Strength = "rolling"  # personal contents are confidential: a name tag that anybody can clone does not open them
_MOST_AGE_S = 60.0  # a sighting is judged by when it was heard, but no scanner can vouch for longer than this
_MOST_ENDS_IN_S = 86_400.0  # wire.Seconds


def recognise(
    sightings: Iterable[Sighting], directory: Directory, now_unix: float, memory: Memory | None = None, zone: str = ""
) -> tuple[Answer, ...]:
    """One answer per sighting, in their order."""
    memory = memory or Memory()
    return tuple(answer(sighting, directory, now_unix, memory, zone) for sighting in sightings)


def answer(sighting: Sighting, directory: Directory, now_unix: float, memory: Memory, zone: str) -> Answer:
    """What one key means that was heard in `zone`. It is remembered, if it is known."""
    heard = Heard(sighting.key, zone, sighting.rssi_dbm, now_unix - min(sighting.age_s, _MOST_AGE_S))
    holder = directory.holder(sighting.key, heard.at)
    if holder is None:
        if sighting.key.startswith(PRIVATE):
            memory.stranger(heard)
        return Answer("refused", "unknown-key")
    objection = memory.objection(holder.found, heard) if holder.fresh else "replay"
    if objection is not None:
        return Answer("refused", objection, holder.person.id, holder.strength)
    near = [held for held in holder.person.invitations if directory.is_near(held, now_unix)]
    open_to_it = [held for held in near if is_enough(holder.strength, held.least_strength)]
    if open_to_it:
        return _granted(holder, min(open_to_it, key=lambda held: _order(held, now_unix)), now_unix)
    reason = "too-weak" if near else _why_not_now(holder.person.invitations, now_unix)
    return Answer("refused", reason, holder.person.id, holder.strength, owns=_owns(holder))


def is_enough(strength: Strength, least: Strength) -> bool:
    return STRENGTHS.index(strength) >= STRENGTHS.index(least)


def _order(held: Invitation, now_unix: float) -> tuple[bool, float, str]:
    """What is on goes first, the one that began last among them; then what begins soonest."""
    is_on = held.starts <= now_unix
    return not is_on, -held.starts if is_on else held.starts, held.meeting


def _granted(holder: Holder, held: Invitation, now_unix: float) -> Answer:
    return Answer(
        "granted",
        participant=holder.person.id,
        strength=holder.strength,
        meeting=held.meeting,
        room=held.room,
        ends_in_s=min(held.ends - now_unix, _MOST_ENDS_IN_S),
        owns=_owns(holder),
    )


def _owns(holder: Holder) -> tuple[str, ...]:
    return holder.person.owns if is_enough(holder.strength, OWNER_LEAST) else ()


def _why_not_now(invitations: Iterable[Invitation], now_unix: float) -> Reason:
    over_s = [now_unix - held.ends for held in invitations]
    if any(seconds < 0 for seconds in over_s):  # it is not near, so it has not begun
        return "too-early"
    return "too-late" if any(seconds < LATE_S for seconds in over_s) else "not-invited"
