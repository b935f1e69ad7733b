"""A throw-away instance of a service, started on restored data and asked: it lives, and reads as much as was counted.

It gets what the service gets in the cluster, but no network, and secrets of its own for all that its data does not need.
"""

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from swarm import backup_archive, backup_volume, engine_volumes
from swarm.backup_archive import Member
from swarm.backup_unit import CONFIGS, SECRETS, Database
from swarm.engine import Engine
from swarm.engine_volumes import Box, OpenBox
from swarm.errors import BackupError

FOLDER = "/run/nanoswarm-trial"
WITHIN_S, _LOOK_S = 30.0, 0.1
_NODE = "{{.Node.Hostname}}"
# One CoAP GET of /health (RFC 7252), with nothing but sockets. An elective option that nobody knows makes the request so
# long that the answer may come in one datagram: three times as much (RFC 9175).
ASK = """
import os, socket, sys
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.settimeout(1)
for _ in range(10):
    asked = bytes([0x41, 1, 7, 7, 9, 0xb6]) + b"health" + bytes([0xee, 6, 0xe8, 0, 0xe7]) + b"x" * 500
    line.sendto(asked, ("127.0.0.1", int(os.environ.get("NANO_PORT", "5683"))))
    try:
        told = line.recv(4096)
    except OSError:
        continue
    if b"\\xff" in told:
        sys.stdout.write("%d.%02d " % (told[1] >> 5, told[1] & 31) + told.partition(b"\\xff")[2].decode())
        break
else:
    sys.exit("no answer")
"""


@dataclass(frozen=True)
class Trial:
    """`spec`: the service's own; `small`: the configs and secrets of its backup, by their path there."""

    engine: Engine
    image: str
    spec: Mapping[str, Any]
    node: str
    volumes: Mapping[str, str]  # by where they are seen
    small: Mapping[str, bytes]
    purpose: str
    owner: tuple[int, int]
    expected: Mapping[str, int] = field(default_factory=dict)  # how many it has to say that it reads, by figure

    def run(self, word: str) -> dict[str, Any]:
        """What it said of its health. BackupError when it does not come alive, or does not read what was stored."""
        told = self.spec["TaskTemplate"]["ContainerSpec"]
        environment, files = self._given(told)
        name = f"nanoswarm-trial-{self.purpose}"
        with backup_volume.scratch(self.engine, name, self.purpose):
            mounts = {**self.volumes, FOLDER: name}
            command = (*(told.get("Command") or ("python3", "-m", "nanoservices")), *(told.get("Args") or ()))
            box = Box(self.image, mounts, str(told.get("User") or ""), self.purpose, command, environment=environment)
            with engine_volumes.opened(self.engine, box) as opened:
                opened.put(FOLDER, _tar(files, self.owner))
                opened.start()
                health = self._asked(opened, word, told)
        if wrong := unlike(self.expected, health.get("figures") or {}):
            raise BackupError(f"{word} lives on the restored data, and does not read all of it: {wrong}")
        return health

    def _asked(self, opened: OpenBox, word: str, told: Mapping[str, Any]) -> dict[str, Any]:
        check = [part for part in (told.get("Healthcheck") or {}).get("Test", [])[1:] if part != "--patient"]
        until = time.monotonic() + WITHIN_S
        while not opened.runs or (check and opened.execute(check)[0] != 0):
            if time.monotonic() > until or not opened.runs:
                raise BackupError(
                    f"{word} does not come alive on the restored data: {opened.last_words() or 'it said nothing'}"
                )
            time.sleep(_LOOK_S)
        code, said = opened.execute(["python3", "-c", ASK])
        answer, _, body = said.partition(" ")
        try:
            health = json.loads(body) if code == 0 and answer == "2.05" else None
        except ValueError:
            health = None
        if not isinstance(health, dict) or health.get("word") != word:
            raise BackupError(f"{word} lives on the restored data, and does not say how it is: {said[:200]}")
        return health

    def _given(self, told: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, bytes]]:
        environment = dict(entry.partition("=")[::2] for entry in told.get("Env") or ())
        environment = {name: value.replace(_NODE, self.node) for name, value in environment.items()}
        files: dict[str, bytes] = {}
        for entry in told.get("Configs") or ():
            _give(environment, files, entry["File"]["Name"], self.small.get(f"{CONFIGS}{entry['ConfigName']}", b"{}"))
        for entry in told.get("Secrets") or ():
            name = entry["File"]["Name"]
            value = self.small.get(f"{SECRETS}{name}", secrets.token_hex(24).encode())
            _give(environment, files, f"/run/secrets/{name}", value)
        return environment, files


def expected(counted: Mapping[str, str], databases: Iterable[Database]) -> dict[str, int]:
    """How many an instance has to say that it reads, by figure. `counted`: the figure of a table. Pure."""
    rows: dict[str, int] = {}
    for database in databases:
        for table, count in database.rows.items():
            if table in counted:
                rows[counted[table]] = rows.get(counted[table], 0) + count
    return rows


def unlike(wanted: Mapping[str, int], figures: Mapping[str, Any]) -> str:
    """What is said otherwise; empty when nothing is. An image that is older than a figure does not say it. Pure."""
    return ", ".join(
        f"{name} are {figures[name]:g}, and {count} were counted"
        for name, count in wanted.items()
        if isinstance(figures.get(name), int | float) and figures[name] != count
    )


def _give(environment: dict[str, str], files: dict[str, bytes], path: str, data: bytes) -> None:
    """Have it in the trial's folder, and the setting that names it say so."""
    name = path.rpartition("/")[2]
    files[name] = data
    for key, value in environment.items():
        if value == path:
            environment[key] = f"{FOLDER}/{name}"


def _tar(files: Mapping[str, bytes], owner: tuple[int, int]) -> Any:
    yield from backup_archive.packed(Member(name, len(data), [data], 0o400, *owner) for name, data in files.items())
    yield backup_archive.end()
