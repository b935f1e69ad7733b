"""Two admins at once: one works, the other hears who; what was broken off is taken over, and only that."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from swarm import cluster_lock
from swarm.engine_stack import Named
from swarm.errors import DeployError, EngineError


class FakeSwarm:
    """A Swarm's configs, one of each name, with versions. tests/lab/test_backup.py has a real one say the same."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.api = self

    @contextlib.contextmanager
    def asked(self) -> Iterator["FakeSwarm"]:
        yield self

    def create_config(self, name: str, _data: bytes, labels: dict[str, str]) -> None:
        if name in self.held:
            raise EngineError("name conflicts with an existing object", 409)
        self.held[name] = {"ID": name, "Version": {"Index": 1}, "Spec": {"Name": name, "Labels": dict(labels)}}

    def configs(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        return [attrs for name, attrs in self.held.items() if filters["name"] in name]

    def inspect_config(self, name: str) -> dict[str, Any]:
        return self.held[name]

    def remove_config(self, name: str) -> None:
        if self.held.pop(name, None) is None:
            raise EngineError("not found", 404)

    def _url(self, text: str, name: str) -> str:
        return name

    def _post_json(self, name: str, data: dict[str, Any], params: dict[str, int]) -> None:
        assert params["version"] == self.held[name]["Version"]["Index"]
        self.held[name] = {**self.held[name], "Spec": data}

    def _raise_for_status(self, _answer: object) -> None: ...


@pytest.fixture
def swarm() -> Any:
    return FakeSwarm()


def test_while_one_works_another_hears_who_and_what(swarm: Any) -> None:
    with cluster_lock.held(swarm, "restore auth"):
        refused = pytest.raises(DeployError, match=r"is at work on this cluster since .*: restore auth")
        with refused, cluster_lock.held(swarm, "terminate --all"):
            raise AssertionError("both are at work")
    assert swarm.held == {}
    with cluster_lock.held(swarm, "terminate --all"):
        pass


def test_what_a_killed_process_of_this_machine_left_is_taken_over_with_its_journal(swarm: Any) -> None:
    with cluster_lock.held(swarm, "restore auth") as lock:
        lock.step(unit="an id")
        left = dict(swarm.held[cluster_lock.NAME]["Spec"]["Labels"])
    process = left[cluster_lock.PID].split()
    left[cluster_lock.PID] = " ".join([*process[:2], "1", "another start"[:7]])
    swarm.create_config(cluster_lock.NAME, b"", left)
    with cluster_lock.held(swarm, "restore auth") as lock:
        assert cluster_lock.steps(lock.before) == {"unit": "an id"}


def test_what_another_machine_left_is_taken_over_only_when_that_is_said(swarm: Any) -> None:
    there = {cluster_lock.WHO: "eve@elsewhere", cluster_lock.HOST: "elsewhere", cluster_lock.PID: "boot pid 7 8"}
    swarm.create_config(cluster_lock.NAME, b"", there)
    with pytest.raises(DeployError, match=r"eve@elsewhere .*--take-over"), cluster_lock.held(swarm, "backup save"):
        pass
    with cluster_lock.held(swarm, "backup save", take_over=True):
        pass
    assert swarm.held == {}


def test_who_was_taken_over_notices_and_does_nothing_more(swarm: Any) -> None:
    with cluster_lock.held(swarm, "one") as first, cluster_lock.held(swarm, "other", take_over=True) as second:
        second.check()
        for late in (first.check, lambda: first.step(at="the end")):
            with pytest.raises(DeployError, match="taken this work over"):
                late()
    assert swarm.held == {}


def test_nothing_is_deployed_while_something_is_restored_or_ended(swarm: Any) -> None:
    def named() -> list[Named]:
        return [Named("1", name, "config", attrs["Spec"]["Labels"], "") for name, attrs in swarm.held.items()]

    with cluster_lock.held(swarm, "backup save"):
        cluster_lock.refuse_if_exclusive(named())
    with cluster_lock.held(swarm, "restore auth", exclusive=True):
        with pytest.raises(DeployError, match="restore auth; deploy when that is done"):
            cluster_lock.refuse_if_exclusive(named())
        other = [dataclasses.replace(each, name="nanoswarm-at-work-2") for each in named()]
        cluster_lock.refuse_if_exclusive(other)
