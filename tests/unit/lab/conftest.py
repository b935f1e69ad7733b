"""A place to build a lab from."""

import pytest

from nanoservices.place import Gpio, Room
from swarm.labels import Labels, Node


@pytest.fixture
def sample() -> Labels:
    zones = ("entrance", "room-1")
    pins = Gpio("GPIO4", ("GPIO17",))
    return Labels(
        zones=zones,
        rooms={"room-1": Room("room-1", zones)},
        nodes={
            "pi-lobby": Node("entrance", ("presence", "scanner", "guidance"), "192.0.2.21", pins, "hci0"),
            "pi-room-1": Node("room-1", ("presence", "scanner", "meeting"), "192.0.2.22", pins, "hci0"),
            "server-1": Node(run=("controller", "auth")),
        },
    )
