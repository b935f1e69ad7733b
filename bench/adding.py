"""How long until one nanoservice more is ready: `nanoswarm service add`, on a lab, its image on its nodes already.

    python -m bench.adding [--quick] [--rounds 5] [--word guidance] [--engine PATH] [--json]

As root, on the lab that .nanoswarm/context names (no room may run there), else on one of its own with fresh images. Ready is
what every new instance says of itself over CoAP; the time runs from the start of the command. The floor beside it is docker
alone, given the same part of the stack, in the same round. Exit code 0 if the promise is kept.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bench import figure, machine
from bench.coap.figures import promises, spread
from bench.swarm import site
from nanoservices import wire
from nanoservices.errors import NanoError
from swarm import context, deploying, files, images_lock, labels_apply, labels_file, labels_here, services_labels
from swarm.deploying import Deployment
from swarm.errors import EngineError, LabError, SwarmError
from swarm.lab import home, tasks
from swarm.lab.plan import Plan
from swarm.labels import Labels

ROOT = Path(labels_file.__file__).parents[1]
WORDS = ("presence", "scanner", "guidance", "meeting")
WITHIN_S, LOOK_S = 60.0, 0.02
Say = Callable[[str], None]


@contextmanager
def room(engine: str, say: Say) -> Iterator[Path]:
    """A folder whose lab has a room that runs."""
    with ExitStack() as stack:
        folder = Path.cwd() if context.PATH.exists() else stack.enter_context(site.lab(engine, say))
        nanoswarm(folder, say, "stack", "deploy", "--yes")
        try:
            yield folder
        finally:
            nanoswarm(folder, say, "stack", "rm", "--yes")


def nanoswarm(folder: Path, say: Say, *words: str) -> float:
    """Seconds it took."""
    say(f"nanoswarm {' '.join(words)} ...")
    command, began = [sys.executable, "-m", "swarm", *words], time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode != 0:
        raise LabError(f"nanoswarm {' '.join(words)}: {ended.stderr.strip() or ended.stdout.strip()}")
    return time.monotonic() - began


def once(folder: Path, plan: Plan, labels: Labels, word: str, say: Say) -> dict[str, float]:
    """Taken away and added again, by docker alone and by us. Seconds from the command's start: until all its containers had
    been started, until all of its instances said that they were ready, and until the command had ended."""
    count = len(labels.running(word))
    nanoswarm(folder, say, "service", "rm", word, "--yes", "--no-backup")
    with _by_docker(folder, labels, word) as command:
        floor = timed(folder, plan, word, count, command)
    nanoswarm(folder, say, "service", "rm", word, "--yes", "--no-backup")
    ours = timed(folder, plan, word, count, [sys.executable, "-m", "swarm", "service", "add", word, "--yes"])
    return ours | {f"floor_{name}": seconds for name, seconds in floor.items()}


def timed(folder: Path, plan: Plan, word: str, count: int, command: Sequence[str]) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            found = _until(lambda: _all(plan, word, count), began, f"{word} runs on {count} nodes")
            started_s = time.monotonic() - began
            asyncio.run(_all_ready(found, began))
            ready_s = time.monotonic() - began
            if process.wait(WITHIN_S) != 0:
                raise LabError(f"{' '.join(command)} ended with {process.returncode}")
        finally:
            process.kill()
    return {"started_s": started_s, "ready_s": ready_s, "ended_s": time.monotonic() - began}


@contextmanager
def _by_docker(folder: Path, labels: Labels, word: str) -> Iterator[list[str]]:
    """`docker stack deploy` of that service alone, on nodes that are labelled for it already."""
    cluster = context.load(folder / context.PATH, {})
    deployment = Deployment(cluster, labels, images_lock.load(folder / "images.lock"), only=word)
    nodes = deployment.engine.nodes()
    for change in services_labels.labelling(word, labels.running(word), labels.nodes, nodes):
        labels_apply.relabel(deployment.engine, change)
    wanted = deployment.plan()
    with tempfile.TemporaryDirectory() as there:
        deploying.write(Path(there), wanted.stack, wanted.files)
        yield ["docker", "--host", cluster.manager, *deploying.command(there, wanted)]


def _all(plan: Plan, word: str, count: int) -> list[tasks.Task]:
    try:
        found = tasks.running(plan, word)
    except EngineError:
        return []
    return found if len(found) >= count and all(each.container.pid for each in found) else []


def _until(look: Callable[[], list[tasks.Task]], began: float, what: str) -> list[tasks.Task]:
    while not (found := look()):
        if time.monotonic() > began + WITHIN_S:
            raise LabError(f"not within {WITHIN_S:g} s: {what}")
        time.sleep(LOOK_S)
    return found


async def _all_ready(found: Sequence[tasks.Task], began: float) -> None:
    await asyncio.gather(*(_ready(each, began) for each in found))


async def _ready(task: tasks.Task, began: float) -> None:
    async with tasks.endpoint_beside(task) as endpoint:
        while True:
            try:
                told: wire.Health = await endpoint.call(
                    wire.HEALTH, "coap://127.0.0.1:5683", peer=task.container.service, budget_s=0.3
                )
                if told.ready:
                    return
            except NanoError:
                pass
            if time.monotonic() > began + WITHIN_S:
                raise LabError(f"{task.container.service} on {task.node.name} is not ready after {WITHIN_S:g} s")
            await asyncio.sleep(LOOK_S)


def measure(folder: Path, words: Sequence[str], rounds: int, say: Say) -> dict[str, dict[str, list[float]]]:
    state = home.load()
    if state is None:
        raise LabError("the lab has gone")
    labels = labels_here.read(folder / "labels.yml", context.load(folder / context.PATH, {}))
    found: dict[str, dict[str, list[float]]] = {}
    for number in range(rounds):
        for word in words:
            took = once(folder, state.plan, labels, word, say)
            say(f"{word}, {number + 1} of {rounds}: " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in took.items()))
            for name, seconds in took.items():
                found.setdefault(word, {}).setdefault(name, []).append(seconds)
    return found


@click.command(help=__doc__)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option("--word", "words", multiple=True, type=click.Choice(WORDS), help="Add this service only; may be given again.")
@click.option("--engine", default="dockerd", metavar="PATH", help="Another dockerd for the lab.")
@click.option("--quick", is_flag=True, help="Three rounds of guidance.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(rounds: int, words: Sequence[str], engine: str, quick: bool, as_json: bool) -> None:
    def say(text: str) -> None:
        if not as_json:
            click.echo(text, err=True)

    if quick:
        rounds, words = 3, ("guidance",)
    try:
        with room(engine, say) as folder:
            base = images_lock.load(folder / "images.lock").base
            found = measure(folder, words or WORDS, rounds, say)
    except SwarmError as error:
        click.echo(f"bench.adding: {error}", err=True)
        sys.exit(error.exit_code)
    budgets = files.read(ROOT / "bench/budgets.yml").value["budgets"]
    slowest = max(found, key=lambda word: statistics.median(found[word]["ready_s"]))
    figures = [figure.median(f"service_add_{name}", "s", seconds) for name, seconds in found[slowest].items()]
    figures.append(figure.median("service_add_times_docker", "x", _times(found[slowest])))
    kept = promises({each.name: each.value for each in figures}, budgets, "bench.adding")
    result: dict[str, Any] = {
        "on": machine.about(), "base": base, "word": slowest, "figures": figure.plain(figures), "of": found, "promises": kept
    }  # fmt: skip
    click.echo(json.dumps(result, indent=1)) if as_json else _show(base, found)
    sys.exit(any(promise["kept"] is False for promise in kept))


def _times(by: Mapping[str, Sequence[float]]) -> list[float]:
    return [ours / floor for ours, floor in zip(by["ready_s"], by["floor_ready_s"], strict=True)]


def _show(base: str, found: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    table = Table(title=f"service add, on {base}: median (of n, 90 % interval), s")
    for heading in ("", "containers started", "ready", "command ended", "ready, docker alone", "times"):
        table.add_column(heading, justify="left" if not heading else "right")
    for word, by in found.items():
        names = ("started_s", "ready_s", "ended_s", "floor_ready_s")
        table.add_row(word, *(_cell(by[name]) for name in names), _cell(_times(by)))
    Console().print(table)


def _cell(values: Sequence[float]) -> str:
    found = spread(values)
    return f"{found.median:.2f} ({found.n}, {found.low:.2f} - {found.high:.2f})"


if __name__ == "__main__":
    main()
