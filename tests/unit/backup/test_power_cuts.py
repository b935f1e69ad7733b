"""The power goes at any moment of a backup, of its proof, of thinning out and of a restore: old or new, never mixed."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from swarm import backup_reading, backup_swap, durable
from swarm.backup_places import Entry, Places
from swarm.errors import BackupError
from tests.unit.backup import made, power
from tests.unit.backup.power import Recorded

ROUNDS = int(os.environ.get("POWER_ROUNDS", "20"))


def wrong_after(
    story: Callable[[Places], None], folder: Path, disk: Recorded, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[str]]:
    """How often the power was cut, and what was wrong then: something listed that is not good, or something old gone."""
    place = folder / "place"
    place.mkdir()
    old = made.write([place], made.head(made_with="20260101T120000-000000"), verified=2)
    before = {str(path): path.read_bytes() for path in place.iterdir()}
    with monkeypatch.context() as patched:
        patched.setattr(durable, "os", disk)
        story(Places([place]))
    cuts, wrong = 0, []
    for at in range(len(disk.done) + 1):
        for seed in range(ROUNDS):
            cuts += 1
            now = folder / "now"
            now.mkdir()
            power.lay_out(power.left(before, disk.done[:at], Random(seed * 1000 + at)), place, now)
            wrong += _wrong(Places([now]), old)
            shutil.rmtree(now)
    return cuts, wrong


def _wrong(places: Places, old: Entry) -> list[str]:
    entries = places.entries()
    found = [] if old.id in {entry.id for entry in entries} else [f"{old.id} is gone"]
    for entry in entries:
        try:
            backup_reading.check_bytes(places, entry)
            backup_reading.of(places, entry, made.KEY).manifest()
        except BackupError as error:
            found.append(str(error))
    return found


def a_backup_is_made(places: Places) -> None:
    made.write(places.folders)


def one_is_made_proven_and_removed(places: Places) -> None:
    entry = made.write(places.folders)
    places.enlist(Entry(**{**entry.__dict__, "verified": 3}))
    places.remove(entry)


@pytest.mark.parametrize("story", [a_backup_is_made, one_is_made_proven_and_removed])
def test_nothing_unreadable_is_ever_listed_and_nothing_old_is_lost(
    story: Callable[[Places], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts, wrong = wrong_after(story, tmp_path, Recorded(), monkeypatch)
    assert not wrong
    assert cuts >= 100


def test_what_was_said_to_be_done_is_there_after_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "place").mkdir()
    disk = Recorded()
    with monkeypatch.context() as patched:
        patched.setattr(durable, "os", disk)
        entry = made.write([tmp_path / "place"])
    for seed in range(ROUNDS):
        now = tmp_path / str(seed)
        now.mkdir()
        power.lay_out(power.left({}, disk.done, Random(seed)), tmp_path / "place", now)
        assert [each.id for each in Places([now]).entries()] == [entry.id]


def test_with_a_disk_that_lies_the_same_test_sees_the_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, wrong = wrong_after(a_backup_is_made, tmp_path, Recorded(lies=True), monkeypatch)
    assert wrong


# --- a restore: two renames of whole folders, and a sync before ---------------------------------------------------------


class Node:
    """A node's folder of volumes, whose disk forgets what was not synced."""

    def __init__(self, root: Path, is_synced: bool = False):
        self.root, self.is_synced = root, is_synced
        self.left = -1  # calls until the power goes; negative: never

    def __getattr__(self, name: str) -> object:
        return getattr(backup_swap_os, name)

    def _call(self) -> None:
        if self.left == 0:
            raise PowerCut
        self.left -= 1

    def sync(self) -> None:
        self._call()
        self.is_synced = True

    def rename(self, source: str, target: str) -> None:
        self._call()
        Path(source).rename(target)

    def fsync(self, file: int) -> None:
        self._call()


class PowerCut(Exception):
    pass


backup_swap_os = backup_swap.os
ASKED = {"live": "room_auth-data", "new": "room_auth-data.new-x", "old": "room_auth-data.before-x"}


def volumes(root: Path, *, live: str | None, new: str | None, old: str | None) -> None:
    for name, data in (("live", live), ("new", new), ("old", old)):
        folder = root / ASKED[name]
        folder.mkdir(parents=True)
        if data is not None:
            (folder / "_data").mkdir()
            for number in range(3 if data else 0):
                (folder / "_data" / str(number)).write_text(data)


def holds(root: Path, name: str) -> set[str] | None:
    folder = root / ASKED[name] / "_data"
    return {path.read_text() for path in folder.iterdir()} if folder.is_dir() else None


def run(root: Path, way: str, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(backup_swap, "os", node)
        backup_swap.main({**ASKED, "folder": str(root), "way": way})


@pytest.mark.parametrize("after", ["forth", "back"])
def test_a_restore_cut_off_anywhere_is_finished_or_undone_by_the_next_run(
    after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts = 0
    for first in range(12):
        for second in range(12):
            cuts += 1
            root = tmp_path / f"{first}-{second}"
            volumes(root, live="old", new="new", old="")
            synced = False
            for way, calls in (("forth", first), (after, second), (after, -1)):
                node = Node(root, synced)
                node.left = calls
                with contextlib.suppress(PowerCut):
                    run(root, way, node, monkeypatch)
                synced = node.is_synced
                live = holds(root, "live")
                assert live in (None, {"old"}, {"new"})
                assert live != {"new"} or synced  # else the power would have left anything there
            assert holds(root, "live") == ({"new"} if after == "forth" else {"old"})
    assert cuts >= 100


def test_run_again_it_changes_nothing_and_tells_that_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    volumes(tmp_path, live="old", new="new", old="")
    for _ in range(2):
        run(tmp_path, "forth", Node(tmp_path), monkeypatch)
        assert json.loads(capsys.readouterr().out) == {"done": True, "live": True}
        assert (holds(tmp_path, "live"), holds(tmp_path, "old")) == ({"new"}, {"old"})


def test_what_a_volume_held_before_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    volumes(tmp_path, live="old", new="new", old="older")
    with pytest.raises(OSError):
        run(tmp_path, "forth", Node(tmp_path), monkeypatch)
    assert (holds(tmp_path, "live"), holds(tmp_path, "old")) == ({"old"}, {"older"})
