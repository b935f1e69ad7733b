"""One service alone: from the request to create it to its first answer, and from the request to remove it to its end."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.swarm import asking, deploys, stacks
from bench.swarm.deploys import KINDS, WITHIN_S
from bench.swarm.site import Say, Site
from bench.swarm.workshop import Events
from nanoservices import clock
from swarm.errors import SwarmError

FOUND_BY_NAME = ("auth", "controller")
Rounds = dict[str, dict[str, list[dict[str, float]]]]


def measure(site: Site, words: Sequence[str], rounds: int, left_out: list[str], say: Say) -> Rounds:
    """By word and kind, the seconds of each round. The network is there, with a prober on it on every node. A round that fails
    ends it, is named in `left_out`, and what was measured before is kept."""
    deploys.up(site, site.ours())
    specs = {word: site.engine.spec(f"{stacks.NAME}_{word}") for word in site.room["services"]}
    found: Rounds = {word: {kind: [] for kind in KINDS} for word in words}
    events = Events(site.engines)
    done = 0
    try:
        _remove_all(site, events, list(specs))
        for number in range(1, rounds + 1):
            for word in words:
                node = site.labels.running(word)[0]
                spec = stacks.alone(specs[word], node)
                for kind in KINDS if number % 2 else KINDS[::-1]:
                    wanted = spec if kind == "ours" else stacks.floor_spec(spec, site.floor)
                    found[word][kind].append(once(site, events, wanted, word, node))
            done = number
            say(f"start and stop, {number} of {rounds}: {_shown(found)}")
    except SwarmError as error:
        if not done:
            raise
        left_out.append(f"start, in round {done + 1} of {rounds}: {error}")
    finally:
        events.close()
        site.engine.remove_stack(stacks.NAME)
    return found


def _remove_all(site: Site, events: Events, words: Sequence[str]) -> None:
    left = sum(site.running().values())
    events.forget()
    for word in words:
        site.engine.remove_service(f"{stacks.NAME}_{word}")
    for event in events.until(clock.monotonic() + WITHIN_S):
        left -= event.action == "destroy"
        if left == 0:
            return


def once(site: Site, events: Events, spec: dict[str, Any], word: str, node: str) -> dict[str, float]:
    """Seconds. From the request to create it: `container_s` until its container started, the engine's own share,
    `answer_s` until it answered, `name_s` until others found it by its name; from the request to remove it: `end_s` until
    its process ended, `gone_s` until its container was gone. `stop_s` is the service's own part of that, from SIGTERM to its
    end: an engine lets a task that is on an overlay network run for 2 s more, so that the others stop asking it, and only
    then tells it to stop."""
    events.forget()
    with ThreadPoolExecutor(1) as pool:
        began = clock.monotonic()
        service = site.engine.create(spec)
        name = pool.submit(_named, site, word, node, began) if word in FOUND_BY_NAME else None
        started = events.first("start", spec["Name"], WITHIN_S)
        took = {"container_s": started.at - began}
        took["answer_s"] = deploys.first_answer(site, node, started.task, began)
        took |= {} if name is None else {"name_s": name.result()}
    return took | _stopped(site, events, service, spec["Name"])


def _named(site: Site, word: str, node: str, began: float) -> float:
    """As a node sees it that it does not run on, if there is one."""
    other = next((name for name in site.nodes if name != node), node)
    asking.ask(site.nodes[other].address, WITHIN_S, resolve=word)
    return clock.monotonic() - began


def _stopped(site: Site, events: Events, service: str, name: str) -> dict[str, float]:
    began = clock.monotonic()
    site.engine.remove_service(service)
    told, ended, gone = (events.first(action, name, WITHIN_S) for action in ("kill", "die", "destroy"))
    return {"stop_s": ended.at - told.at, "end_s": ended.at - began, "gone_s": gone.at - began}


def _shown(found: Rounds) -> str:
    return ", ".join(f"{word} {by['ours'][-1]['answer_s']:.2f}/{by['floor'][-1]['answer_s']:.2f}" for word, by in found.items())
