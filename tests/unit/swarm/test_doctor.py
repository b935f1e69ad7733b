"""What is wrong, where, and what to do about it."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from swarm import asking_tasks, doctor_findings
from swarm import cluster as clusters
from swarm.__main__ import main
from swarm.asking_tasks import Told
from swarm.engine_stack import Task
from swarm.errors import EngineError
from tests.unit.swarm import cluster, fake_cluster
from tests.unit.swarm.fake_swarm import FakeSwarm
from tests.unit.swarm.test_status import swarm

__all__ = ["swarm"]
WELL = {"ready": True, "why_not": []}


def told(service: str = "auth", node: str = "server-1", **more: Any) -> Told:
    return Told(service, node, "c1", **({"health": WELL} | more))


def texts(findings: Any) -> list[str]:
    return [f"{each.where}: {each.says}" for each in findings]


def test_nodes_that_are_down_drained_twice_or_silent_are_found() -> None:
    members = [
        cluster.node("a", state="down"), cluster.node("b", availability="drain"), cluster.node("c"), cluster.node("c", id="2")
    ]  # fmt: skip
    found = list(doctor_findings.nodes(members, {"c": "no route"}))
    assert texts(found)[:3] == ["c: 2 nodes are called so", "a: it is down", "b: it is set to drain: nothing new starts there"]
    assert "nanoswarm cluster leave a" in found[1].do
    assert texts(found)[3] == "c: its engine does not answer us: no route"


@pytest.mark.parametrize(("offset", "unsure", "says"), [(9.0, 0.5, ["ahead of"]), (-9.0, 0.5, ["behind"]), (1.4, 0.5, [])])
def test_clock_is_wrong_only_by_more_than_we_can_tell(offset: float, unsure: float, says: list[str]) -> None:
    found = texts(doctor_findings.machines({}, [told(offset_s=offset, unsure_s=unsure)]))
    assert [says[0] in text for text in found] == [True] * len(says)


def test_disk_that_is_almost_full_and_a_kernel_that_does_not_limit_memory_are_found() -> None:
    facts = {"pi": fake_cluster.facts("pi", limits_memory=False)}
    full = told(node="pi", free={"/": (100_000_000, 0.4), "/data": (9_000_000_000, 0.5)})
    assert texts(doctor_findings.machines(facts, [full])) == [
        "pi: its kernel does not limit memory: one service can take all of it",
        "pi: its disk is almost full: 100 MB (40 %) are free",
    ]
    assert texts(doctor_findings.machines({}, [told(free={"/": (30_000_000_000, 0.5)})])) == []


def named(swarm: FakeSwarm, **names: list[str] | None) -> list[doctor_findings.Finding]:
    services = list(swarm.held.values())
    tasks: list[Task] = [
        dataclasses.replace(task, addresses=("10.0.1.7",)) if task.service == "id-auth" else task
        for task in swarm.tasks("room")
    ]
    return list(doctor_findings.names([told(names=names), told("controller", names=names)], services, tasks))


def test_name_that_leads_to_its_tasks_is_right(swarm: FakeSwarm) -> None:
    assert named(swarm, auth=["10.0.1.7"]) == []


@pytest.mark.parametrize(
    ("addresses", "says"),
    [
        (["10.0.1.3", "10.0.1.7"], "the name auth leads to 10.0.1.3, where none of its tasks is"),
        ([], "the name auth leads not to 10.0.1.7, where a task of it is"),
        (None, "asked for auth, its engine's resolver does not answer"),
    ],
)
def test_name_that_leads_elsewhere_is_found_once_on_each_node(swarm: FakeSwarm, addresses: list[str] | None, says: str) -> None:
    found = named(swarm, auth=addresses)
    assert texts(found) == [f"server-1: {says}"]
    assert found[0].fix == ("" if addresses is None else "renew auth")


def doctor(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words])


@pytest.fixture
def asked(swarm: FakeSwarm, monkeypatch: pytest.MonkeyPatch) -> list[Told]:
    """What the tasks will say."""
    says: list[Told] = []
    monkeypatch.setattr(asking_tasks, "ask", lambda *_: (says, {}))
    monkeypatch.setattr(clusters, "facts", lambda engines: {name: fake_cluster.facts(name) for name in engines})
    return says


def test_nothing_wrong_ends_with_nothing(asked: list[Told]) -> None:
    ended = doctor("--json")
    assert (ended.exit_code, json.loads(ended.stdout)["findings"]) == (0, []), ended.output
    assert json.loads(ended.stdout)["left_out"] == [
        "pi-room-1: its engine is not known here", "server-1: its engine is not known here"
    ]  # fmt: skip


def test_label_that_is_not_true_is_found_and_made_true(swarm: FakeSwarm, asked: list[Told]) -> None:
    swarm.relabel("id-pi-lobby", {}, ["guidance"])
    swarm.said.clear()
    ended = doctor()
    assert (ended.exit_code, swarm.said) == (1, [])
    assert "pi-lobby: its labels are not what labels.yml says (+guidance)" in ended.output
    dry = doctor("--fix", "--dry-run")
    assert (dry.exit_code, swarm.said) == (1, [])
    assert "docker --host unix:///fake node update --label-add guidance=true pi-lobby" in dry.output
    assert doctor("--fix").exit_code == 2  # nobody to be asked
    ended = doctor("--fix", "--yes")
    assert (ended.exit_code, swarm.said) == (0, ["label id-pi-lobby {'guidance': 'true'} []"]), ended.output
    assert "done: label pi-lobby: +guidance" in ended.output


def test_stale_name_is_renewed(swarm: FakeSwarm, asked: list[Told], monkeypatch: pytest.MonkeyPatch) -> None:
    asked.append(told(names={"auth": ["10.0.1.3"]}))
    run: list[tuple[str, ...]] = []

    def renew(_url: str, *words: str) -> str:
        run.append(words)
        asked.clear()
        return ""

    monkeypatch.setattr("swarm.docker_program.run", renew)
    assert doctor("--fix", "--yes").exit_code == 0
    assert run == [("service", "update", "--force", "--quiet", "--detach=false", "room_auth")]


def test_what_is_not_deployed_lacking_or_not_ready_is_found(swarm: FakeSwarm, asked: list[Told]) -> None:
    asked.append(told(health={"ready": False, "why_not": ["its disk is full"]}))
    swarm.known = [each for each in swarm.known if not each.name.startswith("seal-key")]
    del swarm.held["guidance"]
    found = {each["kind"]: each for each in json.loads(doctor("--json").stdout)["findings"]}
    assert found["ready"]["says"] == "on server-1 it is not ready: its disk is full"
    assert found["secrets"]["says"] == "the secret seal-key is not there"
    assert ".nanoswarm/kept/seal-key" in found["secrets"]["do"]
    assert found["deploy"]["says"].endswith("add guidance")


def test_labels_or_images_that_cannot_be_read_are_findings(swarm: FakeSwarm, asked: list[Told]) -> None:
    Path("images.lock").unlink()
    assert any("images.lock" in each["where"] + each["says"] for each in json.loads(doctor("--json").stdout)["findings"])
    Path("labels.yml").write_text("zones: 1\n")
    assert any(each["where"] == "labels.yml" for each in json.loads(doctor("--json").stdout)["findings"])


def test_engine_that_does_not_answer_is_a_finding_and_its_tasks_are_not_waited_for(
    swarm: FakeSwarm, asked: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "facts", lambda engines: dict.fromkeys(engines, EngineError("no route")))
    (found,) = json.loads(doctor("--json").stdout)["findings"]
    assert found["says"] == "its engine does not answer us: no route"


def test_task_that_cannot_be_asked_says_why() -> None:
    class Engine:
        url = "unix:///there"

        def containers(self) -> list[Any]:
            return [type("C", (), {"service": "room_auth", "id": "c1"}), type("C", (), {"service": "other", "id": "c2"})]

        def run_inside(self, _id: str, _command: list[str]) -> tuple[int, str]:
            return 126, "no python3 here"

    (one,), silent = asking_tasks.ask({"pi": Engine()}, ["auth"])  # type: ignore[dict-item]
    assert (one.service, one.why_not, silent) == ("auth", "asking it ended with 126: no python3 here", {})
