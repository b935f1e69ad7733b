"""Did it go as it should? Pure: what was observed in, what is wrong with it out."""

from collections.abc import Iterable, Mapping

from nanoservices import wire
from swarm.demo import cast
from swarm.demo.people import Person
from swarm.waterfall import STRANGER


def why_not_ok(
    visits: Iterable[wire.Visit],
    people: Mapping[str, Person],
    modes: list[tuple[wire.Mode, str | None]],
    room: str,
    has_lights: bool,
) -> list[str]:
    """A sentence for everything that did not happen, or should not have. `has_lights`: at the door where people come in."""
    visits = list(visits)
    found: list[str] = []
    for name in cast.INVITED:
        found += _led(name, [v for v in visits if v.participant == name], people.get(name), room, has_lights)
    found += _refused(STRANGER, [v for v in visits if v.reason == "unknown-key"], "unknown-key")
    found += _refused(cast.TOO_EARLY, [v for v in visits if v.participant == cast.TOO_EARLY], "too-early")
    known = {*cast.EVERYBODY, None}
    odd = [v for v in visits if v.participant not in known or (v.participant is None and v.reason != "unknown-key")]
    found += [f"visit {v.id} was not expected: {v.outcome}, {v.reason}" for v in odd]
    return found + _screen(modes)


def _led(name: str, visits: list[wire.Visit], person: Person | None, room: str, has_lights: bool) -> list[str]:
    if len(visits) != 1:
        return [f"{name} had {len(visits)} visits instead of one"]
    visit = visits[0]
    if visit.outcome != "completed":
        says = "; ".join(filter(None, (visit.reason, *visit.trouble)))
        return [f"{name}'s visit is {visit.outcome or 'still open'} instead of completed{f' ({says})' if says else ''}"]
    if visit.room != room:
        return [f"{name} was led to {visit.room} instead of {room}"]
    if not has_lights:
        return []
    lit_at = next((step.at for step in visit.steps if step.name == "e"), None)
    if lit_at is None or person is None or person.saw_light_at is None or person.walked_at is None:
        return [f"{name} came without having seen a light"]
    return [f"{name} walked before the light was on"] if lit_at > person.walked_at else []


def _refused(name: str, visits: list[wire.Visit], reason: str) -> list[str]:
    if len(visits) != 1:
        return [f"{name} had {len(visits)} refused visits instead of one"]
    visit = visits[0]
    if (visit.outcome, visit.reason) != ("refused", reason):
        return [f"{name}'s visit is {visit.outcome} ({visit.reason}) instead of refused ({reason})"]
    return [f"a light was lit for {name}"] if any(step.name == "e" for step in visit.steps) else []


def _screen(modes: list[tuple[wire.Mode, str | None]]) -> list[str]:
    if ("meeting", cast.MEETING) not in modes:
        return [f"the room's screen did not show {cast.MEETING}"]
    return ["the room's screen still shows the meeting with nobody there"] if modes[-1][0] == "meeting" else []
