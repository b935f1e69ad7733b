"""How much a service writes into its container: asked of one that runs, else of one that is started for a moment.

A trial gets what the stack would give it, with simulated hardware and made-up secrets, and a file system that it may write
to: with a read-only one nothing would be seen.
"""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from swarm import deploying, labels_file, stack
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.engine_trial import Trial
from swarm.errors import SwarmError
from swarm.labels import Labels
from swarm.stack import Kit

FOLDER = "/run/nanoswarm-trial"
SAMPLE = "labels.yml"
WITHIN_S = 20.0
AT_ONCE = 4
_NODE = "{{.Node.Hostname}}"
Writable = tuple[int | None, str]  # bytes; why they could not be had


def trial(kit: Kit, labels: Labels, word: str, image: str) -> Trial | None:
    """What `word` is given by the stack of `labels`; None when no node there runs it. Pure."""
    nodes = labels.running(word)
    if not nodes:
        return None
    service = stack.render(kit, labels, dict.fromkeys(kit.running(labels), image), simulated=True)["services"][word]
    environment = {name: value.replace(_NODE, nodes[0]) for name, value in service["environment"].items()}
    files: dict[str, bytes] = {}
    if "NANO_PLACE" in environment:
        environment["NANO_PLACE"] = f"{FOLDER}/place.json"
        files["place.json"] = stack.place_files(kit, labels)[f"{stack.NAME}/{word}.json"].encode()
    for name in kit.secrets_of(word):
        environment[f"NANO_{name.upper().replace('-', '_')}_FILE"] = f"{FOLDER}/{name}"
        files[name] = hashlib.sha256(name.encode()).hexdigest()[:48].encode()  # of the form that the stack's heading makes
    volumes = tuple(volume.split(":")[1] for volume in service.get("volumes", []) if not volume.startswith("/"))
    health = tuple(service["healthcheck"]["test"][1:])
    return Trial(image, environment, FOLDER, files, volumes, health, WITHIN_S)


def measure(
    engine: Engine, made: Mapping[tuple[str, str], Image], root: Path, *, start: bool
) -> dict[tuple[str, str], Writable]:
    """Of these images, by word and whatever else tells them apart. `start`: also those that do not run."""
    running = engine.writable()
    kit, labels = deploying.load_kit(), labels_file.read(root / SAMPLE)

    def one(word: str, image: Image) -> Writable:
        if image.id in running:
            return running[image.id], ""
        if not start:
            return None, ""
        planned = trial(kit, labels, word, image.id)
        if planned is None:
            return None, f"no node of {root / SAMPLE} runs it"
        try:
            tried = engine.try_out(planned)
        except SwarmError as error:
            return None, str(error)
        return (tried.writable_bytes, "") if tried.alive else (None, f"it does not come alive: {tried.said}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = {key: pool.submit(one, key[0], image) for key, image in made.items()}
        return {key: task.result() for key, task in tasks.items()}
