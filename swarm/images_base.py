"""What images are made on: the official image where it is or can be pulled, else a stand-in of Debian's packages."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from swarm import docker_program
from swarm.engine import Engine
from swarm.engine_images import Image
from swarm.errors import DockerError
from swarm.images import Kind

OFFICIAL = "python:3.13-alpine"
FULL = "python:3.13"  # what the paper calls official: Debian, with all that Python may ever need
STAND_IN = "nanoswarm/base:debian-13"
PULL_S = 180.0
_MAKE_S = 900.0
_DEBIAN_ARCH = {"amd64": "amd64", "arm64": "arm64", "arm": "armhf"}
_INSTALL = ("sh", "-c", "apt-get -qq update; exec apt-get -qq install --no-install-recommends mmdebstrap")
_DOCKERFILE = """FROM scratch
ADD root.tar /
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin LANG=C.UTF-8
"""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Base:
    """`reference`: what the engine calls it; `says`: what images.lock, labels and outputs call it."""

    reference: str
    says: str

    @property
    def is_stand_in(self) -> bool:
        return is_stand_in(self.says)


def is_stand_in(says: str) -> bool:
    return says.startswith(STAND_IN)


def was_pulled(says: str) -> bool:
    """Whether what images say of their base names the digest by which it came out of a registry."""
    return "@" in says


def official(variant: str) -> str:
    """What that variant is built on, unless somebody says otherwise."""
    return FULL if variant == "official" else OFFICIAL


def named(reference: str, image: Image) -> str:
    """What images on this base say of it: the digest that it was pulled by, else that it was not pulled, and its id."""
    if is_stand_in(reference):
        return f"{reference} (a stand-in, {_short(image.id)})"
    repository = reference.rpartition(":")[0] or reference
    for digest in image.digests:
        if digest.startswith(f"{repository}@"):
            return f"{reference}@{digest.partition('@')[2]}"
    return f"{reference} (not pulled, {_short(image.id)})"


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:12]


def local(reference: str, kind: Kind) -> str:
    """What the engine calls it: a foreign architecture's has a name of its own, as a tag means one image."""
    if kind.arch == kind.native:
        return reference
    if reference == STAND_IN:
        return f"{STAND_IN}-{kind.arch}"
    return f"nanoswarm/base:{re.sub('[^a-z0-9.]+', '-', reference)}-{kind.arch}"


def there(engine: Engine, reference: str, kind: Kind) -> Base | None:
    """The base, if the engine has it for that architecture; under the name of its own, or under the one everybody uses."""
    for name in dict.fromkeys((local(reference, kind), reference)):
        image = engine.image(name)
        if image is not None and image.arch == kind.arch:
            return Base(name, named(reference, image))
    return None


def find(engine: Engine, reference: str, kind: Kind, root: Path, say: Say) -> Base:
    """The base on that engine: the one that is there, else pulled, else (for an official one) a stand-in, made when needed.

    DockerError says what was tried, and what to do.
    """
    if found := there(engine, reference, kind):
        return found
    for_whom = "" if kind.arch == kind.native else f" for {kind.arch}"
    say(f"{reference} is not there{for_whom}; pulling it ...")
    try:
        _pull(engine, reference, kind)
    except DockerError as error:
        if reference not in (OFFICIAL, FULL):
            raise DockerError(f"{error}\nname a base that is there or can be pulled: --base {OFFICIAL}") from None
        say(f"It cannot be pulled: {_last_line(error)}")
        if there(engine, STAND_IN, kind) is None:
            _make(engine, kind, root, say, error)
        reference = STAND_IN
    found = there(engine, reference, kind)
    if found is None:
        raise DockerError(f"{engine.url} was given {reference} and does not have it{for_whom}; is its disk full?")
    return found


def builder(engine: Engine, base: Base, reference: str, kind: Kind, root: Path, say: Say) -> Base | None:
    """For images of another architecture: what builds them here, with the same Python. None for the engine's own."""
    if kind.arch == kind.native:
        return None
    own = Kind(kind.variant, kind.native, kind.native)
    if not base.is_stand_in:
        return find(engine, reference, own, root, say)
    if there(engine, STAND_IN, own) is None:
        _make(engine, own, root, say, DockerError(f"{reference} cannot be had for {kind.arch}"))
    return there(engine, STAND_IN, own)


def _pull(engine: Engine, reference: str, kind: Kind) -> None:
    """A foreign one takes the tag, which is given back to the engine's own."""
    if kind.arch == kind.native:
        docker_program.run(engine.url, "pull", "--quiet", reference, within_s=PULL_S)
        return
    before = engine.image(reference)
    docker_program.run(engine.url, "pull", "--quiet", "--platform", kind.platform, reference, within_s=PULL_S)
    docker_program.run(engine.url, "tag", reference, local(reference, kind))
    if before is not None:
        docker_program.run(engine.url, "tag", before.id, reference)
    else:
        docker_program.run(engine.url, "rmi", reference)


def _make(engine: Engine, kind: Kind, root: Path, say: Say, why: DockerError) -> None:
    """Make the stand-in here and give it to the engine."""
    if os.geteuid() != 0:
        raise DockerError(
            f"{why}\na stand-in for it is made as root: sudo $(which nanoswarm) images build; or load it: docker load"
        )
    if shutil.which("mmdebstrap") is None:
        say("Installing mmdebstrap, to make a stand-in ...")
        _call(_INSTALL, why)
    if kind.arch not in _DEBIAN_ARCH:
        raise DockerError(f"{why}\nthere is no stand-in for {kind.arch}; load the official image: docker load")
    say("Making a stand-in of Debian's packages ...")
    with tempfile.TemporaryDirectory() as folder:
        _call(("sh", str(root / "dockerfiles/standin.sh"), _DEBIAN_ARCH[kind.arch], folder), why)
        (Path(folder) / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
        words = ("build", "--quiet", "--platform", kind.platform, "--tag", local(STAND_IN, kind), folder)
        docker_program.run(engine.url, *words)


def _call(command: tuple[str, ...], why: DockerError) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_MAKE_S)  # noqa: S603  # our own words
    except FileNotFoundError:
        raise DockerError(f"{why}\nand there is no {command[0]} to make a stand-in with; load the image: docker load") from None
    except subprocess.TimeoutExpired:
        raise DockerError(f"{why}\nand `{command[0]}` was not done within {_MAKE_S:g} s, to make a stand-in") from None
    except subprocess.CalledProcessError as error:
        told = "\n".join(error.stderr.strip().splitlines()[-4:])
        raise DockerError(f"{why}\nand no stand-in can be made: {told or error.returncode}") from None


def _last_line(error: DockerError) -> str:
    return str(error).strip().splitlines()[-1]
