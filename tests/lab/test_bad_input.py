"""What is wrong is refused before anything changes: with its line, what to do, and the whole cluster as it was."""

from collections.abc import Iterator

import pytest

from swarm import cluster_plan, deploying, images_lock, labels_file
from swarm.errors import InputError
from tests.lab.conftest import Lab
from tests.lab.specs import specs

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))


@pytest.fixture
def edited(images: Lab) -> Iterator[Lab]:
    """The lab without a room, so that a deploy would make much. What is written into its labels.yml is undone."""
    path = images.cwd / "labels.yml"
    before = path.read_text()
    yield images
    path.write_text(before)


def change(lab: Lab, old: str, new: str) -> None:
    path = lab.cwd / "labels.yml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pi-lobby:", "pi-loby:", "did you mean pi-lobby?"),
        (
            "[controller, auth]",
            "[controler, auth]",
            "there is no nanoservice controler; did you mean controller?",
        ),
        ("server-1:", "pi-lobby:", "labels.yml:8: pi-lobby is there twice, first on line 6"),
        ("zones: [", "bad key=1: x\nzones: [", "bad key=1: there is no such key"),
        ("zones: [", f"{BOMB}zones: [", "is an alias, which is not taken here"),
    ],
)
def test_typo_in_labels_yml_is_refused_by_every_command_that_could_change_something(
    edited: Lab, old: str, new: str, says: str
) -> None:
    change(edited, "run: [presence, scanner, guidance]", "run: [presence, scanner]")  # what would be changed otherwise
    change(edited, old, new)
    before = specs(edited)
    for command in (("labels", "apply"), ("stack", "deploy")):
        told = edited.run(*command, "--yes")
        assert (told.returncode, says in told.stderr) == (2, True), told.stdout + told.stderr
    assert specs(edited) == before


def test_engine_too_old_is_refused_before_anything_changes(edited: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_plan, "OLDEST", (99, 0))
    before = specs(edited)
    labels, lock = labels_file.read(edited.cwd / "labels.yml"), images_lock.load(edited.cwd / "images.lock")
    with pytest.raises(InputError, match=r"pi-lobby: its engine is 2.*, older than 20\.10; upgrade it"):
        deploying.Deployment(edited.context, labels, lock).plan()
    assert specs(edited) == before
