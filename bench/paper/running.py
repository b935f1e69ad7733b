"""Measures what is not in the notebook yet, one scenario after the other; what fails is named and stops no other."""

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine, rounds
from bench.paper.notebook import Notebook, Page
from bench.paper.row import Row
from bench.paper.scenarios import Scenario
from swarm import context
from swarm.commands import images_options
from swarm.context import Context
from swarm.engine import Engine
from swarm.errors import InputError, SwarmError

LEAST_FREE_MB = 200
_WITHIN_S = 4 * 3600.0
Say = Callable[[str], None]


@dataclass
class Report:
    """`missing`: by scenario, why it, or a part of it, was not measured; `not_here`: what this cluster cannot have."""

    on: dict[str, Any]
    quick: bool
    rows: list[Row] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    not_here: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False


def ready(folder: Path) -> None:
    """InputError when the folder cannot be written, or has no room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_text("x")
        probe.unlink()
    except OSError as error:
        raise InputError([f"{folder} cannot be written: {error.strerror}; choose another: --output FOLDER"]) from None
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < LEAST_FREE_MB:
        raise InputError([f"{folder} has {free} MB of room left, {LEAST_FREE_MB} are needed; choose another: --output FOLDER"])


def cluster() -> tuple[Context | None, dict[str, Any], str]:
    """The cluster that is measured and what its engines say of themselves; without one, why not."""
    try:
        found = images_options.cluster_here()
        engine = Engine(found.manager)
        about: dict[str, Any] = {"engine": engine.version(), "lab": found.simulated}
        if engine.facts().swarm == "active":
            about["nodes"] = {node.name: f"Docker {node.engine}" for node in engine.nodes()}
        return found, about, ""
    except SwarmError as error:
        return None, {}, str(error)


def run(scenarios: Sequence[Scenario], folder: Path, quick: bool, fresh: bool, say: Say) -> Report:
    """Ctrl-C ends it with what has been measured so far, as does whatever else may happen to it."""
    found, about, why = cluster()
    report, notebook = Report(machine.about() | about, quick), Notebook(folder)
    given = {"quick": quick, **{name: report.on.get(name) for name in ("machine", "engine", "nodes", "lab")}}
    given |= {"nanoswarm": report.on["versions"]["nanoswarm"]}
    for number, scenario in enumerate(scenarios, 1):
        begins = f"{number} of {len(scenarios)}, {scenario.name}: {scenario.what}"
        page = None if fresh else notebook.read(scenario.name, given)
        if page is not None and not page.told.get("left_out"):
            say(f"{begins}: kept from {page.at}")
        elif not_here := _why_not(scenario, found, why):
            (report.not_here if found is not None else report.missing)[scenario.name] = not_here
            say(f"{begins}: {not_here}")
            continue
        else:
            say(f"{begins} ({scenario.takes[quick]}) ...")
            try:
                measured = _measured(scenario, quick, given, report)
            except KeyboardInterrupt:
                report.interrupted = True
                report.missing |= {left.name: "you ended the run before it" for left in scenarios[number - 1 :]}
                return report
            if measured is None:
                say(f"  {report.missing[scenario.name]}")
            else:
                notebook.write(measured)
                page = measured
        if page is not None:  # a part of it, from an earlier run, is better than nothing
            _add(report, scenario, page)
    return report


def _why_not(scenario: Scenario, found: Context | None, why: str) -> str:
    if scenario.engine and found is None:
        return f"there is no engine to measure: {why}"
    if scenario.lab and found is not None and not found.simulated:
        return "people are sent in, and plugs pulled, on a lab only: nanoswarm lab up"
    if scenario.engine and scenario.words[0] != "swarm" and "building" not in scenario.name and not context.PATH.exists():
        return "no Swarm is known here: nanoswarm cluster init, or nanoswarm lab up"
    return ""


def _measured(scenario: Scenario, quick: bool, given: dict[str, Any], report: Report) -> Page | None:
    words, began = scenario.command(quick), time.monotonic()
    at = datetime.now(UTC).isoformat(timespec="seconds")
    ended, out, err, pace = rounds.told_by([sys.executable, "-m", *words], Path.cwd(), _WITHIN_S)
    try:
        told = json.loads(out)
        told = {"rows": told} if isinstance(told, list) else told
        scenario.read(told)  # what cannot be read is not kept
    except (ValueError, KeyError, TypeError) as error:
        says = " ".join(err.strip().splitlines()[-2:]) or f"it says nothing ({error!r})"
        report.missing[scenario.name] = f"{' '.join(words)} ended with {ended}: {says}"
        return None
    return Page(scenario.name, " ".join(words), at, round(time.monotonic() - began, 1), given, told, pace)


def _add(report: Report, scenario: Scenario, page: Page) -> None:
    report.pages.append(page)
    report.rows += scenario.read(page.told)
    if left_out := page.told.get("left_out"):
        report.missing[scenario.name] = "in part: " + "; ".join(left_out)
