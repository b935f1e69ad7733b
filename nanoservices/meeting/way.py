"""Who is led past this screen, and where to? Pure: visits as the controller tells them in, lines on the plan out.

A visit is led from its recognition until the person is in the room, or it is over. It is drawn from the zone where the person
was noticed; a screen shows those whose way leads through its own zone.
"""

from collections.abc import Iterable, Mapping

from nanoservices.dataclass import dataclass
from nanoservices.palette import PALETTE
from nanoservices.place import Room
from nanoservices.wire import Visit


@dataclass(frozen=True)
class Led:
    """One line on the plan. `who` is there only where the admin allows names."""

    room: str
    route: tuple[str, ...]
    colour: int
    who: str | None = None


def led(visits: Iterable[Visit], rooms: Mapping[str, Room], zone: str, names: bool) -> tuple[Led, ...]:
    """In the order in which they came."""
    found = []
    for visit in sorted(visits, key=lambda visit: visit.number):
        steps = {step.name for step in visit.steps}
        room = rooms.get(visit.room or "")
        if room is None or visit.outcome is not None or visit.reason is not None or "d" not in steps or "e'" in steps:
            continue
        route = room.route[room.route.index(visit.zone) :] if visit.zone in room.route else room.route
        if zone in route:
            found.append(Led(visit.room or "", route, visit.colour % len(PALETTE), visit.participant if names else None))
    return tuple(found)


def oldest_open(visits: Iterable[Visit]) -> int | None:
    """The number of the first visit that may still change."""
    return min((visit.number for visit in visits if visit.outcome is None), default=None)
