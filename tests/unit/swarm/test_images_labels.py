"""What an image says of itself; what it is tried out with; and the same builds for who has no kit."""

import subprocess
from pathlib import Path

import pytest

from swarm import deploying, images_bake, images_labels, images_writable, labels_file
from swarm.labels import Labels
from swarm.words import Word, discover

ROOT = Path(__file__).parents[3]
KIT = deploying.load_kit()
LABELS = labels_file.read(ROOT / "labels.yml")
_OCI = "org.opencontainers.image"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = x\nversion = 1.2\nlicense = MIT\n")
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "-m", "x", "--date", "2026-01-02T03:04:05Z")):
        subprocess.run(
            ["git", *words],
            cwd=tmp_path,
            check=True,
            env={"PATH": "/usr/bin:/bin", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"},
        )
    return tmp_path


def test_image_says_which_version_commit_licence_and_base_it_is_of(checkout: Path) -> None:
    told = images_labels.labels(checkout, "python:3.13-alpine@sha256:" + "a" * 64)
    revision, created = told.pop(f"{_OCI}.revision"), told.pop(f"{_OCI}.created")
    assert len(revision) == 40 and created.startswith("2026-01-02T03:04:05")
    assert told == {
        f"{_OCI}.version": "1.2",
        f"{_OCI}.licenses": "MIT",
        f"{_OCI}.base.name": "python:3.13-alpine@sha256:" + "a" * 64,
        f"{_OCI}.base.digest": "sha256:" + "a" * 64,
    }


def test_sources_that_were_changed_are_not_called_the_commit(checkout: Path) -> None:
    (checkout / "setup.cfg").write_text("[metadata]\nversion = 1.3\n")
    assert images_labels.labels(checkout, "b")[f"{_OCI}.revision"].endswith("-changed")


def test_what_the_sources_do_not_say_is_left_out(tmp_path: Path) -> None:
    assert images_labels.labels(tmp_path, "b") == {f"{_OCI}.base.name": "b"}


@pytest.mark.parametrize("word", sorted(word for word in discover() if LABELS.running(word)))
def test_service_is_tried_out_with_what_the_stack_gives_it(word: str) -> None:
    trial = images_writable.trial(KIT, LABELS, word, "sha256:1")
    assert trial is not None
    assert trial.environment["NANO_NODE"] in LABELS.running(word)
    files = {
        value.removeprefix(f"{images_writable.FOLDER}/")
        for value in trial.environment.values()
        if images_writable.FOLDER in value
    }
    assert files == set(trial.files)
    assert trial.health[:2] == ("python3", "-m")
    assert all(volume.startswith("/") and ":" not in volume for volume in trial.volumes)


def test_service_with_hardware_is_tried_out_with_simulated_one() -> None:
    trial = images_writable.trial(KIT, LABELS, "presence", "sha256:1")
    assert trial is not None and trial.environment["NANO_PINS"] == "simulated"


def test_service_that_no_node_runs_cannot_be_tried_out() -> None:
    assert images_writable.trial(KIT, Labels(LABELS.zones, LABELS.rooms), "presence", "sha256:1") is None


def test_bake_file_in_the_checkout_is_the_one_that_would_be_made_now() -> None:
    assert (ROOT / images_bake.PATH).read_text() == images_bake.text(discover().values())


def test_seventh_service_is_baked_too() -> None:
    others = [word for word in discover().values() if LABELS.running(word.name)]
    text = images_bake.text([*others, Word("lamp", extras=("gpio", "web"))])
    assert 'args     = {WORD = "lamp", EXTRAS = "gpio,web"}' in text
    assert '"guidance", "lamp", "meeting"' in text
