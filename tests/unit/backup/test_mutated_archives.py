"""A backup of which one thing is another than it was written is refused, whoever changed it, and its target stays as it is.

A fast selection here; `make soak` takes ten times as many (BACKUP_MUTATIONS).
"""

import dataclasses
import io
import os
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from swarm import backup_archive, backup_reading
from swarm.backup_age import Key, new_key
from swarm.backup_archive import Member, plain
from swarm.backup_places import Entry, Places
from swarm.backup_unit import Manifest
from swarm.errors import BackupError
from tests.unit.backup import made

EVERY = int(os.environ.get("BACKUP_MUTATIONS", "320"))


def restored(data: bytes, target: Path, key: Key = made.KEY) -> Manifest:
    """As a restore does it: nothing is unpacked before the whole of it has been read."""
    path = target.parent / "unit.age"
    path.write_bytes(data)
    entry = Entry(1, made.head().id, "auth", "2026", len(data), "0", True, 0, "")
    reading = backup_reading.Reading(entry, path, key)
    manifest = reading.manifest()
    for member in reading.below(made.STORED.folder):
        place = target / member.path
        if member.folder:
            place.mkdir(exist_ok=True)
        else:
            place.write_bytes(b"".join(member.chunks))
    return manifest


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "auth.db").write_bytes(b"what was there")
    return folder


def state(target: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in target.parent.rglob("*") if path.is_file() and path.name != "unit.age"}


def refused(data: bytes, target: Path, key: Key = made.KEY) -> str:
    before = state(target)
    with pytest.raises(BackupError) as error:
        restored(data, target, key)
    assert state(target) == before
    return str(error.value)


