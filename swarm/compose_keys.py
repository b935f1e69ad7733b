"""What a service.yml may say: the part of Compose 3.8 that `docker stack deploy` heeds, and `x-nano`. Data only.

Compose knows more, and the docker program takes much of it without a word and does nothing with it. What is not here is
refused: swarm/fragments.py says where, and what to do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """A text, of a form that `says` puts in words."""

    pattern: str = r".+"
    says: str = "a text"

    def takes(self, value: Any) -> bool:
        return isinstance(value, str) and re.fullmatch(self.pattern, value, re.DOTALL) is not None


@dataclass(frozen=True)
class Number:
    low: float
    high: float
    whole: bool = True

    @property
    def says(self) -> str:
        return f"a {'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}"

    def takes(self, value: Any) -> bool:
        fits = isinstance(value, int if self.whole else (int, float)) and not isinstance(value, bool)
        return fits and self.low <= value <= self.high


@dataclass(frozen=True)
class Truth:
    says: str = "true or false"

    def takes(self, value: Any) -> bool:
        return isinstance(value, bool)


@dataclass(frozen=True)
class Several:
    """A list."""

    of: "Shape"


@dataclass(frozen=True)
class Named:
    """A mapping with keys that the author chooses."""

    of: "Shape"
    key: Text


Shape = Text | Number | Truth | Several | Named | Mapping[str, Any]  # a mapping: these keys and no others


def one_of(*words: str) -> Text:
    return Text("|".join(map(re.escape, words)), f"one of {', '.join(words)}")


NAME = Text(r"[a-z][a-z0-9-]{0,39}", "a name (small letters, digits and `-`)")
DURATION = Text(r"(\d+(\.\d+)?(ms|s|m|h))+", "a duration such as 5s or 1m30s")
MEMORY = Text(r"\d+[KMG]", "an amount of memory such as 64M")
CPUS = Text(r"\d+(\.\d+)?", 'a share of processors in quotes, such as "0.5"')
VARIABLE = Text(r"[A-Z][A-Z0-9_]*", "a variable's name (capitals, digits and `_`)")
VALUE = Text(r"[^$]*", "a text without `$`, which would be filled in from the environment of whoever deploys")
IMAGE = Text(r"[a-z0-9][a-z0-9._/:@-]*", "an image's name such as nanoswarm/presence")
VOLUME = Text(r"([a-z][a-z0-9-]*|/[^:$]*):/[^:$]*(:ro)?", "a volume such as lamp-data:/data or /run/dbus:/run/dbus:ro")
CONSTRAINT = Text(
    r"node\.(labels\.[a-z0-9.-]+|hostname|id|role|platform\.(os|arch)) ?(==|!=) ?[A-Za-z0-9._-]+",
    "a constraint such as node.labels.presence == true",
)
CHANGE = {
    "parallelism": Number(0, 1000), "order": one_of("stop-first", "start-first"), "delay": DURATION, "monitor": DURATION,
    "failure_action": one_of("pause", "continue", "rollback"), "max_failure_ratio": Number(0, 1, whole=False),
}  # fmt: skip
DEPLOY = {
    "mode": one_of("global", "replicated"),
    "replicas": Number(0, 100),
    "endpoint_mode": one_of("dnsrr", "vip"),
    "placement": {"constraints": Several(CONSTRAINT), "max_replicas_per_node": Number(1, 100)},
    "update_config": CHANGE,
    "rollback_config": CHANGE | {"failure_action": one_of("pause", "continue")},
    "restart_policy": {
        "condition": one_of("none", "on-failure", "any"), "delay": DURATION, "max_attempts": Number(0, 1000), "window": DURATION
    },
    "resources": {"limits": {"memory": MEMORY, "cpus": CPUS}, "reservations": {"memory": MEMORY, "cpus": CPUS}},
}  # fmt: skip
SERVICE = {
    "image": IMAGE,
    "command": Several(VALUE),
    "entrypoint": Several(VALUE),
    "environment": Named(VALUE, VARIABLE),
    "user": Text(r"\d+:\d+", 'a user and a group by number, in quotes, such as "10001:10001"'),
    "init": Truth(),
    "read_only": Truth(),
    "cap_drop": Several(Text(r"[A-Z_]+", "a capability such as ALL")),
    "networks": Several(NAME),
    "ports": Several(
        {"target": Number(1, 65535), "published": Number(1, 65535), "protocol": one_of("tcp", "udp"), "mode": one_of("host")}
    ),
    "volumes": Several(VOLUME),
    "secrets": Several(NAME),
    "healthcheck": {
        "test": Several(VALUE), "interval": DURATION, "timeout": DURATION, "retries": Number(1, 100), "start_period": DURATION
    },
    "stop_signal": Text(r"SIG[A-Z0-9]+", "a signal such as SIGTERM"),
    "stop_grace_period": DURATION,
    "logging": {"driver": NAME, "options": Named(VALUE, NAME)},
    "deploy": DEPLOY,
}  # fmt: skip
_COUNT = Text(r"[a-z][a-z_]{0,39}", "a table, and the figure of its health that says how many rows of it can be read")
_SIZE = Number(0.1, 4000, whole=False)  # MB
KIT = {
    "extras": Several(NAME),
    "calls": Several(NAME),
    "needs": Several(NAME),
    "lasting": Several(NAME),
    "without": Text(r"[^\n]{1,80}", "what the place is without the service, such as `nobody is led`"),
    "counted": Named(_COUNT, _COUNT),
    "remembered": Several(Text(r"[A-Za-z0-9._-]+", "the name of a file in its volume")),
    "place": Several(Text(r"[a-z.]+", "what of labels.yml the service is given, such as zone")),
    "budget": {"own_mb": _SIZE, "total_mb": _SIZE, "apart": Named(_SIZE, Text(r"[A-Za-z0-9_.-]+", "a package's name"))},
}
FRAGMENT = {"services": Named(SERVICE, NAME), "volumes": Named({}, NAME), "x-nano": KIT}
STACK = {"version": Text(r"3\.8", '"3.8"'), "networks": Named({"driver": one_of("overlay")}, NAME), "service": SERVICE}

_IGNORED = "docker stack deploy ignores it without a word"
_HARDWARE = f"{_IGNORED}; reach the hardware through the socket of a daemon on the host"
INSTEAD = {  # what Compose has, Swarm does not heed, and people look for
    "build": "build images with: nanoswarm images build",
    "cap_add": "a service works without capabilities; the host's daemon has them, behind a socket",
    "container_name": "Swarm names its containers itself",
    "depends_on": "services start in any order, and wait for each other themselves",
    "devices": _HARDWARE,
    "env_file": "write `environment:`",
    "expose": "on their own network services reach each other's ports as they are",
    "links": "services find each other by name",
    "network_mode": f"{_IGNORED}; all services are on one overlay network",
    "privileged": _HARDWARE,
    "restart": "write `deploy: {restart_policy: {condition: any}}`",
    "security_opt": f"{_IGNORED}; set it in the engine's daemon.json",
    "sysctls": "set them on the host",
    "configs": "what a service is given of labels.yml is asked for in `x-nano: place:`",
    "start_interval": "engines before 25 refuse it; a short `interval` does the same",
    "tmpfs": "keep what must be written in a volume",
}  # fmt: skip
