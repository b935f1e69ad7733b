"""Where backups lie: listed when they are whole, in two places when there are two, thinned out and never too far."""

import dataclasses
import errno
import json
import os
from pathlib import Path

import pytest

from swarm import backup_places, backup_settings, durable
from swarm.backup_places import Entry, Places, expired
from swarm.errors import InputError
from tests.unit.backup import made


def entry(day: int, verified: int = 2, why: str = "", service: str = "auth") -> Entry:
    return Entry(1, f"202601{day:02}T120000-0a1b2c-{service}", service, f"2026-01-{day:02}", 1, "0", True, verified, why)


def test_retention_keeps_the_last_n_of_each_service() -> None:
    entries = [entry(day, service=service) for day in range(1, 11) for service in ("auth", "controller")]
    gone = expired(entries, 3)
    assert len(gone) == 14
    assert {each.made for each in entries if each not in gone} == {"2026-01-08", "2026-01-09", "2026-01-10"}


def test_retention_never_leaves_fewer_than_two_that_are_verified() -> None:
    entries = [entry(1), entry(2), entry(3), *(entry(day, verified=0) for day in range(4, 10))]
    kept = {each.made[-2:] for each in entries} - {each.made[-2:] for each in expired(entries, 1)}
    assert kept == {"02", "03", "09"}


def test_retention_never_removes_what_was_made_before_something_ended() -> None:
    entries = [entry(1, why="before a removal"), *(entry(day) for day in range(2, 10))]
    assert entries[0] not in expired(entries, 2)


def test_a_backup_in_two_places_is_one_and_survives_the_loss_of_either(tmp_path: Path) -> None:
    folders = [tmp_path / "usb", tmp_path / "nas"]
    for folder in folders:
        folder.mkdir()
    whole = made.write(folders)
    for lost in folders:
        for path in lost.iterdir():
            path.rename(tmp_path / path.name)
        assert [each.id for each in Places(folders).entries()] == [whole.id]
        assert Places(folders).file(whole).parent != lost
        for path in tmp_path.glob("2026*"):
            path.rename(lost / path.name)


def test_what_was_begun_and_never_finished_is_not_listed_and_cleared_away(tmp_path: Path) -> None:
    whole, places = made.write([tmp_path]), Places([tmp_path])
    (tmp_path / "20260201T120000-0a1b2c-auth.age").write_bytes(b"never listed")
    (tmp_path / "20260202T120000-0a1b2c-auth.age.part").write_bytes(b"half")
    (tmp_path / "holiday.age").write_bytes(b"not ours")
    assert [each.id for each in places.entries()] == [whole.id]
    assert sorted(places.clear()) == ["20260201T120000-0a1b2c-auth.age", "20260202T120000-0a1b2c-auth.age.part"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{whole.id}.age", f"{whole.id}.json", "holiday.age"]


@pytest.mark.parametrize(
    "spoilt",
    [{"id": "20260131T120000-0a1b2c-scanner"}, {"format": 2}, {"service": "scanner"}, {"verified": "3"}, {"bytes": None}],
)
def test_a_list_that_somebody_has_spoilt_lists_nothing(spoilt: dict[str, object], tmp_path: Path) -> None:
    whole = made.write([tmp_path])
    path = tmp_path / f"{whole.id}.json"
    path.write_text(json.dumps({**dataclasses.asdict(whole), **spoilt}))
    assert Places([tmp_path]).entries() == []


def test_a_full_disk_leaves_nothing_of_the_new_and_all_of_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made.write([tmp_path])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    class Full:
        def __getattr__(self, name: str) -> object:
            return getattr(os, name)

        def write(self, _file: int, _data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(durable, "os", Full())
        growing = Places([tmp_path]).begin("20260201T120000-0a1b2c-auth")
        with pytest.raises(OSError, match="No space"):
            growing.write(b"more")
        growing.abandon()
        with pytest.raises(OSError, match="No space"):
            Places([tmp_path]).enlist(dataclasses.replace(whole, verified=3))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is the disk mounted"):
        Places([tmp_path, tmp_path / "usb"])


def test_one_is_found_by_its_id_by_its_set_and_by_its_service(tmp_path: Path) -> None:
    first = made.write([tmp_path])
    second = made.write([tmp_path], made.head("controller"))
    third = made.write([tmp_path], dataclasses.replace(made.head(made_with="20260201T120000-0a1b2c"), made="2026-02-01"))
    places = Places([tmp_path])
    assert places.chosen(first.id) == [first]
    assert {each.id for each in places.chosen(made.MADE_WITH)} == {first.id, second.id}
    assert places.chosen("auth") == [third]
    with pytest.raises(InputError, match="backup ls"):
        places.chosen("aut")


def test_a_key_is_made_once_for_its_owners_eyes_and_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings, said = backup_settings.ready(backup_settings.load())
    assert "keep a copy elsewhere" in said
    assert backup_settings.KEY.stat().st_mode & 0o777 == 0o600
    assert backup_settings.key().public == settings.recipient
    assert backup_settings.ready(backup_settings.load()) == (settings, "")
    with pytest.raises(InputError, match="is there already"):
        backup_settings.make_key()
    assert "AGE-SECRET" not in repr(backup_settings.key())


def test_proven_means_alive_for_what_has_data_and_compared_for_what_has_none() -> None:
    assert [entry(1, verified=level).proven for level in range(4)] == [False, False, False, True]
    assert dataclasses.replace(entry(1, verified=2), stateful=False).proven
    assert backup_places.ALWAYS_VERIFIED == 2
