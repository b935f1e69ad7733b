"""One service's container, alone on an engine: it is told where it stands, has no network, and is asked from within."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swarm import docker_program, labels_file, slices
from swarm.errors import DockerError
from swarm.words import discover
from tests.lab.conftest import ROOT, Lab

WORDS = discover()
PATIENCE_S = 30.0
NOBODYS = ("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none")  # but it may write, if it wants to
NO_RIGHTS = ("--read-only", *NOBODYS)
HAS_DATA = {"auth", "controller"}
MOUNTED = {"/run", "/run/place.json", "/data"}
SIMULATED = {
    "presence": {"NANO_PINS": "simulated", "NANO_WORLD": "/run/nanoswarm/world.sock"},
    "guidance": {"NANO_PINS": "simulated", "NANO_WORLD": "/run/nanoswarm/world.sock"},
    "scanner": {"NANO_RADIO": "simulated", "NANO_WORLD": "/run/nanoswarm/world.sock"},
    "auth": {
        "NANO_ADMIN_TOKEN": "a token for tests only",
        "NANO_ROOM_CREDENTIAL": "a credential for tests",
        "NANO_SEAL_KEY": "5ea1" * 12,
    },
    "meeting": {"NANO_ROOM_CREDENTIAL": "a credential for tests"},
}
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


class Container:
    """One container on an engine, of one service's image."""

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name = url, name

    def docker(self, *words: str) -> str:
        return docker_program.run(self._url, *words, within_s=60)

    def inside(self, *command: str) -> str:
        return self.docker("exec", self._name, *command).strip()

    def state(self, what: str) -> str:
        return self.docker("inspect", "--format", "{{" + what + "}}", self._name).strip()

    def until_alive(self, patience_s: float = PATIENCE_S) -> None:
        """As Swarm finds out: with the health check, in the container."""
        until = time.monotonic() + patience_s
        while True:
            assert self.state(".State.Running") == "true", self.docker("logs", self._name)
            try:
                self.inside("python3", "-m", "nanoservices", "--health")
                return
            except DockerError as error:
                assert time.monotonic() < until, error
                time.sleep(0.1)

    def answers(self, word: str) -> None:
        """Over CoAP, as that service."""
        code, health = self.inside("python3", "-c", HEALTH).split(" ", 1)
        assert code == "2" and json.loads(health)["word"] == word

    def ends_when_told(self) -> None:
        began = time.monotonic()
        self.docker("stop", "--time", "10", self._name)
        assert self.state(".State.ExitCode") == "0", self.docker("logs", self._name)
        assert time.monotonic() - began < 5, "one that does not listen takes 10 s"

    def written(self) -> list[str]:
        """What it has written into its own file system."""
        return [line for line in self.docker("diff", self._name).splitlines() if line[2:] not in MOUNTED]


@contextmanager
def running(lab: Lab, word: str, image: str, folder: Path, *how: str) -> Iterator[Container]:
    """`word` with what labels.yml says of it, and a new volume if it keeps data. `how`: what docker is told besides."""
    found = labels_file.read(ROOT / "labels.yml")
    node = next(name for name, node in found.nodes.items() if word in node.run)
    place = folder / "place.json"
    place.write_text(slices.text(slices.slice_for(WORDS[word], found)))
    place.chmod(0o644)
    told = {"NANO_NODE": node, "NANO_PLACE": "/run/place.json", **SIMULATED.get(word, {})}
    environment = [part for name, value in told.items() for part in ("--env", f"{name}={value}")]
    data = ("--volume", "/data", "--env", "TMPDIR=/data") if word in HAS_DATA else ()
    container = Container(lab.context.manager, f"alone-{word}")
    container.docker(
        *("run", "--detach", "--name", f"alone-{word}", *how, *environment, *data),
        *("--volume", f"{place}:/run/place.json:ro", image),
    )
    try:
        yield container
    finally:
        container.docker("rm", "--force", "--volumes", f"alone-{word}")
