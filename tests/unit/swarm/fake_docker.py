"""Docker engines that remember what they were told. tests/lab/test_images.py plays the same sentences to real ones."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from swarm import docker_program, images_ls, images_push, images_registry
from swarm.commands import images_budget, images_build, images_sbom
from swarm.commands import images_push as push_command
from swarm.engine import ClusterNode
from swarm.engine_images import VARIANT_LABEL, Content, Image, Layer
from swarm.engine_trial import Trial, Tried
from swarm.errors import DockerError
from swarm.images_registry import Manifest

BASE_BYTES = 15_000_000


def sha(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def node(name: str, *words: str, arch: str = "x86_64") -> ClusterNode:
    return ClusterNode(name, name, "worker", "ready", "active", "", arch, "20.10.24", dict.fromkeys(words, "true"))


@dataclass
class FakeEngine:
    url: str
    images: dict[str, Image] = field(default_factory=dict)  # by name
    members: list[ClusterNode] = field(default_factory=list)
    unnamed: dict[str, Image] = field(default_factory=dict)  # by id
    written: dict[str, int] = field(default_factory=dict)  # bytes, by the image of what runs now
    tried: list[Trial] = field(default_factory=list)

    def arch(self) -> str:
        return "amd64"

    def nodes(self) -> list[ClusterNode]:
        return self.members

    def image(self, reference: str) -> Image | None:
        by_id = self.unnamed | {image.id: image for image in self.images.values()}
        found = self.images.get(reference) or by_id.get(reference)
        names = tuple(name for name, image in self.images.items() if found is not None and image.id == found.id)
        return None if found is None else replace(found, names=names)

    def history(self, image_id: str) -> list[Layer]:
        image = self.image(image_id)
        assert image is not None
        own = image.size - BASE_BYTES
        return [Layer("COPY / /", BASE_BYTES), Layer(f"LABEL {VARIANT_LABEL}=slim", 0), Layer("COPY /opt /opt", own)]

    def remove_image(self, image_id: str) -> None:
        del self.unnamed[image_id]

    def writable(self) -> dict[str, int]:
        return dict(self.written)

    def try_out(self, trial: Trial) -> Tried:
        self.tried.append(trial)
        return Tried(True, 7, "")


@dataclass
class FakeDocker:
    """The docker program and the engines it speaks to. `said` holds every command, as url and words."""

    engines: dict[str, FakeEngine] = field(default_factory=dict)
    pullable: set[str] = field(default_factory=set)
    said: list[tuple[str, ...]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    source: str = "first"  # what the images are built from
    when: str = "first"  # and when
    size: int = 17_000_000
    registry: dict[str, Image] = field(default_factory=dict)  # by word:tag
    lists: dict[str, dict[str, str]] = field(default_factory=dict)  # by word, what the registry was told of

    def engine(self, url: str) -> FakeEngine:
        return self.engines.setdefault(url, FakeEngine(url))

    def run(self, url: str, *words: str, told: Callable[[str], None] | None = None, **_more: Any) -> str:
        self.said.append((url, *words))
        if words[0] in self.broken:
            raise DockerError(f"{words[0]} does not work today")
        acts: dict[str, Callable[..., str]] = {
            "build": self._build, "pull": self._pull, "tag": self._tag, "push": self._push, "rmi": self._rmi,
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
        arch = words[words.index("--platform") + 1].split("/")[1] if "--platform" in words else "amd64"
        if "--iidfile" not in words:
            assert Path(words[-1], "root.tar").read_text() == "a root file system"
            engine.images[words[words.index("--tag") + 1]] = Image(sha(f"stand-in {arch}"), arch, 1, "now", "", ())
            return ""
        base, word = (next(told.removeprefix(key) for told in words if told.startswith(key)) for key in ("BASE=", "WORD="))
        holds = Content(arch, (sha(" ".join((base, word, words[words.index("--target") + 1], self.source))),), "{}")
        image = Image(sha(f"{holds} {self.when}"), arch, self.size, self.when, base, (), (), holds)
        if engine.image(image.id) is None:
            engine.unnamed[image.id] = image
        Path(words[words.index("--iidfile") + 1]).write_text(image.id)
        return ""

    def _pull(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        reference = words[-1]
        arch = words[words.index("--platform") + 1].split("/")[1] if "--platform" in words else "amd64"
        if "@" in reference:
            image = next(image for image in self.registry.values() if sha("manifest of " + image.id) in reference)
            engine.images[reference] = replace(image, digests=(reference,))
        elif reference in self.pullable:
            if (before := engine.images.get(reference)) is not None:  # it keeps its id, and loses its name
                engine.unnamed[before.id] = before
            repository = reference.partition(":")[0]
            engine.images[reference] = Image(sha(reference + arch), arch, 1, "now", "", (f"{repository}@{sha('manifest')}",))
        else:
            raise DockerError("no such host")
        return ""

    def _tag(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        image = engine.image(words[1])
        assert image is not None
        engine.images[words[2]] = image
        engine.unnamed.pop(image.id, None)
        return ""

    def _rmi(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        del engine.images[words[1]]
        return ""

    def _push(self, engine: FakeEngine, words: tuple[str, ...]) -> str:
        image = engine.images[words[1]]
        digest = sha("manifest of " + image.id)
        there = replace(image, digests=(f"{words[1].rpartition(':')[0]}@{digest}",))
        for name in [name for name, one in engine.images.items() if one.id == image.id]:
            engine.images[name] = there
        self.registry[words[1].rpartition("/")[2]] = image
        return f"latest: digest: {digest} size: 1234\n"

    def manifest(self, _registry: str, word: str, reference: str) -> Manifest | None:
        image = self.registry.get(f"{word}:{reference}")
        return None if image is None else Manifest(sha("manifest of " + image.id), "", 0, {"image": image})

    def content(self, _registry: str, _word: str, found: Manifest) -> Content:
        content: Content = found.body["image"].content
        return content

    def push_list(self, _registry: str, word: str, _tag: str, digests: Mapping[str, str]) -> str:
        self.lists[word] = dict(digests)
        return sha(f"list {sorted(digests.items())}")


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    fake = FakeDocker()
    monkeypatch.setattr(docker_program, "run", fake.run)
    monkeypatch.setattr(docker_program, "stream", fake.stream)
    for name in ("manifest", "content", "push_list"):
        monkeypatch.setattr(images_registry, name, getattr(fake, name))
    for module in (images_budget, images_build, images_sbom, images_ls, images_push, push_command):
        monkeypatch.setattr(module, "Engine", fake.engine)
    return fake
