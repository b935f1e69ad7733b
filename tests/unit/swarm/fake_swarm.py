"""A cluster's manager that remembers: its engine and the docker program in one."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from swarm import files
from swarm.engine import ClusterNode
from swarm.engine_images import Image
from swarm.engine_stack import Named, Service, Task
from tests.unit.swarm import cluster


class FakeSwarm:
    """A manager's engine and the docker program in one. What was said to it is in `said`."""

    def __init__(self) -> None:
        self.url = "unix:///fake"
        self.held: dict[str, Service] = {}
        self.known: list[Named] = []
        self.members: list[ClusterNode] = []
        self.said: list[str] = []
        self.volumes: set[str] = set()
        self.before_deploy: list[Any] = []  # each is done once, when somebody deploys

    def nodes(self) -> list[ClusterNode]:
        return self.members

    def services(self, _stack: str) -> list[Service]:
        return list(self.held.values())

    def tasks(self, _stack: str) -> list[Task]:
        return [cluster.task(each, node.name) for each in self.held.values() for node in self.members if self._runs(each, node)]

    def _runs(self, service: Service, node: ClusterNode) -> bool:
        return service.name in node.labels

    def relabel(self, node_id: str, put: Mapping[str, str], drop: Collection[str]) -> None:
        self.said.append(f"label {node_id} {dict(put)} {list(drop)}")
        self.members = [
            replace(node, labels={name: v for name, v in {**node.labels, **put}.items() if name not in drop})
            if node.id == node_id
            else node
            for node in self.members
        ]

    def image(self, reference: str) -> Image:
        return Image(reference, "amd64", 12_500_000, "", "", ())

    def has_volume(self, name: str) -> bool:
        return name in self.volumes

    def configs_and_secrets(self) -> list[Named]:
        return list(self.known)

    def last_words(self, _service: str) -> str:
        return "it hurts"

    def make_secret(self, name: str, value: bytes, labels: dict[str, str]) -> None:
        assert re.fullmatch(rb"[0-9a-f]{48}", value)
        self.known.append(Named(name, name, "secret", labels, "2026-01-01"))

    def remove(self, named: Named) -> None:
        self.known.remove(named)

    def run(self, _url: str, *words: str, **_more: Any) -> str:
        self.said.append(" ".join(words))
        if words[:2] == ("stack", "rm"):
            self.held.clear()
            return ""
        if words[:2] == ("service", "rm"):
            self.held = {word: each for word, each in self.held.items() if each.id != words[2]}
            return ""
        if self.before_deploy:
            self.before_deploy.pop(0)()
        path = Path(words[words.index("--compose-file") + 1])
        rendered = files.read(path).value
        for name in rendered["configs"]:
            if name not in {each.name for each in self.known}:
                text = (path.parent / rendered["configs"][name]["file"]).read_text()
                self.known.append(
                    Named(name, name, "config", {"com.docker.stack.namespace": "room", "holds": text}, "2026-01-01", text)
                )
        self.held |= {word: cluster.service(rendered, word) for word in rendered["services"]}
        if "--prune" in words:
            self.held = {word: each for word, each in self.held.items() if word in rendered["services"]}
        return ""
