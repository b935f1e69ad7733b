"""Where people go in the demo: which room, in by which door, which way. Pure."""

from swarm.errors import InputError
from swarm.labels import Labels


def room_with_screen(labels: Labels) -> tuple[str, str]:
    """The first room that has one, and its screen's node."""
    for name, room in labels.rooms.items():
        for node in labels.running("meeting"):
            if labels.nodes[node].zone == room.zone:
                return name, node
    raise InputError(["labels.yml: no room has a screen: the demo needs a node that runs meeting in the zone of a room"])


def way_in(labels: Labels, room: str) -> tuple[str, ...]:
    """A room's route from where people are first noticed and recognised on their way to it. Nobody is led from a room."""
    route = labels.rooms[room].route
    rooms = {other.zone for other in labels.rooms.values()}
    for index, zone in enumerate(route[:-1]):
        if zone in rooms:
            continue
        if all(any(labels.nodes[node].zone == zone for node in labels.running(word)) for word in ("presence", "scanner")):
            return route[index:]
    where = ", ".join(zone for zone in route[:-1] if zone not in rooms)
    if not where:
        raise InputError(
            [f"labels.yml: the route of {room} has no zone before it that is no room; people of the demo come in there"]
        )
    raise InputError([f"labels.yml: on the way to {room} no zone ({where}) has both presence and scanner; add them in one"])


def way_from(labels: Labels, zone: str, room: str) -> tuple[str, ...]:
    """From `zone` to `room`; if it is not on the way there, to a room whose way it is on; else no further."""
    routes = [labels.rooms[room].route, *(other.route for other in labels.rooms.values())]
    return next((route[route.index(zone) :] for route in routes if zone in route), (zone,))
