"""From service.yml, stack.yml and labels.yml to the stack: plain Compose 3.8 that `docker stack deploy` takes by itself. Pure.

Only services that some node runs are in it. Each gets its slice of labels.yml as a config named by its content, and its
secrets by the names they have in the cluster, so that a change of one restarts only those it concerns.
"""

import copy
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swarm import files, slices
from swarm.fragments import Fragment
from swarm.labels import Labels
from swarm.words import Word

NAME = "room"
DIGEST = "nanoswarm.digest"  # a service's label: what it was rendered as
DEVICES = "/run/nanoswarm"  # where the tasks of a lab's node see its simulated devices
_HARDWARE = {"pir": "NANO_PINS", "leds": "NANO_PINS", "ble": "NANO_RADIO"}  # what a service needs, and what simulates it
_OWNER = {"uid": "10001", "gid": "10001", "mode": 0o400}

Stack = dict[str, Any]


@dataclass(frozen=True)
class Kit:
    """What the tree says of its services: words.discover, fragments.discover and fragments.every."""

    words: Mapping[str, Word]
    fragments: Mapping[str, Fragment]
    every: Fragment

    def only(self, word: str) -> "Kit":
        """As if there were no other service."""
        return Kit({word: self.words[word]}, {word: self.fragments[word]}, self.every)

    def running(self, labels: Labels) -> list[str]:
        """The words that some node runs."""
        return [word for word in sorted(self.words) if labels.running(word)]

    def secrets_of(self, word: str) -> list[str]:
        return list(self.fragments[word]["services"][word].get("secrets", []))

    @property
    def lasting(self) -> set[str]:
        """The secrets that what some service has stored cannot be read without."""
        return {name for word in self.fragments for name in self.lasting_of(word)}

    def lasting_of(self, word: str) -> list[str]:
        return list(self.fragments.get(word, {}).get("x-nano", {}).get("lasting", []))

    @property
    def counted(self) -> dict[str, dict[str, str]]:
        """By word and table: the figure of an instance's health that says how many rows of it it can read."""
        return {word: dict(fragment.get("x-nano", {}).get("counted", {})) for word, fragment in self.fragments.items()}

    def remembered_of(self, word: str) -> list[str]:
        """Files of its volumes whose lines a restore keeps, whichever backup is put back."""
        return list(self.fragments.get(word, {}).get("x-nano", {}).get("remembered", []))


def render(
    kit: Kit,
    labels: Labels,
    images: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
    *,
    simulated: bool = False,
    kept: Mapping[str, str] | None = None,
) -> Stack:
    """The stack of `labels`. `images`: a reference by word. `secrets`: their names in the cluster, by their own.

    `simulated`: the nodes are a lab's; what stands for their hardware is in DEVICES. `kept`: slices that stay, by word.
    """
    names = kit.running(labels)
    places = {word: place_name(word, text) for word, text in place_texts(kit, labels, kept or {}).items()}
    services = {word: _service(kit, word, images[word], places.get(word), secrets or {}, simulated) for word in names}
    configs = {name: f"{word}.json" for word, name in places.items()}
    used = sorted({secret["source"] for service in services.values() for secret in service.get("secrets", [])})
    stack: Stack = {
        "version": kit.every["version"],
        "services": services,
        "networks": copy.deepcopy(kit.every["networks"]),
        "volumes": {name: {} for word in names for name in kit.fragments[word].get("volumes", {})},
        "configs": {name: {"name": name, "file": f"./{NAME}/{file}"} for name, file in configs.items()},
        "secrets": {name: {"external": True, "name": (secrets or {}).get(name, name)} for name in used},
    }
    return {key: value for key, value in stack.items() if value}


def place_files(kit: Kit, labels: Labels, kept: Mapping[str, str] | None = None) -> dict[str, str]:
    """The files beside the stack that its configs are made of: path and content."""
    return {f"{NAME}/{word}.json": text for word, text in place_texts(kit, labels, kept or {}).items()}


def place_texts(kit: Kit, labels: Labels, kept: Mapping[str, str]) -> dict[str, str]:
    """What each service that asks is given of labels.yml."""
    asking = [kit.words[word] for word in kit.running(labels) if kit.words[word].place]
    return {word.name: kept.get(word.name) or slices.text(slices.slice_for(word, labels)) for word in asking}


def place_name(word: str, text: str) -> str:
    return f"{word}-place-{slices.digest(text)}"


def is_place_of(name: str, word: str) -> bool:
    """Whether a config of that name is some slice of labels.yml that this service was given."""
    return re.fullmatch(rf"{re.escape(word)}-place-[0-9a-f]+", name) is not None


def _service(kit: Kit, word: str, image: str, place: str | None, secrets: Mapping[str, str], simulated: bool) -> Fragment:
    service = _merged(kit.every["service"], kit.fragments[word]["services"][word])
    environment = service["environment"]
    asked = kit.secrets_of(word)
    service.pop("secrets", None)
    if place is not None:
        service["configs"] = [{"source": place, "target": environment["NANO_PLACE"], "mode": 0o444}]
    else:
        del environment["NANO_PLACE"]
    if asked:
        service["secrets"] = [{"source": name, "target": name} | _OWNER for name in asked]
        environment |= {f"NANO_{name.upper().replace('-', '_')}_FILE": f"/run/secrets/{name}" for name in asked}
    if simulated:
        _simulate(service, kit.fragments[word].get("x-nano", {}).get("needs", []))
    service = {"image": image} | {key: value for key, value in service.items() if key != "image"}
    named = {name: secrets.get(name, name) for name in asked}  # a new value has a new name
    service["deploy"]["labels"] = {DIGEST: _digest([service, named])}
    return service


def _simulate(service: Fragment, needs: list[str]) -> None:
    """A lab's world takes the hardware's place."""
    kinds = {_HARDWARE[need] for need in needs if need in _HARDWARE}
    if not kinds:
        return
    service["environment"] |= dict.fromkeys(sorted(kinds), "simulated") | {"NANO_WORLD": f"{DEVICES}/world.sock"}
    named = [volume for volume in service.get("volumes", []) if not volume.startswith("/")]
    service["volumes"] = [*named, f"{DEVICES}:{DEVICES}"]


def _merged(below: Any, above: Any) -> Any:
    """`above` laid over `below`: mappings key by key, anything else as a whole."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {key: _merged(below.get(key), above.get(key)) for key in [*below, *(key for key in above if key not in below)]}
    return copy.deepcopy(below if above is None else above)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def text(stack: Stack) -> str:
    """As a file, with what whoever deploys it by hand has to do first; the same stack is always the same text."""
    return _heading(list(stack.get("secrets", {}).values())) + files.dumped(stack)


def _heading(secrets: list[dict[str, Any]]) -> str:
    lines = [f"# Made by `nanoswarm stack show`; with the folder {NAME}/ beside it, Docker alone can deploy it:"]
    if names := " ".join(secret["name"] for secret in secrets):
        lines.append(f"#   for name in {names}; do openssl rand -hex 24 | docker secret create $name -; done   # once")
    lines.append(f"#   docker stack deploy --resolve-image never -c {NAME}.yml {NAME}")
    return "\n".join(lines) + "\n"
