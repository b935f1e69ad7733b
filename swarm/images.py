"""What is said to docker to make, name and move images, and what images.lock becomes of it. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from swarm.engine import ClusterNode
from swarm.engine_images import Image
from swarm.errors import InputError
from swarm.images_lock import ImagesLock
from swarm.words import Word

NAMESPACE = "nanoswarm"
_PUSHED = re.compile(r"digest: (sha256:[0-9a-f]{64})")
_STEP = re.compile(r"#\d+ \[(?P<stage>\S+) +(?P<step>\d+/\d+)\]")
_FAILED = re.compile(r"#(?P<n>\d+) ERROR")
_SAID = re.compile(r"#(?P<n>\d+) \d+\.\d+ (?P<text>.*)")
_MOST_LINES = 8


def name_of(word: str, registry: str | None = None) -> str:
    """`nanoswarm/presence`, as service.yml has it; with a registry what it is called there."""
    return f"{NAMESPACE}/{word}" if registry is None else f"{registry}/{NAMESPACE}/{word}"


@dataclass(frozen=True)
class Recipe:
    """`root` holds the sources; `base` is the image to build on, `base_says` what the result says of it; `authorities`
    is a file of certificates for pip, `passed` the environment's variables that a build is to see (proxies)."""

    root: Path
    base: str
    base_says: str
    authorities: Path | None = None
    passed: tuple[str, ...] = ()

    def command(self, word: Word) -> tuple[str, ...]:
        """What docker is told. The host's network: a build reaches what the engine's machine reaches, on every site."""
        told = {"PYTHON_IMAGE": self.base, "WORD": word.name, "EXTRAS": ",".join(word.extras), "BASE": self.base_says}
        values = [f"{key}={value}" for key, value in told.items()] + list(self.passed)
        arguments = [part for value in values for part in ("--build-arg", value)]
        secret = ["--secret", f"id=ca,src={self.authorities}"] if self.authorities else []
        return (
            "build", "--progress", "plain", "--network", "host", "--file", str(self.root / "dockerfiles/Dockerfile"),
            *arguments, *secret, "--tag", name_of(word.name), str(self.root),
        )  # fmt: skip


def chosen(names: Iterable[str], words: Mapping[str, Word]) -> list[Word]:
    """The services that are meant: all when none is named. InputError names those that there are not."""
    unknown = [name for name in names if name not in words]
    if unknown:
        raise InputError([f"there is no service {name}; there are: {', '.join(words)}" for name in unknown])
    wanted = set(names) or set(words)
    return [word for name, word in words.items() if name in wanted]


def step_of(line: str) -> str | None:
    """Where a build is, from a line of BuildKit's: `libraries 3/3`."""
    found = _STEP.match(line)
    return f"{found['stage']} {found['step']}" if found else None


def why_failed(lines: Iterable[str]) -> str:
    """What the step that failed said, from all that BuildKit said; nothing when none failed."""
    lines = list(lines)
    failed = [found["n"] for line in lines if (found := _FAILED.match(line))]
    said = [found["text"] for line in lines if (found := _SAID.match(line)) and found["n"] in failed[-1:]]
    return "\n".join(said[-_MOST_LINES:] or (lines[-_MOST_LINES:] if failed else []))


def pushed_digest(output: str) -> str | None:
    """The manifest's digest, from what `docker push` prints."""
    found = _PUSHED.findall(output)
    return found[-1] if found else None


def merged(old: ImagesLock | None, registry: str | None, made: Mapping[str, Image], digests: Mapping[str, str]) -> ImagesLock:
    """images.lock with these digests of what was made. Of the old one stays what is in the same place."""
    kept = old.images if old is not None and old.registry == registry else {}
    found = {word: dict(by_arch) for word, by_arch in kept.items()}
    for word, digest in digests.items():
        found.setdefault(word, {})[made[word].arch] = digest
    bases = {image.base or "an unknown base" for image in made.values()}
    return ImagesLock(" and ".join(sorted(bases)), registry, found)


@dataclass(frozen=True)
class Delivery:
    """The words that a node is to have, and how its engine is reached."""

    node: str
    url: str
    words: tuple[str, ...]


def deliveries(words: Iterable[str], arch: str, nodes: Iterable[ClusterNode], urls: Mapping[str, str]) -> list[Delivery]:
    """Which node gets which words: those that its labels say it runs. InputError names every node that cannot get them."""
    problems: list[str] = []
    found: list[Delivery] = []
    for node in nodes:
        wanted = tuple(word for word in words if node.labels.get(word) == "true")
        if not wanted:
            continue
        if node.image_arch != arch:
            problems.append(f"{node.name} is {node.arch}, and these images are {arch}; build them on a node of its kind")
        elif node.name not in urls:
            problems.append(
                f"{node.name} runs {' '.join(wanted)}, and .nanoswarm/context does not say how to reach its engine; "
                "join it with nanoswarm cluster join, or push to a registry"
            )
        else:
            found.append(Delivery(node.name, urls[node.name], wanted))
    if problems:
        raise InputError(problems)
    return found
