"""Lets people into a kept demo, and out again, on behalf of `nanoswarm demo send` and `demo leave`.

One JSON line each way over the world's socket: {"control": {"send": "bob", "zone": "entrance"}} and {"ok", "says"}.
"""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nanoservices import clock
from swarm.demo import cast, ways
from swarm.demo.world import World
from swarm.errors import DemoError, InputError
from swarm.labels import Labels
from swarm.waterfall import STRANGER

Send = Callable[[str, tuple[str, ...]], object]

ANSWER_S = 5.0


class Doorman:
    """`send` stays None until the story of the demo has been told. `letting_out`: the command that lets people out."""

    def __init__(self, labels: Labels, world: World, room: str, alone_s: float, letting_out: str = "nanoswarm demo leave"):
        self._labels, self._world, self._room = labels, world, room
        self._letting_out = letting_out
        self._alone_s = alone_s
        self._left_at: dict[str, float] = {}
        self.send: Send | None = None

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        name, zone = str(request.get("send", request.get("leave"))), str(request.get("zone"))
        says = self._let_in(name, zone) if "send" in request else self._let_out(name)
        return {"ok": not says, "says": says}

    def _let_in(self, name: str, zone: str) -> str:
        """What is wrong with it; nothing if it was done."""
        if self.send is None:
            return "the demo's own people are still about; try again once it says that it is kept"
        if name not in (*cast.EVERYBODY, STRANGER):
            return f"nobody is called {name or '(nothing)'}; there are {', '.join((*cast.EVERYBODY, STRANGER))}"
        if zone not in self._labels.zones:
            return f"there is no zone {zone or '(nothing)'}; there are {', '.join(self._labels.zones)}"
        if name != STRANGER and any(person.name == name for person in self._world.people):
            return f"{name} is here already; let them out with: {self._letting_out} {name}"
        wait_s = self._left_at.get(name, float("-inf")) + self._alone_s - clock.monotonic()
        if wait_s > 0:
            return (
                f"{name} has only just left, and would not be led straight back; try again in {wait_s:.0f} s, or send another"
            )
        self.send(name, ways.way_from(self._labels, zone, self._room))
        return ""

    def _let_out(self, name: str) -> str:
        people = [person for person in self._world.people if name in (person.name, "everybody")]
        for person in people:
            self._world.leave(person)
            self._left_at[person.name] = clock.monotonic()
        return "" if people or name == "everybody" else f"{name} is not here"  # an empty house is what was wanted


def ask(world: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Ask the doorman of a kept demo; what else he told. InputError when he says no."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(ANSWER_S)
            line.connect(str(world))
            line.sendall(json.dumps({"control": request}).encode() + b"\n")
            with line.makefile("rb") as answering:
                answer = json.loads(answering.readline())
    except (OSError, ValueError) as error:
        raise DemoError(f"the simulated world does not answer at {world}: {error}") from None
    if not answer["ok"]:
        raise InputError([answer["says"]])
    return dict(answer)
