import pytest

from nanoservices.errors import SettingsError
from nanoservices.meeting.room import room_of
from nanoservices.place import Node, Place, Room


def place(zone: str | None, **rooms: str) -> Place:
    return Place({"pi-room-1": Node(zone)}, rooms={name: Room(zone, (zone,)) for name, zone in rooms.items()})


def test_screen_is_of_the_room_whose_zone_its_node_is_in() -> None:
    assert room_of(place("zone-1", blue="zone-1", red="zone-2"), "pi-room-1") == ("zone-1", "blue")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (place(None, blue="zone-1"), "pi-room-1 .* has no `zone`"),
        (place("zone-3", blue="zone-1"), r"pi-room-1 .* zone zone-3, .* 0 rooms there \(none\)"),
        (place("zone-1", blue="zone-1", red="zone-1"), r"pi-room-1 .* 2 rooms there \(blue, red\)"),
    ],
)
def test_node_in_no_room_or_in_several_is_refused_by_name(found: Place, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        room_of(found, "pi-room-1")


def test_node_that_labels_yml_does_not_know_is_refused() -> None:
    with pytest.raises(SettingsError, match="pi-9"):
        room_of(place("zone-1", blue="zone-1"), "pi-9")
