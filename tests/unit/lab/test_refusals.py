"""What `nanoswarm lab` refuses in words, and what of it anybody may see."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from swarm.__main__ import main
from swarm.engine import Engine
from swarm.errors import LabError
from swarm.lab import home, lab
from swarm.lab.plan import plan
from swarm.labels import Labels

LONG = "n" * 63


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No lab that may be up on this machine is looked at."""
    monkeypatch.setattr(home, "RUN", tmp_path / "run/lab")
    monkeypatch.setattr(home, "_STATE", tmp_path / "run/lab/state.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def place(text: str) -> None:
    Path("labels.yml").write_text(f"zones: []\nnodes:\n{text}")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_who_is_not_root_is_told_to_use_sudo(monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000)
    place("  a: {run: []}\n")
    refused = run("lab", "up")
    assert refused.exit_code == 1
    assert "sudo" in refused.output
    assert not (elsewhere / "run").exists()


def test_missing_programs_are_all_named_with_the_packages_they_are_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0)
    monkeypatch.setattr(lab.shutil, "which", lambda name, path: None if name in ("docker-registry", "nsenter") else name)
    place("  a: {run: []}\n")
    refused = run("lab", "up")
    assert refused.exit_code == 1
    assert "nsenter, docker-registry" in refused.output and "apt-get install" in refused.output


def test_node_with_too_long_a_name_is_wrong_input() -> None:
    place(f"  {LONG}: {{run: []}}\n")
    refused = run("lab", "up")
    assert refused.exit_code == 2
    assert LONG in refused.output and "107" in refused.output


def test_two_at_once_are_one_too_many() -> None:
    with home.claimed(), pytest.raises(LabError, match="another `nanoswarm lab` is at work"), home.claimed():
        pass
    with home.claimed():
        pass


def test_lock_leaves_nothing_behind(elsewhere: Path) -> None:
    with home.claimed():
        pass
    assert list((elsewhere / "run").iterdir()) == []


def test_state_that_cannot_be_read_is_told_of(elsewhere: Path) -> None:
    state = elsewhere / "run/lab/state.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"plan": ')
    refused = run("lab", "ls")
    assert refused.exit_code == 1
    assert "state.json cannot be read" in refused.output


def test_state_of_a_lab_that_an_older_kit_has_built_can_be_read(elsewhere: Path, sample: Labels) -> None:
    home.State(plan(sample), Path("labels.yml")).save()
    state = elsewhere / "run/lab/state.json"
    told = json.loads(state.read_text())
    del told["engine"]
    state.write_text(json.dumps(told))
    found = home.load()
    assert found is not None and found.engine == "dockerd"


@pytest.mark.parametrize("words", [("visit",), ("visit", "bob"), ("leave",)])
def test_without_a_lab_nobody_can_visit_it(words: tuple[str, ...]) -> None:
    refused = run("lab", *words)
    assert refused.exit_code == 1
    assert "nanoswarm lab up" in refused.output


def test_people_are_not_sent_where_no_room_runs(monkeypatch: pytest.MonkeyPatch, sample: Labels) -> None:
    home.State(plan(sample), Path("labels.yml"), complete=True).save()
    monkeypatch.setattr(Engine, "services", lambda _self, _stack: [])
    refused = run("lab", "visit", "bob")
    assert refused.exit_code == 1
    assert "nanoswarm stack deploy" in refused.output
