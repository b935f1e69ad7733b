"""A kept demo: every service of the sample labels.yml as a process of its own, with people to send in."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nanoservices import wire
from nanoservices.coap import Endpoint
from swarm.demo.supervisor import free_ports
from swarm.demo.watcher import all_visits

ROOT = Path(__file__).parents[2]
NANOSWARM = [sys.executable, "-m", "swarm"]
PATIENCE_S = 40


def nanoswarm(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run([*NANOSWARM, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


@dataclass
class KeptDemo:
    """A demo that has played its story and goes on."""

    cwd: Path
    process: "subprocess.Popen[bytes]"

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.cwd / ".nanoswarm/demo/state.json").read_text())
        return found

    def uri(self, name: str) -> str:
        return str(self.state["instances"][name]["uri"])

    def pid(self, name: str) -> int:
        """The instance's process now: the supervisor may have started another since."""
        word, node = name.split("@")
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                told = (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes().split(b"\0")
                mine = any(entry.startswith(f"NANO_PLACE={self.cwd}".encode()) for entry in told)
                if mine and f"NANO_NODE={node}".encode() in told and f"nanoservices.{word}".encode() in command:
                    return int(folder.name)
        raise AssertionError(f"{name} does not run")

    def kill(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGKILL)

    def send(self, name: str) -> None:
        done = nanoswarm("demo", "send", name, "--zone", "entrance", cwd=self.cwd)
        assert done.returncode == 0, done.stderr

    def leave(self) -> None:
        assert nanoswarm("demo", "leave", cwd=self.cwd).returncode == 0

    def ask(self, row: wire.Resource, name: str, message: Any = None) -> Any:
        return asyncio.run(_with_endpoint(lambda endpoint: endpoint.call(row, self.uri(name), message, peer=name)))

    def visits(self) -> list[wire.Visit]:
        return asyncio.run(_with_endpoint(lambda endpoint: all_visits(endpoint, self.state["controller"])))

    def new_visits(self, before: list[wire.Visit]) -> list[wire.Visit]:
        known = {visit.id for visit in before}
        return [visit for visit in self.visits() if visit.id not in known]

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """What `condition` comes to once it is true. What cannot be asked now is asked again."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(Exception):
                if found := condition():
                    return found
            time.sleep(0.1)
        raise AssertionError(f"it did not come about: {what}; visits: {self.visits()[-3:]}")

    def until_ready(self) -> None:
        names = list(self.state["instances"])
        self.until(lambda: all(self.ask(wire.HEALTH, name).ready for name in names), "everybody is ready")

    def until_empty(self) -> None:
        """Everybody out, and nobody remembered in the room."""
        self.leave()
        self.until(lambda: all(room.people == 0 for room in self.ask(wire.ZONES, "controller@server-1").rooms), "room empty")
        quiet_s = 1.5 * 1.2  # who has just left is left alone for so long at this speed
        time.sleep(quiet_s + 1.2)


async def _with_endpoint(call: Callable[[Endpoint], Any]) -> Any:
    endpoint = Endpoint()
    await endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
    try:
        return await call(endpoint)
    finally:
        await endpoint.close()


@contextlib.contextmanager
def keep_demo(cwd: Path) -> Iterator[KeptDemo]:
    """Play the demo's story in `cwd`, go on, and end it at the end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*NANOSWARM, "demo", "--keep", "--speed", "10", "--labels", str(ROOT / "labels.yml")]
    with (cwd / "story").open("wb") as story:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=story, stderr=story)
        try:
            until = time.monotonic() + 60
            while b"kept;" not in (cwd / "story").read_bytes():
                assert process.poll() is None and time.monotonic() < until, (cwd / "story").read_text()
                time.sleep(0.1)
            yield KeptDemo(cwd, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptDemo]:
    with keep_demo(tmp_path_factory.mktemp("kept")) as demo:
        yield demo
