"""Any service killed in the middle of a visit: it is started again, and the visit ends with an outcome, in no wrong room."""

import socket
import subprocess
import time
from random import Random
from urllib.parse import urlsplit

import pytest

from nanoservices import wire
from tests.interop.conftest import KeptDemo

pytestmark = pytest.mark.interop
VICTIMS = [
    "presence@pi-lobby",
    "scanner@pi-lobby",
    "auth@server-1",
    "guidance@pi-lobby",
    "controller@server-1",
    "presence@pi-room-1",
    "scanner@pi-room-1",
    "meeting@pi-room-1",
]


@pytest.mark.parametrize("victim", VICTIMS)
def test_visit_ends_with_an_outcome_though_somebody_is_killed(kept: KeptDemo, victim: str) -> None:
    kept.until_ready()
    kept.until_empty()
    before = kept.visits()
    kept.send("bob")
    kept.until(lambda: kept.new_visits(before), "a visit opens")
    kept.kill(victim)
    ended = kept.until(lambda: [v for v in kept.new_visits(before) if v.outcome and v.participant == "bob"], "it ends")
    assert {visit.room for visit in ended} == {"room-1"}
    assert all(visit.outcome in ("completed", "failed", "abandoned") for visit in ended)
    if ended[-1].outcome != "completed":
        assert ended[-1].reason
    kept.until_ready()


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


def test_controller_killed_while_somebody_walks_goes_on_with_the_same_visit(kept: KeptDemo) -> None:
    kept.until_ready()
    kept.until_empty()
    before = kept.visits()
    kept.send("carl")
    (lit,) = kept.until(lambda: [v for v in kept.new_visits(before) if any(step.name == "e" for step in v.steps)], "lit")
    kept.kill("controller@server-1")
    done = kept.until(lambda: [v for v in kept.new_visits(before) if v.id == lit.id and v.outcome], "the same visit ends")
    assert done[0].outcome == "completed"
    assert {step.name for step in lit.steps} <= {step.name for step in done[0].steps}


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
