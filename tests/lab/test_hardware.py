"""The real BLE and GPIO code inside Swarm tasks: mounted sockets, a real bus, gpiozero's and bleak's own clients."""

import contextlib
import datetime
import json
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanoservices import rolling
from nanoservices.scanner.keys import ROLLING_SERVICE
from swarm import context, docker_program
from swarm.errors import DockerError
from swarm.stack import NAME
from tests.lab.conftest import Lab
from tests.lab.hardware import Hardware, doubled
from tests.lab.room import until, visits
from tests.lab.test_people import token_of

SENSING = ["pi-lobby", "pi-room-1"]


@pytest.fixture(scope="module")
def pis(images: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, dict[str, Hardware]]]:
    """The sample's room as it runs on Pis, its stack unchanged: nothing in it knows of a lab."""
    cwd = tmp_path_factory.mktemp("pis")
    for name in ("labels.yml", "images.lock"):
        shutil.copy(images.cwd / name, cwd)
    told = json.loads((images.cwd / context.PATH).read_text()) | {"simulated": False}
    (cwd / context.PATH).parent.mkdir()
    (cwd / context.PATH).write_text(json.dumps(told))
    lab = Lab(cwd)
    folder = Path(f"/run/nanoswarm-doubles-{secrets.token_hex(3)}")  # a short path, as a socket's has 108 bytes
    try:
        with doubled(SENSING, folder) as hardware, data_of_its_own(lab):
            lab.done("stack", "deploy", "--yes", timeout_s=180)
            try:
                yield lab, hardware
            finally:
                lab.done("stack", "rm", "--yes", timeout_s=120)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def data_of_its_own(lab: Lab) -> Iterator[None]:
    """Neither people nor meetings of other tests, before; nor of this one, after."""
    until(lambda: forgotten(lab), "its volumes are gone")
    yield
    until(lambda: forgotten(lab), "its volumes are gone")


def forgotten(lab: Lab) -> bool:
    """A container that was told to go may hold its volume for some seconds."""
    try:
        for volume in ("auth-data", "controller-data"):
            docker_program.run(lab.context.manager, "volume", "rm", "--force", f"{NAME}_{volume}")
    except DockerError:
        return False
    return True


def enrol(lab: Lab, tag: bytes) -> None:
    token = token_of(lab)
    try:
        lab.done("participant", "add", "bob", "Bob Stone")
        (lab.cwd / "tag").write_text(tag.hex())
        lab.done("credential", "add", "bob", "rolling", "--file", "tag")
        now, hour = datetime.datetime.now(datetime.UTC), datetime.timedelta(hours=1)
        times = ("--starts", (now - hour).isoformat(timespec="minutes"), "--ends", (now + hour).isoformat(timespec="minutes"))
        lab.done("meeting", "add", "plan", "Plan", "--room", "room-1", "--invite", "bob", *times)
    finally:
        token.unlink()


def faults(lab: Lab, *words: str) -> dict[str, str | None]:
    told = lab.run("node", "probe", *words, "--seconds", "2", "--json")
    assert told.returncode in (0, 1), told.stderr
    return {f"{proof['word']}@{proof['node']}": proof["fault"] for proof in json.loads(told.stdout)["proofs"]}


def comes(pi: Hardware, tag: bytes) -> None:
    """A second of somebody who moves: a PIR that rises more often is called faulty."""
    pi.moves()
    time.sleep(1)
    pi.advertise("C0:00:00:00:00:01", {ROLLING_SERVICE: rolling.token(tag, time.time())})


def test_ring_at_the_door_lights_the_way_and_opens_the_screen_through_the_sockets_of_a_pi(
    pis: tuple[Lab, dict[str, Hardware]],
) -> None:
    lab, hardware = pis
    tag = secrets.token_bytes(16)
    enrol(lab, tag)
    lobby, room = hardware["pi-lobby"], hardware["pi-room-1"]

    def led() -> bool:
        comes(lobby, tag)
        return any(lobby.lights.values())

    until(led, "light for bob")
    time.sleep(3)  # he walks: a key in two distant zones within 2 s is a copy

    def arrived() -> bool:
        comes(room, tag)
        return any(visit.outcome == "completed" for visit in visits())

    until(arrived, "bob's meeting on the screen")
    until(lambda: not any(lobby.lights.values()), "dark again")
    (visit,) = [visit for visit in visits() if visit.outcome == "completed"]
    assert (visit.participant, visit.strength) == ("bob", "rolling")


def test_probe_proves_the_hardware_from_inside_the_tasks_and_names_what_is_wrong(
    pis: tuple[Lab, dict[str, Hardware]],
) -> None:
    lab, hardware = pis
    lobby = hardware["pi-lobby"]
    assert faults(lab, "pi-lobby") == {"presence@pi-lobby": None, "guidance@pi-lobby": None, "scanner@pi-lobby": "silence"}
    lobby.power(False)
    assert faults(lab, "pi-lobby")["scanner@pi-lobby"] == "power"
    lobby.bluez.kill()
    lobby.daemon_dies()
    found = faults(lab, "pi-lobby")
    assert found["scanner@pi-lobby"] == "daemon"
    assert found["presence@pi-lobby"] in ("daemon", "task")  # its task ends itself, and another begins


def test_tasks_are_nobody_there_with_no_right_and_no_device(pis: tuple[Lab, dict[str, Hardware]]) -> None:
    lab, _ = pis
    for container in lab.engine("pi-lobby").containers():
        told = subprocess.run(
            ["docker", "-H", lab.context.nodes["pi-lobby"], "inspect", container.id], capture_output=True, text=True, check=True
        )
        (found,) = json.loads(told.stdout)
        assert found["Config"]["User"] == "10001:10001"
        assert (found["HostConfig"]["Privileged"], found["HostConfig"]["Devices"] or []) == (False, [])
        assert found["HostConfig"]["CapDrop"] == ["ALL"] and found["HostConfig"]["ReadonlyRootfs"]
