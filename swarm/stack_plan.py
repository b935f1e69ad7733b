"""What a deploy would change: the stack that is wanted beside the services that there are. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarm import slices
from swarm.engine_stack import LASTING, NAMESPACE, SECRET, Named, Service
from swarm.stack import DIGEST, NAME, Stack


@dataclass(frozen=True)
class Change:
    """`aspects`: what of the service is another than wanted, for people."""

    word: str
    verb: str  # add, update, remove
    aspects: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.verb} {self.word}" + (f" ({', '.join(self.aspects)})" if self.aspects else "")


def changes(stack: Stack, services: Sequence[Service]) -> list[Change]:
    """None when the cluster is as it should be, also where somebody had changed a service by hand."""
    there = {service.name: service for service in services}
    found = []
    for word, wanted in stack["services"].items():
        if word not in there:
            found.append(Change(word, "add"))
        elif aspects := _aspects(stack, wanted, there[word]):
            found.append(Change(word, "update", aspects))
    return found + [Change(word, "remove") for word in there if word not in stack["services"]]


def current_secret(name: str, named: Iterable[Named], services: Iterable[Service]) -> str | None:
    """What a secret of ours is called in the cluster: the one in use, else the newest; None when there is none."""
    pattern = re.compile(rf"{re.escape(name)}(-[0-9a-f]{{12}})?")
    found = [secret for secret in named if secret.kind == "secret" and pattern.fullmatch(secret.name)]
    used = set().union(*(service.sources for service in services))
    ordered = sorted(found, key=lambda secret: (secret.name in used, secret.created))
    return ordered[-1].name if ordered else None


def kept_places(places: Mapping[str, str], named: Iterable[Named], services: Iterable[Service]) -> dict[str, str]:
    """By word, the slice of labels.yml that a service has and keeps: `places` only add what it hears of by itself."""
    data = {each.name: each.data for each in named if each.kind == "config"}
    has = {service.name: data.get(name, "") for service in services for name in service.sources if name in data}
    return {
        word: has[word]
        for word, text in places.items()
        if word in has and has[word] != text and slices.only_adds(has[word], text)
    }


def obsolete(named: Iterable[Named], services: Iterable[Service]) -> list[Named]:
    """Configs and secrets that the kit or a stack of that name made, and that no service has or would roll back to."""
    held = set().union(*(service.held for service in services))
    return [each for each in named if is_passing(each) and each.name not in held]


def is_passing(named: Named) -> bool:
    """Of ours, and nothing that is stored needs it."""
    return is_ours(named) and LASTING not in named.labels


def is_ours(named: Named) -> bool:
    return SECRET in named.labels or named.labels.get(NAMESPACE) == NAME


def _aspects(stack: Stack, wanted: dict[str, Any], there: Service) -> tuple[str, ...]:
    placement = wanted["deploy"].get("placement", {})
    secrets = {stack["secrets"][entry["source"]]["name"] for entry in wanted.get("secrets", [])}
    configs = {stack["configs"][entry["source"]]["name"] for entry in wanted.get("configs", [])}
    pairs = {
        "image": (wanted["image"], there.image.removesuffix(":latest")),
        "environment": (wanted["environment"], there.environment),
        "placement": ([each.replace(" ", "") for each in placement.get("constraints", [])], there.constraints),
        "replicas": (_replicas(wanted), there.replicas),
        "labels.yml or a secret": (configs | secrets, there.sources),
    }
    found = tuple(name for name, (one, other) in pairs.items() if one != other)
    is_other = there.labels.get(DIGEST) != wanted["deploy"]["labels"][DIGEST]
    return found or (("settings",) if is_other else ())


def _replicas(wanted: dict[str, Any]) -> int | None:
    return None if wanted["deploy"].get("mode") == "global" else wanted["deploy"].get("replicas", 1)
