"""Services that die as somebody comes, or for good; test_deaths_on_the_way.py has those that die later."""

import socket
import subprocess
import time
from random import Random
from urllib.parse import urlsplit

import pytest

from nanoservices import wire
from tests.interop.conftest import KeptDemo

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("victim", ["scanner@pi-lobby", "auth@server-1", "guidance@pi-lobby", "controller@server-1"])
def test_person_at_the_door_is_not_forgotten_though_somebody_is_killed_as_they_come(kept: KeptDemo, victim: str) -> None:
    kept.until_ready()
    kept.until_empty()
    before = kept.visits()
    kept.kill(victim)
    kept.send("alice")
    ended = kept.until(lambda: [v for v in kept.new_visits(before) if v.outcome], "a visit ends")
    assert all(visit.outcome in ("completed", "failed", "nobody", "abandoned") for visit in ended)
    assert {visit.room for visit in ended} <= {"room-1", None}
    kept.until_ready()


def test_auth_that_stays_away_fails_the_visit_and_is_named(kept: KeptDemo) -> None:
    kept.until_ready()
    kept.until_empty()
    pid = kept.pid("auth@server-1")
    before = kept.visits()
    subprocess.run(["kill", "-STOP", str(pid)], check=True)
    try:
        kept.send("david")
        failed = kept.until(lambda: [v for v in kept.new_visits(before) if v.outcome == "failed"], "the visit fails")
        assert "auth" in (failed[0].reason or "")
        assert not any(step.name == "e" for step in failed[0].steps)
    finally:
        subprocess.run(["kill", "-CONT", str(pid)], check=True)


def test_garbage_is_answered_by_nobody_and_harms_nobody(kept: KeptDemo) -> None:
    kept.until_ready()
    kept.until_empty()
    chance = Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rude:
        for instance in kept.state["instances"].values():
            address = urlsplit(instance["uri"])
            for _ in range(200):
                rude.sendto(chance.randbytes(chance.randrange(64)), (address.hostname, address.port))
    before = kept.visits()
    kept.send("alice")
    kept.until(lambda: [v for v in kept.new_visits(before) if v.outcome == "completed"], "alice is led all the same")


def test_room_whose_sensor_has_died_for_good_is_unknown_and_its_screen_hidden(kept: KeptDemo) -> None:
    kept.until_ready()
    kept.until_empty()
    pid = kept.pid("presence@pi-room-1")
    subprocess.run(["kill", "-STOP", str(pid)], check=True)
    try:
        time.sleep(30)  # its lease
        rooms = kept.until(
            lambda: [
                z for z in kept.ask(wire.ZONES, "controller@server-1").zones if (z.zone, z.state) == ("room-1", "unknown")
            ],
            "room-1 is unknown",
        )
        assert "presence@pi-room-1" in (rooms[0].why or "")
        assert kept.ask(wire.SHOWN, "meeting@pi-room-1").mode == "hidden"
    finally:
        subprocess.run(["kill", "-CONT", str(pid)], check=True)
