"""Which image each service of a stack runs from, and whether its nodes have it or can get it."""

import contextlib
import http.client
from collections.abc import Mapping, Sequence

from swarm import images_lock
from swarm.context import Context
from swarm.engine import ClusterNode, Engine
from swarm.errors import EngineError, InputError
from swarm.images_lock import ImagesLock
from swarm.labels import Labels
from swarm.stack import Kit

_WAIT_S = 5.0
_MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "docker.distribution.manifest.v2", "docker.distribution.manifest.list.v2", "oci.image.manifest.v1", "oci.image.index.v1"
    )
)  # fmt: skip


def plain(kit: Kit) -> dict[str, str]:
    """As the service.yml name them: a tag, which an engine looks for in a registry at every start."""
    return {word: str(kit.fragments[word]["services"][word]["image"]) for word in kit.words}


def references(kit: Kit, labels: Labels, lock: ImagesLock, nodes: Sequence[ClusterNode] = ()) -> dict[str, str]:
    """For each word that runs, by images.lock; without nodes for every architecture there is. InputError names what lacks."""
    arches = {node.name: node.image_arch for node in nodes}
    found, problems = {}, []
    for word in kit.running(labels):
        wanted = {arches[name] for name in labels.running(word) if name in arches} or set(lock.images.get(word, {"amd64": ""}))
        have = lock.images.get(word, {})
        if len(wanted) > 1 and wanted <= set(have) and word not in lock.lists:
            names = ", ".join(f"{name} is {arches.get(name, 'unknown')}" for name in labels.running(word))
            problems.append(
                f"{word}: its nodes differ ({names}), and images.lock has no list for all of them; {images_lock.LIST}"
            )
            continue
        try:
            found[word] = lock.reference(word, *sorted(wanted))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def problems(cluster: Context, labels: Labels, lock: ImagesLock, images: Mapping[str, str]) -> list[str]:
    """Which node neither has the image of a service that it is to run, nor can get it. A node that we cannot ask is trusted."""
    engines = {name: Engine(url) for name, url in cluster.nodes.items() if name in labels.nodes}
    lacking: dict[str, list[str]] = {}
    for word, reference in images.items():
        for name in labels.running(word):
            if (name in engines and not _has(engines[name], reference)) or (name not in engines and lock.registry):
                lacking.setdefault(word, []).append(name)
    if lock.registry is None:
        remedy = "bring it there with: nanoswarm images push --direct"
        return [f"{word}: its image is not on {', '.join(names)}; {remedy} {word}" for word, names in lacking.items()]
    digests = {word: images[word].partition("@")[2] for word in lacking}
    return [why for word in lacking if (why := _not_in(lock.registry, word, digests[word], lacking[word]))]


def _has(engine: Engine, reference: str) -> bool:
    with contextlib.suppress(EngineError):
        return engine.image(reference) is not None
    return True  # it does not answer us; its Swarm says whether it is down


def _not_in(registry: str, word: str, digest: str, names: Sequence[str]) -> str | None:
    """Why the registry will not give the image to those nodes."""
    needed = f"{', '.join(names)} would need it"
    for kind in (http.client.HTTPConnection, http.client.HTTPSConnection):
        connection = kind(registry, timeout=_WAIT_S)
        try:
            connection.request("HEAD", f"/v2/nanoswarm/{word}/manifests/{digest}", headers={"Accept": _MANIFESTS})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            why = str(error)
            continue
        finally:
            connection.close()
        if status == http.client.NOT_FOUND:
            return f"{word}: the registry {registry} has not its image, and {needed}; nanoswarm images push {word}"
        if status != http.client.BAD_REQUEST:  # plain HTTP to one that speaks TLS
            return None
        why = "it refuses plain HTTP"
    return f"{word}: the registry {registry} does not answer ({why}), and {needed}; start it, or: images push --direct"