def test_what_nobody_changed_is_restored(target: Path) -> None:
    manifest = restored(made.sealed(made.tar()), target)
    assert (target / "contents/plan.pdf").read_bytes() == b"p" * 700
    assert manifest.volumes == (made.STORED,)


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_anywhere_is_refused(seed: int, target: Path) -> None:
    chance, whole = random.Random(seed), made.sealed(made.tar())
    for _ in range(EVERY // 4):
        spoilt = bytearray(whole)
        spoilt[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        refused(bytes(spoilt), target)


@pytest.mark.parametrize("seed", range(4))
def test_one_that_is_cut_off_or_goes_on_is_refused(seed: int, target: Path) -> None:
    chance, whole = random.Random(seed), made.sealed(made.tar())
    for _ in range(EVERY // 8):
        refused(whole[: chance.randrange(len(whole))], target)
        refused(whole + chance.randbytes(chance.randrange(1, 2000)), target)


@pytest.mark.parametrize("seed", range(4))
def test_bytes_changed_by_somebody_who_has_the_public_key_are_refused(seed: int, target: Path) -> None:
    """Anybody may encrypt for us: then only the manifest tells."""
    chance, whole = random.Random(seed), made.tar()
    used = len(whole.rstrip(b"\0"))
    for _ in range(EVERY // 4):
        spoilt = bytearray(whole)
        at = chance.randrange(used)
        spoilt[at] ^= 1 << chance.randrange(8)
        try:
            found = backup_archive.read_unit(io.BytesIO(bytes(spoilt)), None, made.head().id)
        except BackupError:
            refused(made.sealed(bytes(spoilt)), target) if chance.random() < 0.1 else None
        else:  # a bit that means nothing, such as a device's number, or a word of the manifest's own: no file is another
            assert found.files == backup_archive.read_unit(io.BytesIO(whole)).files, at


@pytest.mark.parametrize("seed", range(2))
def test_one_whose_pieces_were_swapped_dropped_or_doubled_is_refused(seed: int, target: Path) -> None:
    chance, whole = random.Random(seed), made.tar()
    blocks = [whole[at : at + 512] for at in range(0, len(whole), 512)]
    for _ in range(EVERY // 4):
        spoilt, (one, other) = list(blocks), chance.sample(range(len(blocks) - 3), 2)
        way = chance.randrange(3)
        if way == 0:
            spoilt[one], spoilt[other] = spoilt[other], spoilt[one]
        elif way == 1:
            del spoilt[one]
        else:
            spoilt.insert(one, spoilt[other])
        if (data := b"".join(spoilt)) != whole:
            with pytest.raises(BackupError):
                backup_archive.read_unit(io.BytesIO(data), None, made.head().id)
    refused(made.sealed(b"".join([*blocks[:3], *blocks[4:]])), target)


def test_another_key_and_another_backup_under_its_name_are_refused(target: Path) -> None:
    whole = made.sealed(made.tar())
    assert "another key" in refused(whole, target, Key(new_key()[0]))
    assert "swapped" in refused(made.sealed(made.tar(made.head("controller"))), target)
    assert "no manifest" in refused(made.sealed(bytes(1024)), target)
    assert "cannot be decrypted" in refused(b"", target)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "leaves": lambda: made.tar(what=[*made.members(), plain(f"{made.STORED.folder}../../../etc/passwd", b"x")]),
    "absolute": lambda: made.tar(what=[*made.members(), plain("/etc/passwd", b"x")]),
    "twice": lambda: made.tar(what=[*made.members(), plain("secrets/seal-key", b"x")]),
    "dot": lambda: made.tar(what=[*made.members(), plain("volumes/./x", b"x")]),
    "manifest twice": lambda: made.tar() [:-1024] + made.tar()[-2048 - 1024 :],
    "after the end": lambda: made.tar() + b"more",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_paths_and_ends_that_nobody_means_are_refused(name: str, target: Path) -> None:
    refused(made.sealed(HOSTILE[name]()), target)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"S", b"x", b"g", b"K", b"Z"]
)
def test_links_devices_and_kinds_that_nobody_knows_are_refused(kind: bytes, target: Path) -> None:
    info = tarfile.TarInfo(f"{made.STORED.folder}odd")
    info.type, info.linkname, info.devmajor = kind, "/etc/passwd", 8
    whole = made.tar()
    after_head = 512 * (1 + -(-len(made.tar(what=[])) // 10_000_000))
    spoilt = whole[: after_head + 512 * 1] + info.tobuf(tarfile.USTAR_FORMAT) + whole[after_head + 512 * 1 :]
    said = refused(made.sealed(spoilt), target)
    assert "neither a file nor a folder" in said or "cannot be understood" in said or "bytes" in said


@pytest.mark.parametrize("size", [1 << 40, 8 << 60, -1])
def test_an_entry_that_says_it_is_gigantic_takes_no_memory_and_is_refused(size: int, target: Path) -> None:
    info = tarfile.TarInfo("unit.json")
    info.size = size
    assert refused(made.sealed(info.tobuf(tarfile.GNU_FORMAT) + bytes(4096)), target)


@pytest.mark.parametrize("volume", ["/etc", "room_../../etc", "other_data", "room_auth-data:ro"])
def test_a_volume_that_is_a_folder_of_the_host_is_refused(volume: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "STORED", dataclasses.replace(made.STORED, volume=volume))
    assert "a volume's name" in refused(made.sealed(made.tar(what=[])), target)


def test_a_long_name_is_kept(tmp_path: Path) -> None:
    long = f"{made.STORED.folder}{'d' * 90}/{'e' * 200}"
    whole = made.tar(what=[Member(long, 1, [b"x"])])
    assert long in {held.path for held in backup_archive.read_unit(io.BytesIO(whole)).files}


def test_a_file_that_shrinks_or_grows_while_it_is_read_is_no_backup() -> None:
    for chunks in ([b"123"], [b"12345"]):
        with pytest.raises(BackupError, match="changed meanwhile"):
            made.tar(what=[Member("x", 4, chunks)])


def test_a_copy_whose_disk_fails_is_named(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    entry = made.write(folders)
    backup_reading.check_bytes(Places(folders), entry)
    path = folders[1] / f"{entry.id}.age"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(BackupError, match="two"):
        backup_reading.check_bytes(Places(folders), entry)
