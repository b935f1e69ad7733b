"""The one Dockerfile: only what the oldest engine's builder knows; and what it installs is what setup.cfg says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from swarm.words import discover

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "dockerfiles/Dockerfile").read_text()
INSTRUCTIONS = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#"))


def requirements(extras: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "dockerfiles/requirements.py"), str(ROOT / "setup.cfg"), extras]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


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


@pytest.mark.parametrize("word", sorted(discover()))
def test_every_service_finds_its_requirements(word: str) -> None:
    done = requirements(",".join(discover()[word].extras))
    assert done.returncode == 0, done.stderr
    assert "aiocoap == 0.4.17" in done.stdout


def test_requirements_are_those_of_the_extras_and_no_others() -> None:
    names = {re.split(r"[ <>=]", line)[0] for line in requirements("web,sql").stdout.splitlines()}
    assert names == {"aiocoap", "flask", "waitress", "pymysql"}


def test_equal_needs_are_equal_texts() -> None:
    assert requirements("web,sql").stdout == requirements("sql,web,sql").stdout


def test_unknown_extra_is_refused_by_name() -> None:
    done = requirements("webb")
    assert done.returncode == 1
    assert "no extra called webb" in done.stderr


def test_builder_is_sent_the_services_and_not_the_rest() -> None:
    sent = (ROOT / "dockerfiles/Dockerfile.dockerignore").read_text().splitlines()
    assert sent[0] == "*"
    assert {line for line in sent if line.startswith("!")} == {"!setup.cfg", "!dockerfiles/requirements.py", "!nanoservices"}
