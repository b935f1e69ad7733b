"""Runs benchmarks as processes of their own, each with the machine's own pace beside it, and reads what they tell."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bench
from bench import figure, pace
from bench.figure import Figure
from bench.swarm import site
from swarm import context
from swarm.errors import SwarmError

BUDGETS = Path(__file__).with_name("budgets.yml")
ROOT = Path(bench.__file__).parents[1]
IMAGES = "nanoswarm images budget"
NEED_A_SWARM = (IMAGES, "bench.swarm", "bench.adding", "bench.backup")
_QUICK_S, _FULL_S = 420.0, 7200.0
_ENDS_S = 30.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Measured:
    """What one benchmark told: all of it, and its figures; or why it told nothing."""

    told: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    pace: dict[str, float] = field(default_factory=dict)
    why_not: str = ""


@contextlib.contextmanager
def somewhere(names: Sequence[str], say: Say, nodes: int | None = None) -> Iterator[tuple[Path, str]]:
    """The folder that benchmarks run in: this one, or a lab's of our own, of so many `nodes`, when one of them needs a Swarm
    and none is known here. Beside it, why there is no Swarm; nothing when there is one, or none is needed."""
    if context.PATH.exists() or not any(name in NEED_A_SWARM for name in names):
        yield Path.cwd(), ""
        return
    with contextlib.ExitStack() as stack:
        try:
            found = (stack.enter_context(site.lab("dockerd", say, nodes)), "")
        except SwarmError as error:
            found = (Path.cwd(), f"there is no Swarm here: {error}")
        yield found


def measure(names: Sequence[str], where: tuple[Path, str], quick: bool, say: Say) -> dict[str, Measured]:
    """Each, by its name; one that fails stops no other."""
    found: dict[str, Measured] = {}
    folder, no_swarm = where
    for name in names:
        if name in NEED_A_SWARM and no_swarm:
            found[name] = Measured(why_not=no_swarm)
            continue
        words = command(name, quick)
        say(f"python -m {' '.join(words)} ...")
        began = time.monotonic()
        found[name] = one([sys.executable, "-m", *words], folder, _QUICK_S if quick else _FULL_S)
        say(f"  {found[name].why_not or f'{time.monotonic() - began:.0f} s'}")
    return found


def command(name: str, quick: bool) -> list[str]:
    if name == IMAGES:
        return ["swarm", *name.split()[1:], "--json"]
    return [name, "--json", *(["--quick"] if quick else [])]


def one(words: Sequence[str], folder: Path, within_s: float) -> Measured:
    """Run it to its end. An exit code of 1 with figures is one that has found a promise broken."""
    ended, out, err, beside = told_by(words, folder, within_s)
    if ended is None:
        return Measured(why_not=f"it had not ended after {within_s:g} s, and was stopped")
    try:
        told = json.loads(out)
        return Measured(told, figures_of(told), beside)
    except (ValueError, KeyError, TypeError):
        last = [line for line in err.strip().splitlines() if line][-1:] or ["it says nothing"]
        return Measured(why_not=f"it ended with {ended} and told no figures: {last[0]}")


def told_by(words: Sequence[str], folder: Path, within_s: float) -> tuple[int | None, str, str, dict[str, float]]:
    """Its exit code (None when it was too slow), what it printed and what it said, and the machine's pace meanwhile."""
    with pace.beside() as beside:
        ended, out, err = ended_with(words, folder, environment(), within_s)
    return ended, out, err, beside.found()


def environment() -> dict[str, str]:
    """So that it finds this kit, whatever folder it runs in."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}


def ended_with(words: Sequence[str], folder: Path, told: dict[str, str], within_s: float) -> tuple[int | None, str, str]:
    """Its exit code (None when it was too slow), what it printed, and what it said. Ctrl-C is passed on and waited for, so
    that it cleans up behind itself."""
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603  # our own words
        words, cwd=folder, env=told, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, process_group=0
    ) as process:
        try:
            out, err = process.communicate(timeout=within_s)
            return process.returncode, out, err
        except subprocess.TimeoutExpired:
            _stop(process)
            return None, "", ""
        except BaseException:
            _stop(process)
            raise


def _stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=_ENDS_S)
    except subprocess.TimeoutExpired:
        process.kill()


def figures_of(told: dict[str, Any]) -> dict[str, Figure]:
    """KeyError, TypeError or ValueError when it has told of none. `images budget` has a list of its own."""
    if not any("mb" in row for row in told["figures"]):
        return figure.by_name(told["figures"])
    totals = [row["mb"] for row in told["figures"] if row["what"].startswith("in total")]
    whole = [row["mb"] for row in told["figures"] if row["service"] == "all"]
    made = [figure.most("image_total_mb", "MB", totals)] if totals and whole else []
    return {one.name: one for one in [*made, *(figure.one("images_node_mb", "MB", mb) for mb in whole)]}
