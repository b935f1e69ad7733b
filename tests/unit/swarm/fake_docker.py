"""Docker engines that remember what they were told. tests/lab/test_images.py plays the same sentences to real ones."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from swarm import docker_program, images_push
from swarm.commands import images as command
from swarm.engine import ClusterNode
from swarm.engine_images import Image
from swarm.errors import DockerError


def sha(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def node(name: str, *words: str, arch: str = "x86_64") -> ClusterNode:
    return ClusterNode(name, name, "worker", "ready", "active", "", arch, "20.10.24", dict.fromkeys(words, "true"))


@dataclass
class FakeEngine:
    url: str
    images: dict[str, Image] = field(default_factory=dict)
    members: list[ClusterNode] = field(default_factory=list)

    def arch(self) -> str:
        return "amd64"

    def nodes(self) -> list[ClusterNode]:
        return self.members

    def image(self, reference: str) -> Image | None:
        by_id = {image.id: image for image in self.images.values()}
        return self.images.get(reference) or by_id.get(reference)


@dataclass
class FakeDocker:
    """The docker program and the engines it speaks to. `said` holds every command, as url and words."""

    engines: dict[str, FakeEngine] = field(default_factory=dict)
    pullable: set[str] = field(default_factory=set)
    said: list[tuple[str, ...]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    source: str = "first"  # what the images are built from

    def engine(self, url: str) -> FakeEngine:
        return self.engines.setdefault(url, FakeEngine(url))

    def run(self, url: str, *words: str, told: Callable[[str], None] | None = None, **_more: Any) -> str:
        self.said.append((url, *words))
        if words[0] in self.broken:
            raise DockerError(f"{words[0]} does not work today")
        acts: dict[str, Callable[..., str]] = {
            "build": self._build, "pull": self._pull, "tag": self._tag, "push": self._push, "import": self._import,
        }  # fmt: skip
        if told is not None:
            told("#11 [libraries 3/3] RUN pip")
        return acts[words[0]](self.engine(url), words)

    def stream(self, source: tuple[str, Sequence[str]], sink: tuple[str, Sequence[str]]) -> str:
        self.said += [(source[0], *source[1]), (sink[0], *sink[1])]
        if sink[0] in self.broken:
            raise DockerError(f"{sink[0]} is out of reach")
        for name in source[1][1:]:
            self.engine(sink[0]).images[name] = self.engine(source[0]).images[name]
        return ""

    def _build(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        base = next(word.removeprefix("BASE=") for word in words if word.startswith("BASE="))
        name = words[words.index("--tag") + 1]
        engine.images[name] = Image(sha(name + base + self.source), "amd64", 40_000_000, "now", base, ())
        return ""

    def _pull(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        if words[-1] not in self.pullable:
            raise DockerError("no such host")
        repository = words[-1].partition(":")[0]
        engine.images[words[-1]] = Image(sha(words[-1]), "amd64", 1, "now", "", (f"{repository}@{sha('manifest')}",))
        return ""

    def _tag(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        engine.images[words[2]] = engine.images[words[1]]
        return ""

    def _push(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        return f"latest: digest: {sha('manifest of ' + engine.images[words[1]].id)} size: 1234\n"

    def _import(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        assert Path(words[-2]).read_text() == "a root file system"
        engine.images[words[-1]] = Image(sha("imported"), "amd64", 1, "now", "", ())
        return ""


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    fake = FakeDocker()
    monkeypatch.setattr(docker_program, "run", fake.run)
    monkeypatch.setattr(docker_program, "stream", fake.stream)
    for module in (command, images_push):
        monkeypatch.setattr(module, "Engine", fake.engine)
    monkeypatch.setattr("swarm.images_ls.Engine", fake.engine)
    return fake
