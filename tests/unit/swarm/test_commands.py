"""The command line: what it prints, and with which exit code it ends."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from swarm.__main__ import main
from swarm.demo.home import Home
from swarm.errors import DemoError
from tests.unit.swarm.conftest import SAMPLE

WRONG = "zones: [hall]\nnodes:\n  pi-1: {zone: hal, run: []}\n"

ROOT = Path(__file__).parents[3]
ASCII = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_there_is_can_be_called_and_is_in_the_help() -> None:
    names = [path.stem for path in (ROOT / "swarm/commands").glob("*.py") if "_" not in path.stem]
    loaded = {name: vars(importlib.import_module(f"swarm.commands.{name}")) for name in names}
    nouns = {name for name, has in loaded.items() if isinstance(has.get(name, has.get(f"{name}_")), click.Command)}
    told = CliRunner().invoke(main, ["--help"]).output
    assert set(re.findall(r"^  (\w+)  ", told.partition("Commands:")[2], re.MULTILINE)) == nouns
    assert {"demo", "service", "status"} <= nouns
    for name in nouns:
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
    told = CliRunner().invoke(main, ["stat"])
    assert (told.exit_code, "No such command 'stat'. Did you mean 'status'?" in told.output) == (2, True)


def test_wrong_labels_are_refused_with_exit_code_2(here: Path) -> None:
    (here / "labels.yml").write_text(WRONG)
    told = CliRunner().invoke(main, ["labels", "check"])
    assert told.exit_code == 2
    assert "labels.yml:3: nodes.pi-1.zone: hal is not one of `zones` (hall); did you mean hall?" in told.output


def test_wrong_labels_as_json_hold_every_problem(here: Path) -> None:
    (here / "mine.yml").write_text(WRONG.replace("run: []", "run: [presnce]"))
    told = CliRunner().invoke(main, ["labels", "check", "mine.yml", "--json"])
    assert told.exit_code == 2
    assert [problem.split(": ")[1] for problem in json.loads(told.output)["problems"]] == [
        "nodes.pi-1.zone",
        "nodes.pi-1.run[0]",
    ]


def test_right_labels_are_shown(here: Path) -> None:
    (here / "labels.yml").write_text("zones: [hall]\nnodes:\n  pi-1: {ip: 192.0.2.1, zone: hall, run: []}\n")
    told = CliRunner().invoke(main, ["labels", "check"])
    assert told.exit_code == 0
    assert "pi-1" in told.output
    assert "192.0.2.1" in told.output
    assert "warning: labels.yml:3: nodes.pi-1: runs nothing" in told.output


def test_table_for_a_pipe_cuts_no_name_in_two(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    name = "pi-" + "1" * 60
    nodes = f"  {name}: {{ip: 192.0.2.1, zone: the-northern-entrance-hall, run: [presence], gpio: {{pir: GPIO4}}}}\n"
    (here / "labels.yml").write_text(f"zones: [the-northern-entrance-hall]\nnodes:\n{nodes}")
    told = CliRunner().invoke(main, ["labels", "check"])
    assert re.search(rf"^{name} +192\.0\.2\.1 +the-northern-entrance-hall ", told.output, re.MULTILINE), told.output


def test_demo_with_wrong_labels_starts_nothing(here: Path) -> None:
    (here / "labels.yml").write_text(WRONG)
    told = CliRunner().invoke(main, ["demo"])
    assert told.exit_code == 2
    assert not (here / ".nanoswarm").exists()


def test_demo_in_a_place_without_a_screen_says_what_it_needs(here: Path) -> None:
    (here / "labels.yml").write_text("zones: [hall]\nnodes:\n  pi-1: {zone: hall, run: []}\n")
    told = CliRunner().invoke(main, ["demo"])
    assert told.exit_code == 2
    assert "no room has a screen" in told.output


@pytest.mark.parametrize("words", [["send", "bob", "--zone", "entrance"], ["leave"], ["visits"]])
def test_asking_a_demo_that_does_not_run_says_how_to_start_one(here: Path, words: list[str]) -> None:
    told = CliRunner().invoke(main, ["demo", *words])
    assert told.exit_code == 1
    assert "no demo runs here; start one with: nanoswarm demo --keep" in told.output


def test_a_speed_that_is_no_number_is_wrong_input_and_starts_nothing(here: Path) -> None:
    told = CliRunner().invoke(main, ["demo", "--speed", "nan"])
    assert told.exit_code == 2
    assert "Invalid value for --speed: nan is no number" in told.output
    assert not (here / ".nanoswarm").exists()


@pytest.mark.parametrize("in_the_way", [".nanoswarm", ".nanoswarm/demo"])
def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(here: Path, in_the_way: str) -> None:
    (here / "labels.yml").write_text(SAMPLE)
    (here / in_the_way).parent.mkdir(exist_ok=True)
    (here / in_the_way).touch()
    told = CliRunner().invoke(main, ["demo"])
    assert told.exit_code == 1
    assert f"cannot be made: File exists: {in_the_way}; free some space, remove what is in the way" in told.output
    assert (here / in_the_way).is_file(), "what was in the way is not ours to remove"


def test_a_demo_that_could_not_make_its_folder_lets_go_of_it(here: Path) -> None:
    (here / ".nanoswarm").mkdir()
    (here / ".nanoswarm/demo").touch()
    with pytest.raises(DemoError):
        Home().claim()
    (here / ".nanoswarm/demo").unlink()
    home = Home()
    home.claim()
    home.release()


@pytest.mark.parametrize("words", [["labels", "check"], ["--help"], ["lab", "up", "--help"]], ids=" ".join)
def test_an_output_that_is_full_ends_it_with_a_sentence(here: Path, words: list[str]) -> None:
    (here / "labels.yml").write_text(SAMPLE)
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [sys.executable, "-m", "swarm", *words], stdout=full, stderr=subprocess.PIPE, text=True, env=ASCII
        )
    assert told.returncode == 1
    assert told.stderr == "nanoswarm: No space left on device; is the disk full, or not ours to write?\n"


def test_a_terminal_without_our_signs_gets_others(here: Path) -> None:
    (here / "labels.yml").write_text("zones: […]\nnodes: {}\n", encoding="utf-8")
    told = subprocess.run([sys.executable, "-m", "swarm", "labels", "check"], capture_output=True, text=True, env=ASCII)
    assert told.returncode == 2
    assert told.stderr.startswith("labels.yml:1: zones[0]: ")


def test_stopping_no_demo_is_no_failure(here: Path) -> None:
    told = CliRunner().invoke(main, ["demo", "stop"])
    assert (told.exit_code, told.output) == (0, "no demo runs here\n")


@pytest.mark.parametrize("words", [["demo", "--speed", "0"], ["demo", "--sped", "1"], ["demo", "send", "bob"], ["nothing"]])
def test_words_that_mean_nothing_are_wrong_input(here: Path, words: list[str]) -> None:
    assert CliRunner().invoke(main, words).exit_code == 2


def test_a_second_demo_is_refused_and_the_first_keeps_its_files(here: Path) -> None:
    first, second = Home(), Home()
    first.claim()
    first.remember({"world": "w"})
    try:
        with pytest.raises(DemoError, match=r"a demo runs here already \(process \d+\); end it with: nanoswarm demo stop"):
            second.claim()
        assert second.state() == {"world": "w"}
    finally:
        first.release()
    second.claim()
    second.release()


def test_secrets_are_for_our_eyes_only(here: Path) -> None:
    home = Home()
    home.claim()
    try:
        secret = home.secret("admin-token")
        assert secret.stat().st_mode & 0o777 == 0o600
        assert len(secret.read_text()) == 48
        assert home.path.stat().st_mode & 0o077 == 0
    finally:
        home.release()
    assert not secret.exists(), "a secret outlived its run"
