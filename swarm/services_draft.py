"""What a new nanoservice begins with: texts that run, are tested, and are to be changed."""

from string import Template

_INIT = '"""$name: say here in a line what goes in and what comes out."""\n'

_MAIN = '''"""$name: settings and wiring, no decisions."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

import asyncio
from dataclasses import dataclass

from nanoservices import clock
from nanoservices.$name.logic import Rounds
from nanoservices.coap import Handlers
from nanoservices.place import Place
from nanoservices.process import Process, run
from nanoservices.settings import Settings, load_place


@dataclass(frozen=True, kw_only=True)
class ${Name}Settings(Settings):
    """What it can be told by NANO_<FIELD>: add fields with `setting(...)`, and a line of docs/settings.md for each."""


async def build(process: Process[${Name}Settings]) -> Handlers:
    settings = process.settings
    process.zone = load_place(Place, settings.place).node(settings.node).zone
    rounds = Rounds(clock.monotonic())
    process.figures |= {"rounds": lambda: rounds.count}
    process.spawn(_go_round(rounds))
    return {}  # what others may ask of it: a row of nanoservices/wire.py, and its handler here


async def _go_round(rounds: Rounds) -> None:
    while True:
        await asyncio.sleep(rounds.wake_at - clock.monotonic())
        rounds.time_passed(clock.monotonic())


if __name__ == "__main__":
    run("$name", ${Name}Settings, build)
'''

_LOGIC = '''"""What $name decides. Pure: no clock, no I/O; `now` is monotonic seconds."""

EVERY_S = 1.0


class Rounds:
    """Counts what was due; a place to put decisions."""

    def __init__(self, now: float) -> None:
        self._began = now
        self.count = 0

    @property
    def wake_at(self) -> float:
        """When the next one is due."""
        return self._began + (self.count + 1) * EVERY_S

    def time_passed(self, now: float) -> None:
        """Sooner than `wake_at` changes nothing; later makes up for all that were missed."""
        self.count = max(self.count, int((now - self._began) / EVERY_S))
'''

_SERVICE = """# What `docker stack deploy` gets for this service, over swarm/stack.yml. `x-nano` is for the kit alone.
services:
  $name:
    image: nanoswarm/$name
    deploy:
      mode: $mode
      placement:
        constraints: [node.labels.$name == true]
$more      resources:
        limits: {memory: 64M}
x-nano:
  extras: []
  calls: [controller]
  needs: []
  place: [zone]
  without: $name does not run
  budget: {own_mb: 2}
"""
_SINGLE = "      update_config: {order: stop-first}\n"

_TEST = '''"""$name: its decisions, without a clock."""

from nanoservices.$name.logic import EVERY_S, Rounds


def test_round_is_not_counted_before_it_is_due() -> None:
    rounds = Rounds(100.0)
    rounds.time_passed(100.0 + EVERY_S / 2)
    assert (rounds.count, rounds.wake_at) == (0, 100.0 + EVERY_S)


def test_rounds_that_were_missed_are_made_up_for() -> None:
    rounds = Rounds(100.0)
    rounds.time_passed(100.0 + 3.5 * EVERY_S)
    assert (rounds.count, rounds.wake_at) == (3, 100.0 + 4 * EVERY_S)
    rounds.time_passed(100.0)
    assert rounds.count == 3
'''


def files(name: str, *, single: bool) -> dict[str, str]:
    """Path from the checkout, and content. `single`: one instance in the whole cluster, not one on every node that says so."""
    fill = {
        "name": name,
        "Name": name.capitalize(),
        "mode": "replicated\n      replicas: 1" if single else "global",
        "more": _SINGLE if single else "",
    }
    folder, tests = f"nanoservices/{name}", f"tests/unit/{name}"
    texts = {
        f"{tests}/__init__.py": "",
        f"{tests}/test_logic.py": _TEST,
        f"{folder}/__init__.py": _INIT,
        f"{folder}/__main__.py": _MAIN,
        f"{folder}/logic.py": _LOGIC,
        f"{folder}/service.yml": _SERVICE,
    }
    return {path: _sorted(Template(text).substitute(fill), name) for path, text in texts.items()}


def _sorted(text: str, name: str) -> str:
    """Imports in the order of the alphabet, wherever the new name falls."""
    lines = text.splitlines(keepends=True)
    mine = f"from nanoservices.{name}.logic import Rounds\n"
    if mine not in lines:
        return text
    at = lines.index(mine)
    end = at + 1
    while end < len(lines) and lines[end].startswith("from nanoservices."):
        end += 1
    begin, block = at, sorted(lines[at:end], key=lambda line: line.split()[1])
    return "".join([*lines[:begin], *block, *lines[end:]])
