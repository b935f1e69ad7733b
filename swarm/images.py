"""How images are called, and what is said to docker to make and name them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.engine import ClusterNode
from swarm.engine_images import Image
from swarm.errors import InputError
from swarm.images_lock import ARCHES, ImagesLock
from swarm.words import Word

NAMESPACE = "nanoswarm"
VARIANTS = ("slim", "multistage", "alpine", "official")  # stages of dockerfiles/Dockerfile
SLIM = VARIANTS[0]  # what the stack runs; the others are for comparison
_PLATFORMS = {"amd64": "linux/amd64", "arm64": "linux/arm64", "arm": "linux/arm/v7"}
_PUSHED = re.compile(r"digest: (sha256:[0-9a-f]{64})")

Made = dict[str, dict[str, Image]]  # by word and architecture


@dataclass(frozen=True)
class Kind:
    """Which images are meant. `native`: the architecture of the engine that builds, whose images bear the plain names."""

    variant: str
    arch: str
    native: str

    def name(self, word: str) -> str:
        """`nanoswarm/presence`, as service.yml has it; of another variant or architecture with a tag that says so."""
        if self.arch != self.native:
            return f"{NAMESPACE}/{word}:{self.variant}-{self.arch}"
        return f"{NAMESPACE}/{word}" + ("" if self.variant == SLIM else f":{self.variant}")

    def names(self, word: str) -> list[str]:
        """All that such an image is called."""
        return list(
            dict.fromkeys([self.name(word), f"{NAMESPACE}/{word}:{self.variant}"][: 2 if self.arch == self.native else 1])
        )

    def pushed(self, word: str, registry: str) -> str:
        """What it is called in a registry; what runs is meant by its digest."""
        return f"{registry}/{NAMESPACE}/{word}:{self.variant}-{self.arch}"

    @property
    def platform(self) -> str:
        return _PLATFORMS[self.arch]


def kind(variant: str, arch: str | None, native: str) -> Kind:
    """InputError when there is no such variant or architecture."""
    problems = []
    if variant not in VARIANTS:
        problems.append(f"there is no variant {variant}; there are: {', '.join(VARIANTS)}")
    if arch is not None and arch not in ARCHES:
        problems.append(f"images are not built for {arch}; they are for: {', '.join(ARCHES)} (arm is arm/v7)")
    if problems:
        raise InputError(problems)
    return Kind(variant, arch or native, native)


def kinds(variants: Sequence[str], arches: Sequence[str], native: str) -> list[Kind]:
    """Every variant for every architecture. InputError holds each that there is not."""
    found, problems = [], []
    for variant in variants or (SLIM,):
        for arch in arches or (native,):
            try:
                found.append(kind(variant, arch, native))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Recipe:
    """`root` holds the sources; `base` is the image to build on, `base_says` what the result says of it; `builder` the same
    image for the machine that builds, when it builds for another; `authorities` is a file of certificates for pip,
    `passed` the environment's variables that a build is to see (proxies)."""

    root: Path
    kind: Kind
    base: str
    base_says: str
    authorities: Path | None = None
    passed: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    builder: str | None = None
    fresh: bool = False  # from nothing but the base, whatever the builder remembers

    def command(self, word: Word, output: Sequence[str]) -> tuple[str, ...]:
        """What docker is told. The host's network: a build reaches what the engine's machine reaches, on every site.

        `output`: ("--tag", NAME), or ("--iidfile", FILE) for an image without a name.
        """
        told = {"PYTHON_IMAGE": self.base, "WORD": word.name, "EXTRAS": ",".join(word.extras), "BASE": self.base_says}
        if self.builder is not None:
            told["BUILDER_IMAGE"] = self.builder
        values = [f"{key}={value}" for key, value in told.items()] + list(self.passed)
        arguments = [part for value in values for part in ("--build-arg", value)]
        labels = [part for key, value in sorted((self.labels or {}).items()) for part in ("--label", f"{key}={value}")]
        secret = ["--secret", f"id=ca,src={self.authorities}"] if self.authorities else []
        foreign = ["--platform", self.kind.platform] if self.kind.arch != self.kind.native else []
        return (
            "build", "--progress", "plain", "--network", "host", "--file", str(self.root / "dockerfiles/Dockerfile"),
            "--target", self.kind.variant, *foreign, *["--no-cache"] * self.fresh,
            *arguments, *labels, *secret, *output, str(self.root),
        )  # fmt: skip

    def by_hand(self, word: Word) -> tuple[str, ...]:
        """The same, for somebody who types it."""
        return self.command(word, [part for name in self.kind.names(word.name) for part in ("--tag", name)])


def chosen(names: Iterable[str], words: Mapping[str, Word]) -> list[Word]:
    """The services that are meant: all when none is named. InputError names those that there are not."""
    unknown = [name for name in names if name not in words]
    if unknown:
        raise InputError([f"there is no service {name}; there are: {', '.join(words)}" for name in unknown])
    wanted = set(names) or set(words)
    return [word for name, word in words.items() if name in wanted]


def pushed_digest(output: str) -> str | None:
    """The manifest's digest, from what `docker push` prints."""
    found = _PUSHED.findall(output)
    return found[-1] if found else None


def merged(
    old: ImagesLock | None,
    registry: str | None,
    made: Made,
    digests: Mapping[str, Mapping[str, str]],
    lists: Mapping[str, str] | None = None,
) -> ImagesLock:
    """images.lock with these digests (by word and architecture) of what was made, and these lists of them (by word).

    Of the old one stays what is in the same place; a list only when nothing that it lists has changed.
    """
    kept = old.images if old is not None and old.registry == registry else {}
    found = {word: {**kept.get(word, {}), **digests.get(word, {})} for word in [*kept, *digests]}
    listed = {word: digest for word, digest in (old.lists if old else {}).items() if word in kept and found[word] == kept[word]}
    bases = {image.base or "an unknown base" for by_arch in made.values() for image in by_arch.values()}
    return ImagesLock(" and ".join(sorted(bases)), registry, found, listed | dict(lists or {}))


@dataclass(frozen=True)
class Delivery:
    """The words that a node is to have, for its architecture, and how its engine is reached."""

    node: str
    url: str
    words: tuple[str, ...]
    arch: str


def deliveries(made: Made, nodes: Iterable[ClusterNode], urls: Mapping[str, str]) -> list[Delivery]:
    """Which node gets which words: those that its labels say it runs. InputError names every node that cannot get them."""
    problems: list[str] = []
    found: list[Delivery] = []
    for node in nodes:
        wanted = tuple(word for word in made if node.labels.get(word) == "true")
        lacking = [word for word in wanted if node.image_arch not in made[word]]
        if lacking:
            problems.append(
                f"{node.name} is {node.arch}, and there is no image of {' '.join(lacking)} for it; "
                f"nanoswarm images build --arch {node.image_arch} {' '.join(lacking)}"
            )
        elif wanted and node.name not in urls:
            problems.append(
                f"{node.name} runs {' '.join(wanted)}, and .nanoswarm/context does not say how to reach its engine; "
                "join it with nanoswarm cluster join, or push to a registry"
            )
        elif wanted:
            found.append(Delivery(node.name, urls[node.name], wanted, node.image_arch))
    if problems:
        raise InputError(problems)
    return found
