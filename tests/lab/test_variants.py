"""The published variants beside our own, on a real engine: each runs, answers CoAP, writes nothing and ends when told."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from swarm import docker_program, images_base, labels_file, slices
from swarm.words import discover
from tests.lab.conftest import ROOT, Lab
from tests.lab.test_images import HAS_DATA, SIMULATED, Container

WORDS = discover()
NOBODYS = ("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none")  # but it may write, if it wants to
HEALTH = r"""
import socket
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.settimeout(5)
asked.connect(("127.0.0.1", 5683))
asked.send(b"\x40\x01\x11\x22\xb6health")
answer = b"\x40\x00"
while answer[1] == 0:  # a ping proves this address: a reset is the answer (RFC 7252, 4.3)
    answer = asked.recv(2000)
    if answer[:2] == b"\x40\x00":
        asked.send(b"\x70\x00" + answer[2:4])
print(answer[1] >> 5, answer[answer.index(b"\xff") + 1 :].decode())
"""
IMPORTED = """
import importlib, os
from nanoservices import alive
alive.exit_if_asked()
modules = []
for folder, _, names in os.walk("/opt/nanoswarm/nanoservices"):
    package = os.path.relpath(folder, "/opt/nanoswarm").replace("/", ".")
    modules += [f"{package}.{name[:-4]}" for name in names if name.endswith(".pyc") and name != "__init__.pyc"]
for module in modules:
    importlib.import_module(module)
print(len(modules))
"""


@contextmanager
def running(lab: Lab, word: str, image: str, folder: Path) -> Iterator[Container]:
    found = labels_file.read(ROOT / "labels.yml")
    place = folder / "place.json"
    place.write_text(slices.text(slices.slice_for(WORDS[word], found)))
    place.chmod(0o644)
    node = next(name for name, node in found.nodes.items() if word in node.run)
    told = {"NANO_NODE": node, "NANO_PLACE": "/run/place.json", **SIMULATED.get(word, {})}
    environment = [part for name, value in told.items() for part in ("--env", f"{name}={value}")]
    container = Container(lab.context.manager, f"variant-{word}")
    data = ("--volume", "/data", "--env", "TMPDIR=/data") if word in HAS_DATA else ()
    mounts = (*data, "--volume", f"{place}:/run/place.json:ro")
    container.docker("run", "--detach", "--name", f"variant-{word}", *NOBODYS, *environment, *mounts, image)
    try:
        yield container
    finally:
        container.docker("rm", "--force", "--volumes", f"variant-{word}")


def lives_and_ends(container: Container, word: str) -> None:
    container.until_alive()
    code, health = container.inside("python3", "-c", HEALTH).split(" ", 1)
    assert code == "2" and json.loads(health)["word"] == word
    began = time.monotonic()
    container.docker("stop", "--time", "10", f"variant-{word}")
    assert container.state(".State.ExitCode") == "0", container.docker("logs", f"variant-{word}")
    assert time.monotonic() - began < 5, "one that does not listen takes 10 s"
    written = [line for line in container.docker("diff", f"variant-{word}").splitlines() if line[2:] not in MOUNTED]
    assert written == []


MOUNTED = {"/run", "/run/place.json", "/data"}


@pytest.mark.parametrize("word", WORDS)
def test_slim_service_serves_and_writes_nothing_though_it_may(images: Lab, word: str, tmp_path: Path) -> None:
    with running(images, word, f"nanoswarm/{word}", tmp_path) as container:
        lives_and_ends(container, word)


@pytest.mark.parametrize("word", WORDS)
def test_every_module_of_a_service_finds_what_it_imports_in_its_image(images: Lab, word: str) -> None:
    run = ("run", "--rm", *NOBODYS, "--entrypoint", "python3", f"nanoswarm/{word}", "-c", IMPORTED)
    assert int(docker_program.run(images.context.manager, *run)) > 15


@pytest.mark.parametrize("variant", ["official", "alpine", "multistage"])
def test_published_variant_runs_too(images: Lab, variant: str, tmp_path: Path) -> None:
    manager = images.context.manager
    there = [name for name in (images_base.OFFICIAL, images_base.STAND_IN) if images.manager.image(name)]
    arguments = {"PYTHON_IMAGE": there[0], "WORD": "controller", "EXTRAS": ""}
    told = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    authorities = Path("/etc/ssl/certs/ca-certificates.crt")
    secret = ("--secret", f"id=ca,src={authorities}") if authorities.is_file() else ()
    dockerfile = ("--network", "host", "--file", str(ROOT / "dockerfiles/Dockerfile"), "--target", variant)
    docker_program.run(manager, "build", *dockerfile, *told, *secret, "--tag", f"try/{variant}", str(ROOT), within_s=200)
    try:
        with running(images, "controller", f"try/{variant}", tmp_path) as container:
            lives_and_ends(container, "controller")
    finally:
        docker_program.run(manager, "rmi", "--force", f"try/{variant}")
