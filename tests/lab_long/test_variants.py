"""The published variants beside our own, and the architectures of other Pis: all run, answer CoAP, and end when told."""

import json
import os
from pathlib import Path

import pytest

from swarm import images_base
from tests.lab.alone import NO_RIGHTS, NOBODYS, WORDS, running
from tests.lab.conftest import Lab

EMULATORS = {"arm64": "qemu-aarch64", "arm": "qemu-arm"}
EMULATED_S = 120.0


@pytest.fixture(scope="module")
def base(images: Lab) -> str:
    there = [name for name in (images_base.OFFICIAL, images_base.STAND_IN) if images.manager.image(name)]
    return there[0]


@pytest.fixture(scope="module", params=["multistage", "alpine", "official"])
def variant(images: Lab, base: str, request: pytest.FixtureRequest) -> str:
    """All services of it, on the lab's base: as this is what can be had here, also for `official`."""
    name = str(request.param)
    images.done("images", "build", "--variant", name, "--base", base, "--lock", "variant.lock", timeout_s=600)
    return name


@pytest.mark.parametrize("word", WORDS)
def test_published_variant_passes_the_same_test(images: Lab, variant: str, word: str, tmp_path: Path) -> None:
    with running(images, word, f"nanoswarm/{word}:{variant}", tmp_path, *NOBODYS) as container:
        container.until_alive()
        container.answers(word)
        container.ends_when_told()
        assert container.written() == []


@pytest.fixture(scope="module", params=EMULATORS)
def arch(images: Lab, request: pytest.FixtureRequest) -> str:
    """All services for it, built without running anything of it."""
    name = str(request.param)
    lock = ("--lock", "foreign.lock")
    told = json.loads(images.done("images", "build", "--arch", name, "--json", *lock, timeout_s=900))
    assert {row["service"] for row in told["images"]} == set(WORDS) and {row["arch"] for row in told["images"]} == {name}
    return name


def _can_run(arch: str) -> None:
    if Path("/proc/sys/fs/binfmt_misc", EMULATORS[arch]).exists():
        return
    reason = f"nothing runs programs of {arch} here: apt-get install qemu-user-static binfmt-support"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize("word", WORDS)
def test_service_runs_on_another_architecture_too(images: Lab, arch: str, word: str, tmp_path: Path) -> None:
    """Under an emulator: correctness only, and with patience."""
    _can_run(arch)
    platform = {"arm64": "linux/arm64", "arm": "linux/arm/v7"}[arch]
    how = (*NO_RIGHTS, "--platform", platform)
    with running(images, word, f"nanoswarm/{word}:slim-{arch}", tmp_path, *how) as container:
        container.until_alive(EMULATED_S)
        container.answers(word)
        assert container.inside("python3", "-c", "import struct; print(struct.calcsize('P'))") == (
            "8" if arch == "arm64" else "4"
        )
        container.ends_when_told()
        assert container.written() == []
