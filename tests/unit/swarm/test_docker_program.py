"""The door to the docker program, with a program of our own in its place."""

import stat
from pathlib import Path

import pytest

from swarm import docker_program
from swarm.errors import DockerError

URL = "unix:///nowhere/docker.sock"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker program whose first word is the shell script that it runs."""
    program = tmp_path / "docker"
    program.write_text('#!/bin/sh\nscript=$1\nshift\neval "$script"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(docker_program, "_FIRST", str(tmp_path))
    return program


def test_output_is_what_the_program_prints(docker: Path) -> None:
    assert docker_program.run(URL, 'echo "$@"', "a b", "c") == "a b c\n"


def test_it_speaks_to_the_engine_that_is_named_and_to_no_other(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere")
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    said = docker_program.run(URL, 'echo "$DOCKER_HOST $DOCKER_BUILDKIT ${DOCKER_CONTEXT-none} $MORE"', env={"MORE": "yes"})
    assert said == f"{URL} 1 none yes\n"


def test_what_is_given_to_it_arrives_whole(docker: Path) -> None:
    given = "line of a stack\n" * 20_000
    assert docker_program.run(URL, "cat", stdin=given) == given


def test_program_that_reads_nothing_and_ends_well_has_done_well(docker: Path) -> None:
    assert docker_program.run(URL, "echo done", stdin=b"x" * 1_000_000) == "done\n"


def test_failure_says_what_was_asked_of_whom_and_the_last_lines(docker: Path) -> None:
    with pytest.raises(DockerError) as told:
        docker_program.run(URL, "for n in $(seq 30); do echo line $n >&2; done; echo out; exit 3")
    assert URL in str(told.value)
    assert "line 30" in str(told.value)
    assert "line 20\n" not in str(told.value)


def test_failure_does_not_repeat_what_was_given(docker: Path) -> None:
    with pytest.raises(DockerError) as told:
        docker_program.run(URL, "cat >/dev/null; exit 1", stdin="the secret")
    assert "the secret" not in str(told.value)


def test_each_line_it_says_is_told_as_it_comes(docker: Path) -> None:
    lines: list[str] = []
    docker_program.run(URL, "echo one >&2; echo two >&2; echo three", told=lines.append)
    assert lines == ["one", "two"]


def test_what_takes_too_long_is_ended(docker: Path) -> None:
    with pytest.raises(DockerError, match=r"not done within 0.2 s"):
        docker_program.run(URL, "exec sleep 30", within_s=0.2)


def test_absent_program_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(docker_program, "_FIRST", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DockerError, match=r"apt-get install docker\.io"):
        docker_program.run(URL, "version")


def test_stream_joins_two_programs(docker: Path) -> None:
    said = docker_program.stream((URL, ["seq 100000"]), (URL, ["wc -l"]))
    assert said.split() == ["100000"]


@pytest.mark.parametrize(
    ("give", "take", "why"),
    [
        ("echo half; echo no such image >&2; exit 1", "cat", "no such image"),
        ("cat /dev/zero", "head -c 10 >/dev/null; echo disk is full >&2; exit 1", "disk is full"),
    ],
)
def test_stream_names_the_end_that_failed(docker: Path, give: str, take: str, why: str) -> None:
    with pytest.raises(DockerError, match=why):
        docker_program.stream((URL, [give]), (URL, [take]))


def test_stream_leaves_no_descriptor_open(docker: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    docker_program.stream((URL, ["echo a"]), (URL, ["cat"]))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_dry_run_shows_what_can_be_typed() -> None:
    assert docker_program.shown(URL, "tag", "a b") == f"docker --host {URL} tag 'a b'"
