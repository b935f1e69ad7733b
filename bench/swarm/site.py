"""The cluster that is measured: the one that this folder's context names, else a lab of our own with freshly built images."""

import contextlib
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.swarm import floor, prober, stacks
from bench.swarm.workshop import Workshop
from nanoservices.settings import Secret
from swarm import context, deploying, images_lock, labels_file, stack, stack_images
from swarm.context import Context
from swarm.engine import ClusterNode
from swarm.errors import InputError, LabError
from swarm.images_lock import ImagesLock
from swarm.labels import Labels
from swarm.stack import Stack

Say = Callable[[str], None]
TOKEN = Secret(secrets.token_hex(24))  # as `stack deploy` makes them; it is every secret of the benchmark's room


@dataclass(frozen=True)
class Site:
    """`floor` is the reference of the floor's image; `room` the stack without probers, `files` what it is made of."""

    cluster: Context
    engine: Workshop
    engines: Mapping[str, Workshop]  # of every node
    nodes: Mapping[str, ClusterNode]
    labels: Labels
    lock: ImagesLock
    room: Stack
    files: dict[str, str]
    floor: str
    script: str

    @property
    def image(self) -> str:
        """The probers': it has all that they import."""
        return str(self.room["services"]["controller"]["image"])

    def ours(self) -> Stack:
        return stacks.with_probers(self.room, self.image, self.script)

    def one_prober(self, room: Stack) -> Stack:
        """That room with nothing more than needs be: a prober where the controller is."""
        return stacks.with_probers(room, self.image, self.script, self.labels.running("controller")[0])

    def running(self) -> dict[str, int]:
        """On how many nodes each word runs."""
        return {word: len(self.labels.running(word)) for word in self.room["services"]}

    def about(self) -> dict[str, object]:
        node = next(iter(self.nodes.values()))
        return {
            "engine": node.engine, "nodes": len(self.nodes), "base": self.lock.base, "lab": self.cluster.simulated,
            "healthcheck": {word: service.get("healthcheck") for word, service in self.room["services"].items()},
        }  # fmt: skip


@contextlib.contextmanager
def there(engine: str, say: Say, nodes: int | None = None) -> Iterator[Site]:
    """The site, and afterwards what was there before. A lab of our own has so many `nodes`, else those of labels.yml.
    InputError when a room runs there, or the nodes are not known."""
    if context.PATH.exists():
        with _prepared(Path.cwd(), say) as site:
            yield site
        return
    with lab(engine, say, nodes) as folder, _prepared(folder, say) as site:
        yield site


@contextlib.contextmanager
def lab(engine: str, say: Say, nodes: int | None = None) -> Iterator[Path]:
    """A lab of our own with fresh images, as root; the folder whose context names it. It is taken down at the end."""
    root = Path(labels_file.__file__).parents[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(root / "labels.yml", folder)
        _nanoswarm(folder, say, "lab", "up", "--engine", engine, *(() if nodes is None else ("--nodes", str(nodes))))
        try:
            for verb in ("build", "push"):
                _nanoswarm(folder, say, "images", verb)
            yield folder
        finally:
            _nanoswarm(folder, say, "lab", "down")


def _nanoswarm(folder: Path, say: Say, *words: str) -> None:
    say(f"nanoswarm {' '.join(words)} ...")
    environment = {**os.environ, "PYTHONPATH": str(Path(labels_file.__file__).parents[1])}
    command = [sys.executable, "-m", "swarm", *words]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode != 0:
        raise LabError(f"nanoswarm {' '.join(words)}: {ended.stderr.strip() or ended.stdout.strip()}")


@contextlib.contextmanager
def _prepared(folder: Path, say: Say) -> Iterator[Site]:
    cluster = context.load(folder / context.PATH, {})
    engine = Workshop(cluster.manager)
    nodes = {node.name: node for node in engine.nodes()}
    if engine.services(stack.NAME):
        raise InputError(["a room runs on this cluster, and would be disturbed; remove it first: nanoswarm stack rm"])
    if unknown := sorted(set(nodes) - set(cluster.nodes)):
        raise InputError([f"the engines of {', '.join(unknown)} are not in {context.PATH}: nanoswarm cluster ls"])
    labels, lock = labels_file.read(folder / "labels.yml"), images_lock.load(folder / "images.lock")
    kit = deploying.load_kit()
    images = stack_images.references(kit, labels, lock, list(nodes.values()))
    named = {name: f"bench-{name}" for word in images for name in kit.secrets_of(word)}
    room = stack.render(kit, labels, images, named, simulated=cluster.simulated)
    say("making the floor ...")
    echo = floor.make(cluster.manager, lock.registry, cluster.nodes)
    engines = {name: Workshop(url) for name, url in cluster.nodes.items()}
    program = Path(prober.__file__).read_bytes()
    script = f"bench-prober-{hashlib.sha256(program).hexdigest()[:12]}"
    site = Site(cluster, engine, engines, nodes, labels, lock, room, stack.place_files(kit, labels), echo, script)
    _clear(site)
    engine.make_config(script, program)
    for name in named.values():
        engine.make_secret(name, TOKEN.reveal().encode(), {})
    try:
        yield site
    finally:
        _clear(site)


def _clear(site: Site) -> None:
    """Every trace of a benchmark, also of one that was killed."""
    site.engine.remove_stack(stacks.NAME)
    for named in site.engine.configs_and_secrets():
        if named.name.startswith("bench-"):
            site.engine.remove(named)
    for engine in site.engines.values():
        engine.discard_volumes(f"{stacks.NAME}_")
