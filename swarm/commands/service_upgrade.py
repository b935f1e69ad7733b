"""nanoswarm service upgrade."""

from pathlib import Path

import click

from swarm import context, deploying, images_lock, labels_here
from swarm.commands import service_options
from swarm.commands.confirming import confirm
from swarm.commands.saying import Says
from swarm.commands.watching import made, watch
from swarm.deploying import Deployment
from swarm.errors import InputError
from swarm.services_labels import known
from swarm.words import discover


@click.command()
@click.argument("word")
@service_options.labels
@service_options.lock
@service_options.within
@service_options.yes
@service_options.dry_run
@service_options.as_json
def upgrade(word: str, path: Path, lock: Path, within: float, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Run service WORD from the image that images.lock names now.

    A version that does not come alive is rolled back.

    \b
    nanoswarm images build auth && nanoswarm images push auth
    nanoswarm service upgrade auth
    """
    says, (deployment, nodes) = Says(as_json), _of(word, path, lock)
    with says.work("looking at the cluster"):
        plan = deployment.plan()
    changes = [*map(str, plan.changes)]
    told = {"service": word, "nodes": nodes, "changes": changes}
    if dry_run:
        service_options.say_all(says, deploying.shown(deployment.engine.url, plan))
        service_options.end(as_json, told, "planned")
        return
    if not plan.is_empty:
        service_options.say_all(says, changes)
        confirm(yes, f"Upgrade {word}?")
        plan = deployment.apply(plan, lambda name, value: made(name, value, None, err=as_json))
    watch(says.console, deployment, plan, within)
    says.line(f"{word} runs." if changes else f"Nothing to do: {word} runs as images.lock says.")
    service_options.end(as_json, told, "running")


def _of(word: str, path: Path, lock: Path) -> tuple[Deployment, list[str]]:
    """Of that service alone, and the nodes it runs on. InputError when labels.yml has it nowhere."""
    cluster = context.load()
    known(word, discover())
    labels = labels_here.read(path, cluster)
    if not labels.running(word):
        raise InputError([f"{word}: no node of labels.yml runs it; add it with: nanoswarm service add {word}"])
    return Deployment(cluster, labels, images_lock.load(lock), only=word), labels.running(word)
