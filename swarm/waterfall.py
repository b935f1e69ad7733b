"""A visit's hops in milliseconds, from its steps. Pure.

    b   b − a     presence to controller        c   c − b'   scan asked for to key heard, the wait for an advert included
    d   d − c     asked auth, answered          e   e − d    asked guidance, light on
    f   f − e'    at the room to contents shown

A hop with a step missing is absent.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from nanoservices import wire

HOPS = {"b": ("a", "b"), "c": ("b'", "c"), "d": ("c", "d"), "e": ("d", "e"), "f": ("e'", "f")}
STRANGER, NOBODY = "stranger", "nobody"


def _times(visit: wire.Visit) -> dict[str, float]:
    return {step.name: step.at for step in visit.steps}


def hops_ms(visit: wire.Visit) -> dict[str, float]:
    times = _times(visit)
    return {
        hop: round((times[end] - times[begin]) * 1000, 3)
        for hop, (begin, end) in HOPS.items()
        if begin in times and end in times
    }


def air_ms(visit: wire.Visit) -> float:
    """How long the tag kept silent: from when somebody was there and listened for to the first advert."""
    times = _times(visit)
    if not {"a", "b'", "advert"} <= times.keys():
        return 0.0
    return max(0.0, times["advert"] - max(times["a"], times["b'"])) * 1000


def cue_ms(visit: wire.Visit) -> float | None:
    """The software's share from PIR edge to first light: the tag's own silence is taken out."""
    times = _times(visit)
    if not {"a", "e"} <= times.keys():
        return None
    return round((times["e"] - times["a"]) * 1000 - air_ms(visit), 3)


def walk_s(visit: wire.Visit) -> float | None:
    """From the light at the door to being heard in the room."""
    times = _times(visit)
    return times["e'"] - times["e"] if {"e", "e'"} <= times.keys() else None


def person(visit: wire.Visit) -> str:
    """Whose visit it was, for people."""
    if visit.participant is not None:
        return visit.participant
    return STRANGER if visit.reason == "unknown-key" else NOBODY


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value that `share` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def plain(visit: wire.Visit) -> dict[str, Any]:
    """A visit as `--json` prints it."""
    shown = {"person": person(visit), "outcome": visit.outcome, "reason": visit.reason, "hops_ms": hops_ms(visit)}
    cue = cue_ms(visit)
    return shown if cue is None else {**shown, "cue_ms": cue}


def result(visits: Iterable[wire.Visit], ready_s: float | None, rss_mb: Mapping[str, float]) -> dict[str, Any]:
    """What `demo --json` prints."""
    rows = [plain(visit) for visit in visits]
    cues = [row["cue_ms"] for row in rows if "cue_ms" in row]
    return {"visits": rows, "cue_p95_ms": percentile(cues, 0.95), "ready_s": ready_s, "rss_mb": dict(rss_mb)}
