"""What runs where, and what the place cannot do now: from what services say of each other, not from a list of them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from swarm import asking_tasks, context, images_lock, labels_file, status
from swarm.__main__ import main
from swarm.asking_tasks import Told
from swarm.context import Context
from swarm.stack_watch import Row
from swarm.words import Word
from tests.unit.swarm import cluster
from tests.unit.swarm.conftest import SAMPLE
from tests.unit.swarm.fake_swarm import FakeSwarm
from tests.unit.swarm.test_deploying import LOCK

WORDS = {
    "lamp": Word("lamp", without="it is dark"),
    "brain": Word("brain", calls=("lamp", "book"), single=True, without="nothing is decided"),
    "book": Word("book", single=True, without="nobody is known"),
    "extra": Word("extra"),
}
WHERE = {"lamp": ["pi-1", "pi-2"], "brain": ["server"], "book": ["server"]}
ZONES = {"pi-1": "door", "pi-2": "hall"}


def row(service: str, node: str, state: str = "running", why: str = "") -> Row:
    return Row(service, node, state, "2026-01-01T00:00:00+00:00", why)


WELL = [row("lamp", "pi-1"), row("lamp", "pi-2"), row("brain", "server"), row("book", "server")]


def cannot(rows: list[Row], where: dict[str, list[str]] = WHERE, **why_not: str) -> list[str]:
    told = {tuple(name.replace("_", "-").split("-at-")): why for name, why in why_not.items()}
    return status.cannot(WORDS, where, ZONES, rows, told)  # type: ignore[arg-type]


def test_place_where_all_runs_can_do_all() -> None:
    assert cannot(WELL) == []


def test_service_that_no_node_runs_is_missed_for_what_it_does_and_by_who_asks_it() -> None:
    assert cannot(WELL[:3], {**WHERE, "book": []}) == ["nobody is known: no node runs book; brain asks it in vain"]


def test_one_of_several_is_missed_where_it_stands() -> None:
    rows = [row("lamp", "pi-1", "failed", "no such wire"), *WELL[1:]]
    assert cannot(rows) == ["in zone door it is dark: lamp on pi-1 is failed (no such wire)"]


def test_service_that_runs_and_is_not_ready_cannot_do_its_work() -> None:
    assert cannot(WELL, book_at_server="its disk is full") == [
        "nobody is known: book on server is not ready (its disk is full); brain asks it in vain"
    ]


def test_task_that_no_node_takes_is_told_with_the_reason() -> None:
    rows = [*WELL[:3], row("book", "-", "pending", "no suitable node")]
    assert cannot(rows) == ["nobody is known: book on server is pending (no suitable node); brain asks it in vain"]


def test_all_of_a_kind_missing_is_one_sentence() -> None:
    assert cannot(WELL[2:]) == ["it is dark: lamp does not run on pi-1; lamp does not run on pi-2; brain asks it in vain"]


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSwarm:
    fake = FakeSwarm()
    monkeypatch.chdir(tmp_path)
    for module in ("swarm.deploying", "swarm.stack_images", "swarm.status_reading", "swarm.doctor"):
        monkeypatch.setattr(f"{module}.Engine", lambda _url: fake)
    monkeypatch.setattr("swarm.docker_program.run", fake.run)
    monkeypatch.setattr("swarm.deploying.LOOK_S", 0.0)
    Path("labels.yml").write_text(SAMPLE)
    images_lock.save(images_lock.PATH, LOCK)
    context.save(context.PATH, Context(fake.url, {"pi-lobby": "unix:///there"}))
    fake.members = cluster.nodes_of(labels_file.read(Path("labels.yml")))
    assert CliRunner().invoke(main, ["stack", "deploy", "--yes"]).exit_code == 0
    return fake


def test_status_of_a_cluster_is_told_in_tables_and_as_json(swarm: FakeSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    sick = Told("scanner", "pi-lobby", "c1", health={"ready": False, "why_not": ["hci0 is off"]})
    monkeypatch.setattr(asking_tasks, "ask", lambda *_: ([sick], {}))
    told = json.loads(CliRunner().invoke(main, ["status", "--json"]).stdout)
    assert [node["name"] for node in told["nodes"]] == ["pi-lobby", "pi-room-1", "server-1"]
    assert told["nodes"][0]["zone"] == "entrance"
    (scanner,) = [each for each in told["services"] if each["name"] == "scanner" and each["node"] == "pi-lobby"]
    assert {name: scanner[name] for name in ("state", "ready", "why", "image_mb", "since")} == {
        "state": "running", "ready": False, "why": "hci0 is off", "image_mb": 12.5, "since": "2026-01-01T00:00:00+00:00"
    }  # fmt: skip
    assert told["cannot"] == ["in zone entrance nobody's key is heard: scanner on pi-lobby is not ready (hci0 is off)"]
    Path("labels.yml").write_text("zones: 1")  # what runs can be looked at all the same
    shown = CliRunner().invoke(main, ["status"], env={"COLUMNS": "160"}).output
    assert "not ready" in shown and "cannot: in zone entrance" in shown
