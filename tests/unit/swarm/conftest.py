"""A place to test with, and what the kit knows of its services, both independent of the tree's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from swarm import labels_file
from swarm.labels import Labels
from swarm.words import Word

SAMPLE = """zones: [entrance, corridor, room-1]
rooms:
  room-1: {zone: room-1, route: [entrance, corridor, room-1]}
nodes:
  pi-lobby: {ip: 192.0.2.21, zone: entrance, run: [presence, scanner, guidance], ble: hci0, \
gpio: {pir: GPIO4, leds: [GPIO17, GPIO27]}}
  pi-room-1: {ip: 192.0.2.22, zone: room-1, run: [presence, scanner, meeting], gpio: {pir: GPIO4}, ble: hci0}
  server-1:  {run: [controller, auth]}
"""

WORDS = {
    word.name: word
    for word in (
        Word("presence", ("zone", "gpio.pir"), ("controller",)),
        Word("scanner", ("zone", "ble"), ("controller",)),
        Word("guidance", ("zone", "gpio.leds"), ("controller",)),
        Word("meeting", ("zone", "rooms"), ("controller", "auth")),
        Word("controller", ("zone", "zones", "rooms", "run"), ("scanner", "auth", "guidance", "meeting"), single=True),
        Word("auth", ("rooms",), (), single=True),
    )
}

Reading = Callable[[str], Labels]


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    def read_text(text: str) -> Labels:
        path = tmp_path / "labels.yml"
        path.write_text(text, encoding="utf-8")
        return labels_file.read(path, WORDS)

    return read_text


@pytest.fixture
def sample(read: Reading) -> Labels:
    return read(SAMPLE)
