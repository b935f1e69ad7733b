"""Stops a service of the cluster for a while, and lets it go on: no node may run it, whatever its mode."""

import time
from collections.abc import Callable
from typing import Any

from swarm.engine import Engine
from swarm.engine_stack import Service
from swarm.errors import BackupError, EngineError
from swarm.preflight import may_run
from swarm.stack import NAME

PAUSED = "node.labels.nanoswarm-paused==true"  # no node has that label
STOP_S, START_S = 60.0, 90.0
_LOOK_S, _TRIES = 0.1, 5
_OUT_OF_SEQUENCE = "out of sequence"


def pause(engine: Engine, word: str) -> None:
    """None of its tasks runs when this returns. BackupError when they do not stop."""
    _constrain(engine, word, paused=True)
    until = time.monotonic() + STOP_S
    while any(not task.has_ended and task.node for task in _tasks(engine, word)):
        if time.monotonic() > until:
            raise BackupError(f"{word} does not stop within {STOP_S:g} s; nanoswarm stack ps")
        time.sleep(_LOOK_S)


def resume(engine: Engine, word: str) -> None:
    """It runs, and is healthy, when this returns. BackupError with its last words when it does not."""
    _constrain(engine, word, paused=False)
    until = time.monotonic() + START_S
    while not _runs(engine, word):
        service = _service(engine, word)
        if is_paused(service) or time.monotonic() > until:  # Swarm went back to what was before: to the pause
            said = engine.last_words(service.id) if service else ""
            raise BackupError(f"{word} does not come up again: {said or 'it says nothing'}")
        time.sleep(_LOOK_S)


def is_paused(service: Service | None) -> bool:
    return service is not None and PAUSED in service.constraints


def _runs(engine: Engine, word: str) -> bool:
    service = _service(engine, word)
    if service is None:
        return True  # it was removed meanwhile
    wanted = service.replicas
    if wanted is None:
        wanted = sum(node.ready and may_run(service.constraints, node) for node in engine.nodes())
    running = [task for task in engine.tasks(NAME) if task.service == service.id and task.state == task.wanted == "running"]
    return len(running) >= wanted and service.update not in ("updating", "rollback_started")


def _service(engine: Engine, word: str) -> Service | None:
    return next((service for service in engine.services(NAME) if service.name == word), None)


def _tasks(engine: Engine, word: str) -> list[Any]:
    service = _service(engine, word)
    return [task for task in engine.tasks(NAME) if service and task.service == service.id]


def _constrain(engine: Engine, word: str, *, paused: bool) -> None:
    _again_if_outrun(lambda: _constrain_once(engine, word, paused))


def _constrain_once(engine: Engine, word: str, paused: bool) -> None:
    service = _service(engine, word)
    if service is None or is_paused(service) == paused:
        return
    with engine.asked() as client:
        told = client.api.inspect_service(service.id)
        spec = told["Spec"]
        placement = spec["TaskTemplate"].setdefault("Placement", {})
        others = [each for each in placement.get("Constraints") or () if each.replace(" ", "") != PAUSED]
        placement["Constraints"] = [*others, PAUSED] if paused else others
        url = client.api._url("/services/{0}/update", service.id)
        client.api._raise_for_status(client.api._post_json(url, data=spec, params={"version": told["Version"]["Index"]}))


def _again_if_outrun(change: Callable[[], None]) -> None:
    for _ in range(_TRIES):
        try:
            change()
        except EngineError as error:
            if _OUT_OF_SEQUENCE not in str(error):
                raise
        else:
            return
    raise BackupError("somebody else changes the service at the same time, again and again")
