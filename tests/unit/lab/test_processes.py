"""Processes that are known by pid and start time, and what is the lab's told without any record."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from swarm.errors import LabError
from swarm.lab import processes
from swarm.lab.processes import Started, is_in_cgroup


@pytest.fixture(autouse=True)
def own_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab that may be up on this machine is none of ours."""
    monkeypatch.setattr(processes, "MARK", f"NANOSWARM_LAB_TEST_{os.getpid()}")
    monkeypatch.setattr(processes, "is_in_cgroup", lambda told, name: False)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Started]:
    started = processes.start("sleeper", ["sleep", "600"], tmp_path / "log")
    yield started
    started.tell(signal.SIGKILL)
    reap(started)


def reap(process: Started) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, 0)


def test_process_runs_until_it_has_ended(sleeper: Started) -> None:
    assert sleeper.runs()
    sleeper.tell(signal.SIGKILL)
    reap(sleeper)
    assert not sleeper.runs()


def test_process_that_ended_but_was_not_taken_note_of_does_not_run(sleeper: Started) -> None:
    os.kill(sleeper.pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while sleeper.runs():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_another_process_with_the_same_number_is_left_alone(sleeper: Started) -> None:
    earlier = replace(sleeper, since=sleeper.since - 1)
    assert not earlier.runs()
    earlier.tell(signal.SIGKILL)
    time.sleep(0.05)
    assert sleeper.runs()


def test_what_it_says_is_in_its_log_and_is_added_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for word in ("one", "two"):
        reap(processes.start("teller", ["sh", "-c", f"echo {word}; echo {word}-aside >&2"], log))
    assert log.read_text().split() == ["one", "one-aside", "two", "two-aside"]


def test_process_has_a_session_of_its_own_and_the_given_environment(tmp_path: Path) -> None:
    log = tmp_path / "log"
    told = "import os; print(os.getsid(0) == os.getpid(), os.environ['GREETING'])"
    reap(processes.start("teller", [sys.executable, "-c", told], log, {"GREETING": "hello"}))
    assert log.read_text().split() == ["True", "hello"]


def test_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no-such-program"):
        processes.start("x", ["no-such-program"], tmp_path / "log")


def test_everything_that_was_started_is_ours_and_so_are_its_children_even_orphaned(tmp_path: Path) -> None:
    parent = processes.start("parent", ["sh", "-c", "sleep 600 & sleep 600 & exit 0"], tmp_path / "log")
    reap(parent)
    assert len(processes.ours()) == 2
    processes.kill_all()
    assert processes.ours() == []


def test_what_others_started_is_not_ours(sleeper: Started) -> None:
    with subprocess.Popen(["sleep", "600"]) as other:
        try:
            assert [process.pid for process in processes.ours()] == [sleeper.pid]
            processes.kill_all()
            assert other.poll() is None
        finally:
            other.kill()


def test_stopped_process_is_ended_too(sleeper: Started) -> None:
    sleeper.tell(signal.SIGSTOP)
    processes.kill_all()
    assert not sleeper.runs()


def test_what_one_node_started_is_ended_alone(sleeper: Started, tmp_path: Path) -> None:
    parent = processes.start("sleeper-2", ["sh", "-c", "sleep 600 & exit 0"], tmp_path / "log")
    reap(parent)
    assert [process.pid for process in processes.ours("sleeper")] == [sleeper.pid]
    processes.kill_all(name="sleeper-2")
    assert sleeper.runs()
    assert [process.pid for process in processes.ours()] == [sleeper.pid]


def test_we_are_never_ours(sleeper: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "is_in_cgroup", lambda told, name: True)  # as if all of this machine were in the lab
    assert os.getpid() not in [process.pid for process in processes.ours()]


@pytest.mark.parametrize(
    ("told", "is_ours"),
    [
        ("0::/nanoswarm-lab/0123abcd\n", True),
        ("0::/nanoswarm-lab/buildkit/0123abcd\n", True),
        ("9:memory:/\n8:pids:/machine/nanoswarm-lab/0123\n0::/\n", True),
        ("0::/nanoswarm-laboratory/0123\n", False),
        ("0::/docker/0123\n", False),
        ("0::/user.slice/my-nanoswarm-lab/x\n", False),
        ("", False),
    ],
)
def test_containers_of_the_lab_are_told_by_their_control_group(told: str, is_ours: bool) -> None:
    assert is_in_cgroup(told) is is_ours


@pytest.mark.parametrize(
    ("told", "is_its"),
    [
        ("0::/nanoswarm-lab/pi-1/0123abcd\n", True),
        ("9:memory:/\n8:pids:/machine/nanoswarm-lab/pi-1/buildkit/0123\n0::/\n", True),
        ("0::/nanoswarm-lab/pi-10/0123\n", False),
        ("0::/nanoswarm-lab/0123\n", False),
        ("0::/pi-1/nanoswarm-lab/0123\n", False),
    ],
)
def test_containers_of_one_node_are_told_by_theirs(told: str, is_its: bool) -> None:
    assert is_in_cgroup(told, "pi-1") is is_its
