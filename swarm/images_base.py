"""What images are made on: the official image where it is or can be pulled, else a stand-in of Debian's packages."""

import os
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

OFFICIAL = "python:3.13-alpine"
STAND_IN = "nanoswarm/base:debian-13"
PULL_S = 180.0
_MAKE_S = 900.0
_DEBIAN_ARCH = {"amd64": "amd64", "arm64": "arm64", "arm": "armhf"}
_INSTALL = ("sh", "-c", "apt-get -qq update; exec apt-get -qq install --no-install-recommends mmdebstrap")
_CONFIG = ("PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin", "LANG=C.UTF-8")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Base:
    """`reference`: what the engine calls it; `says`: what images.lock, labels and outputs call it."""

    reference: str
    says: str

    @property
    def is_stand_in(self) -> bool:
        return self.reference == STAND_IN


def named(reference: str, image: Image) -> str:
    """What images on this base say of it: the digest that it was pulled by, else that it was not pulled, and its id."""
    if reference == STAND_IN:
        return f"{STAND_IN} (a stand-in, {_short(image.id)})"
    repository = reference.rpartition(":")[0] or reference
    for digest in image.digests:
        if digest.startswith(f"{repository}@"):
            return f"{reference}@{digest.partition('@')[2]}"
    return f"{reference} (not pulled, {_short(image.id)})"


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:12]


def find(engine: Engine, reference: str, root: Path, say: Say) -> Base:
    """The base on that engine: the one that is there, else pulled, else (for the official one) a stand-in, made when needed.

    DockerError says what was tried, and what to do.
    """
    if image := engine.image(reference):
        return Base(reference, named(reference, image))
    say(f"{reference} is not there; pulling it ...")
    try:
        docker_program.run(engine.url, "pull", "--quiet", reference, within_s=PULL_S)
    except DockerError as error:
        if reference != OFFICIAL:
            raise DockerError(f"{error}\nname a base that is there or can be pulled: --base {OFFICIAL}") from None
        say(f"It cannot be pulled: {_last_line(error)}")
        if engine.image(STAND_IN) is None:
            _make(engine, root, say, error)
        reference = STAND_IN
    image = engine.image(reference)
    if image is None:
        raise DockerError(f"{engine.url} was given {reference} and does not have it; is its disk full?")
    return Base(reference, named(reference, image))


def _make(engine: Engine, root: Path, say: Say, why: DockerError) -> None:
    """Make the stand-in here, for the engine's architecture, and give it to the engine."""
    if os.geteuid() != 0:
        raise DockerError(f"{why}\na stand-in for it is made as root: sudo nanoswarm images build; or load it: docker load")
    if shutil.which("mmdebstrap") is None:
        say("Installing mmdebstrap, to make a stand-in ...")
        _call(_INSTALL, why)
    arch = engine.arch()
    if arch not in _DEBIAN_ARCH:
        raise DockerError(f"{why}\nthere is no stand-in for {arch}; load the official image: docker load")
    say("Making a stand-in of Debian's packages ...")
    with tempfile.TemporaryDirectory() as folder:
        _call(("sh", str(root / "dockerfiles/standin.sh"), _DEBIAN_ARCH[arch], folder), why)
        config = [part for value in _CONFIG for part in ("--change", f"ENV {value}")]
        docker_program.run(engine.url, "import", *config, f"{folder}/root.tar", STAND_IN)


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
