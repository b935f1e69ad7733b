"""Ends services of the cluster, or the whole room: what there is of each, and its removal. Data only goes when that is said."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from swarm import backups, deploying, docker_program, engine_volumes, keeping, stack, stack_plan
from swarm.backup_places import Entry
from swarm.backup_where import Cluster
from swarm.cluster_lock import Lock
from swarm.engine import Engine
from swarm.engine_stack import SECRET, Named
from swarm.errors import DeployError, EngineError, InputError
from swarm.stack import NAME, Kit

WITHIN_S = 60.0
_LOOK_S = 0.2
At = Callable[[str], None]


@dataclass(frozen=True)
class Held:
    """A volume on a node."""

    engine: Engine
    node: str
    name: str
    service: str  # whose, as far as the kit knows; empty for one of a service that it does not


@dataclass(frozen=True)
class Ending:
    """What is there of what is to end. `words`: the services that run; `volumes`: all that they have stored."""

    everything: bool
    asked: tuple[str, ...]
    words: tuple[str, ...]
    volumes: tuple[Held, ...]
    unreachable: tuple[str, ...]  # nodes whose volumes we cannot see


def planned(cluster: Cluster, kit: Kit, asked: Sequence[str], everything: bool) -> Ending:
    """InputError for a service that there is not, neither here nor in the kit."""
    if everything == bool(asked):
        raise InputError(["name the services that are to end, or --all"])
    if unknown := [word for word in asked if word not in cluster.services and word not in kit.words]:
        there = ", ".join(cluster.services) or "none"
        raise InputError([f"there is no service {word}; on this cluster there are: {there}" for word in unknown])
    wanted = tuple(cluster.services) if everything else tuple(dict.fromkeys(asked))
    volumes, unreachable = [], []
    for node in cluster.nodes.values():
        if node.state != "ready" or not cluster.reaches(node.name):
            unreachable.append(node.name)
            continue
        engine = cluster.engine(node.name)
        found = [
            Held(engine, node.name, each.name, _owner(kit, each.name)) for each in engine_volumes.volumes(engine, f"{NAME}_")
        ]
        volumes += [held for held in found if everything or held.service in wanted]
    present = tuple(word for word in wanted if word in cluster.services)
    return Ending(everything, tuple(asked), present, tuple(volumes), tuple(unreachable))


def _owner(kit: Kit, volume: str) -> str:
    plain = volume.removeprefix(f"{NAME}_").partition(".")[0]
    return next((word for word, fragment in kit.fragments.items() if plain in fragment.get("volumes", {})), "")


def unproven(ending: Ending, entries: Sequence[Entry]) -> list[str]:
    """Volumes of services that run no more, of whose data no proven backup from before their end is there. Pure."""
    proven = {entry.service for entry in entries if entry.why == backups.REMOVAL and entry.proven}
    return sorted({f"{held.name} on {held.node}" for held in ending.volumes if held.service not in {*ending.words, *proven}})


def last_backup(ending: Ending, entries: Sequence[Entry]) -> str:
    """The id of what was made before an earlier run ended them; empty when nothing was."""
    mine = [entry for entry in entries if entry.why == backups.REMOVAL and (ending.everything or entry.service in ending.asked)]
    if not mine:
        return ""
    made_with = mine[-1].id.removesuffix(f"-{mine[-1].service}")
    return backups.set_of([entry for entry in mine if entry.id == f"{made_with}-{entry.service}"])


def end(cluster: Cluster, kit: Kit, ending: Ending, lock: Lock, at: At) -> list[str]:
    """Remove the services and what only they used; with `everything` also network and secrets. Names of what stays though it
    should not, with why."""
    lock.check()
    stays: list[str] = []
    if ending.everything:
        at("the room")
        deploying.remove(cluster.manager, WITHIN_S)
        stays = _lasting(cluster.manager)
    else:
        for word in ending.words:
            at(word)
            _remove_service(cluster.manager, cluster.services[word].id)
        _until_gone(cluster, ending.words)
        services = cluster.manager.services(NAME)
        for each in stack_plan.obsolete(cluster.manager.configs_and_secrets(), services):
            if _is_theirs(each, cluster, kit, ending):
                cluster.manager.remove(each)
    return stays


def _remove_service(engine: Engine, service_id: str) -> None:
    try:
        with engine.asked() as client:
            client.api.remove_service(service_id)
    except EngineError as error:
        if error.status != 404:
            raise


def _until_gone(cluster: Cluster, words: Sequence[str]) -> None:
    ids = {cluster.services[word].id for word in words}
    until = time.monotonic() + WITHIN_S
    while any(task.service in ids and not task.has_ended for task in cluster.manager.tasks(NAME)):
        if time.monotonic() > until:
            raise DeployError(f"some tasks of {', '.join(words)} still run after {WITHIN_S:g} s: nanoswarm stack ps")
        time.sleep(_LOOK_S)


def _is_theirs(named: Named, cluster: Cluster, kit: Kit, ending: Ending) -> bool:
    """Used by those that ended: now, or in an earlier run that was killed before it came to this."""
    if any(named.name in cluster.services[word].held for word in ending.words):
        return True
    before = [word for word in ending.asked if word not in ending.words and word in kit.words]
    of = named.labels.get(SECRET)
    return any(of in kit.secrets_of(word) if of else stack.is_place_of(named.name, word) for word in before)


def _lasting(engine: Engine) -> list[str]:
    """Secrets that what is stored needs go when we have them elsewhere."""
    stays = []
    for named in engine.configs_and_secrets():
        if not stack_plan.is_ours(named):
            continue
        name = named.labels.get(SECRET, "")
        value = keeping.kept(name) if name else None
        if value is not None and deploying.secret_name(name, value) == named.name:
            engine.remove(named)
        else:
            stays.append(f"{named.name}: stays, as {keeping.FOLDER / (name or named.name)} does not hold it")
    return stays


def purge(ending: Ending) -> list[str]:
    """Remove the volumes; those that could not be, with why."""
    stays = []
    for held in ending.volumes:
        until = time.monotonic() + WITHIN_S
        while True:
            try:
                engine_volumes.remove(held.engine, held.name)
                break
            except EngineError as error:  # its container is on its way out
                if time.monotonic() > until:
                    stays.append(f"{held.name} on {held.node}: stays ({error})")
                    break
            time.sleep(_LOOK_S)
    return stays


def commands(cluster: Cluster, ending: Ending, purging: bool) -> list[str]:
    """What it stands for, for `--dry-run`."""
    url = cluster.manager.url
    lines = [docker_program.shown(url, "stack", "rm", NAME)] if ending.everything else []
    lines += (
        [] if ending.everything else [docker_program.shown(url, "service", "rm", f"{NAME}_{word}") for word in ending.words]
    )
    return lines + [docker_program.shown(held.engine.url, "volume", "rm", held.name) for held in ending.volumes if purging]
