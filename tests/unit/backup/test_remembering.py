"""Who was forgotten since a backup was made stays so, wherever the data has been meanwhile."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from swarm import backup_age, backup_remembering, backup_restoring, backup_volume, engine_volumes
from swarm.backup_archive import Member, plain
from swarm.backup_places import Entry, Places
from swarm.backup_restoring import Restoring
from swarm.backup_unit import Held
from swarm.engine_volumes import Box
from tests.unit.backup import made
from tests.unit.swarm import cluster as told

NAME = "erasures.jsonl"


def saved(folder: Path, made_with: str, node: str, lines: bytes) -> Entry:
    """A backup of auth whose data was on that node."""
    head = made.head("auth", made_with)
    places = Places([folder])
    growing = places.begin(head.id)
    inside = made.tar(head, [plain(f"volumes/{node}/room_auth-data/{NAME}", lines)])
    backup_age.encrypt([inside], growing, made.PUBLIC)
    growing.settle()
    at = f"2026-01-31T{made_with[9:11]}:00:00+00:00"
    entry = Entry(1, head.id, "auth", at, growing.bytes, growing.sha256, True, 3, "")
    places.enlist(entry)
    return entry


def test_newer_backups_are_asked_whichever_node_had_the_data_then(tmp_path: Path) -> None:
    saved(tmp_path, "20260131T100000-000000", "server-1", b"long ago\n")
    entry = saved(tmp_path, "20260131T110000-000000", "server-1", b"zoe\n")
    saved(tmp_path, "20260131T120000-000000", "pi-lobby", b"zoe\nyann\n")
    backups = cast(Any, SimpleNamespace(places=Places([tmp_path]), key_or_refusal=made.KEY))
    assert list(backup_remembering.newer(backups, entry, "room_auth-data", NAME)) == [b"zoe\n", b"zoe\nyann\n"]
    assert list(backup_remembering.newer(backups, entry, "room_auth-dat", NAME)) == []


def test_each_line_is_put_back_once_with_the_rights_of_the_file_that_was_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    put: list[Member] = []
    monkeypatch.setattr(backup_volume, "fill", lambda _engine, _box, _target, files: put.extend(files))
    box, held = Box("image", {}, "10001:10001", "id"), Held(NAME, 1, "0", 0o640, 7, 8)
    engine = cast(Any, None)
    backup_remembering.put(engine, box, "/data", NAME, held, [b"zoe\nyann", b"yann\n\nbob\n"])
    backup_remembering.put(engine, box, "/data", NAME, None, [b"zoe\n"])
    backup_remembering.put(engine, box, "/data", NAME, held, [b"", b"\n"])  # nothing to remember makes no file
    first, second = put
    assert (list(first.chunks), first.mode, first.uid, first.gid) == ([b"zoe\nyann\nbob\n"], 0o640, 7, 8)
    assert (list(second.chunks), second.mode, second.uid, second.gid) == ([b"zoe\n"], 0o600, 10001, 10001)


def test_the_volume_is_asked_on_every_node_that_has_it_and_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [told.node("server-1"), told.node("pi-lobby"), told.node("pi-room-1"), told.node("server-2", state="down")]
    cluster = SimpleNamespace(
        nodes={node.name: node for node in nodes}, reaches=lambda name: name != "pi-room-1", engine=lambda name: name
    )
    monkeypatch.setattr(engine_volumes, "volume", lambda engine, _name: engine if engine != "nobody" else None)
    monkeypatch.setattr(Restoring, "_image", lambda _self, engine, _reading, _manifest: f"image of {engine}")
    monkeypatch.setattr(
        backup_restoring.backup_remembering, "present", lambda engine, box, _target, _name: [f"{engine}: {box.image}".encode()]
    )
    entry = cast(Any, SimpleNamespace(id="an id", service="auth"))
    restoring = Restoring(cast(Any, cluster), cast(Any, None), cast(Any, None), entry, cast(Any, None), "pi-lobby")
    found = restoring._present(cast(Any, None), cast(Any, None), made.STORED, "1:1", NAME)
    assert list(found) == [b"server-1: image of server-1", b"pi-lobby: image of pi-lobby"]
