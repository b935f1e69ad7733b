"""Which room's screen is this? Its node's zone says so; in a zone on the way to a room it is a screen on the way. Pure."""

from nanoservices.errors import SettingsError
from nanoservices.place import Place


def room_of(place: Place, node: str) -> tuple[str, str | None]:
    """The zone this screen is in and the room it belongs to; None on the way."""
    zone = place.node(node).zone
    rooms = sorted(name for name, room in place.rooms.items() if room.zone == zone)
    if zone is not None and not rooms and any(zone in room.route for room in place.rooms.values()):
        return zone, None
    if zone is None or len(rooms) != 1:
        where = (
            f"is in zone {zone}, and there are {len(rooms)} rooms there ({', '.join(rooms) or 'none'})"
            if zone
            else "has no `zone`"
        )
        raise SettingsError([f"labels.yml: node {node} runs meeting and needs the zone of exactly one room; it {where}"])
    return zone, rooms[0]
