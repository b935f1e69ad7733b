"""The floor plan with the ways to the rooms, as SVG. Pure.

Where each zone lies is `plan` of labels.yml, or, where it says nothing, follows from the rooms' routes: zones in walking order
from left to right, a row for each room that branches off.
"""

from collections.abc import Iterable, Mapping

from markupsafe import Markup

from nanoservices.dataclass import dataclass
from nanoservices.meeting.way import Led
from nanoservices.palette import NAMES, PALETTE
from nanoservices.place import Box, Room

UNIT = 100  # of the drawing, for one of the plan's
CELL = (4, 3)  # a zone that the plan does not place
GAP = 0.12
APART = 0.3  # lines of several visits beside each other


@dataclass(frozen=True)
class Plan:
    """`boxes`: x, y, width and height of every zone, in any unit."""

    boxes: dict[str, tuple[float, float, float, float]]
    rooms: dict[str, str]  # by zone

    def centre(self, zone: str) -> tuple[float, float]:
        x, y, width, height = self.boxes[zone]
        return (x + width / 2) * UNIT, (y + height / 2) * UNIT


def plan_of(rooms: Mapping[str, Room], given: Mapping[str, Box]) -> Plan:
    """All zones of all routes. One that `given` lacks is put below those that it has."""
    boxes: dict[str, tuple[float, float, float, float]] = {
        zone: (float(x), float(y), float(width), float(height)) for zone, (x, y, width, height) in given.items()
    }
    row, top = 0, max((y + height for _, y, _, height in boxes.values()), default=0.0)
    for room in rooms.values():
        new = [zone for zone in room.route if zone not in boxes]
        for zone in new:
            boxes[zone] = (float(room.route.index(zone) * CELL[0]), top + row * CELL[1], float(CELL[0]), float(CELL[1]))
        row += bool(new)
    return Plan(boxes, {room.zone: name for name, room in rooms.items()})


def drawn(plan: Plan, here: str, led: Iterable[Led]) -> Markup:
    """Words in it are for people; what it says is said beside it too, for who does not see it."""
    shown = tuple(led)
    left, top = min(x for x, *_ in plan.boxes.values()), min(y for _, y, *_ in plan.boxes.values())
    right, bottom = max(x + w for x, _, w, _ in plan.boxes.values()), max(y + h for _, y, _, h in plan.boxes.values())
    zones = Markup("").join(_zone(plan, zone, here) for zone in plan.boxes)
    ways = Markup("").join(_way(plan, one, number - (len(shown) - 1) / 2) for number, one in enumerate(shown))
    return Markup('<svg class="plan" viewBox="{} {} {} {}" aria-hidden="true">{}{}{}</svg>').format(
        (left - 0.1) * UNIT,
        (top - 0.1) * UNIT,
        (right - left + 0.2) * UNIT,
        (bottom - top + 0.2) * UNIT,
        zones,
        ways,
        _here(plan, here),
    )


def _zone(plan: Plan, zone: str, here: str) -> Markup:
    x, y, width, height = plan.boxes[zone]
    kind = "zone here" if zone == here else "zone room" if zone in plan.rooms else "zone"
    box = Markup('<rect class="{}" x="{:.0f}" y="{:.0f}" width="{:.0f}" height="{:.0f}" rx="14"/>').format(
        kind, (x + GAP / 2) * UNIT, (y + GAP / 2) * UNIT, (width - GAP) * UNIT, (height - GAP) * UNIT
    )
    said = plan.rooms.get(zone, zone)
    return box + Markup('<text x="{:.0f}" y="{:.0f}">{}</text>').format((x + width / 2) * UNIT, (y + 0.55) * UNIT, said)


def _way(plan: Plan, led: Led, lane: float) -> Markup:
    """The line, on a dark one that makes any colour seen on any ground, and its end."""
    shift = lane * APART * UNIT
    points = [plan.centre(zone) for zone in led.route if zone in plan.boxes]
    path = " ".join(f"{x + shift / 3:.0f},{y + shift + 30:.0f}" for x, y in points)
    x, y = points[-1]
    colour = "#{:02x}{:02x}{:02x}".format(*PALETTE[led.colour])
    return Markup(
        '<polyline class="under" points="{0}"/><polyline class="way" points="{0}" stroke="{1}"/>'
        '<circle class="end" cx="{2:.0f}" cy="{3:.0f}" r="26" fill="{1}"/>'
    ).format(path, colour, x + shift / 3, y + shift + 30)


def _here(plan: Plan, here: str) -> Markup:
    if here not in plan.boxes:
        return Markup()
    x, y, width, height = plan.boxes[here]
    return Markup('<text class="you" x="{:.0f}" y="{:.0f}">You are here</text>').format(
        (x + width / 2) * UNIT, (y + height - 0.35) * UNIT
    )


def sentence(led: Led) -> str:
    return f"{led.who}: follow {NAMES[led.colour]} to {led.room}" if led.who else f"Follow {NAMES[led.colour]} to {led.room}"
