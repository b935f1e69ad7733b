"""The whole story with real processes: who is led, who is refused, and what is printed of it."""

import json
from pathlib import Path

import pytest

from tests.interop.conftest import ROOT, nanoswarm

pytestmark = pytest.mark.interop
WORDS = {"presence", "controller", "scanner", "auth", "guidance", "meeting"}


def test_everybody_is_led_or_refused_as_they_should_be(tmp_path: Path) -> None:
    done = nanoswarm("demo", "--json", "--speed", "8", "--labels", str(ROOT / "labels.yml"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    outcomes = {visit["person"]: (visit["outcome"], visit["reason"]) for visit in result["visits"]}
    assert outcomes == {
        "alice": ("completed", None),
        "bob": ("completed", None),
        "carl": ("completed", None),
        "david": ("completed", None),
        "stranger": ("refused", "unknown-key"),
        "erin": ("refused", "too-early"),
    }
    for visit in result["visits"]:
        hops = {"b", "c", "d", "e", "f"} if visit["outcome"] == "completed" else {"b", "c", "d"}
        assert set(visit["hops_ms"]) == hops, visit
        assert all(ms >= 0 for ms in visit["hops_ms"].values()), visit
    assert set(result["rss_mb"]) == WORDS
    assert result["ready_s"] > 0 and result["cue_p95_ms"] > 0


def test_sensor_moved_to_another_zone_in_labels_works_there(tmp_path: Path) -> None:
    labels = (ROOT / "labels.yml").read_text()
    moved = labels.replace("zone: entrance", "zone: corridor").replace("[entrance, corridor, room-1]}", "[corridor, room-1]}")
    assert moved != labels
    (tmp_path / "labels.yml").write_text(moved)
    done = nanoswarm("demo", "--json", "--speed", "10", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "alice comes in at corridor" in done.stderr


def test_labels_that_are_wrong_start_nothing_and_name_the_line(tmp_path: Path) -> None:
    labels = (ROOT / "labels.yml").read_text()
    (tmp_path / "labels.yml").write_text(labels.replace("zone: entrance, run", "zone: entrence, run"))
    done = nanoswarm("demo", cwd=tmp_path)
    assert done.returncode == 2
    assert "labels.yml:" in done.stderr and "entrence" in done.stderr and "entrance" in done.stderr
    assert not (tmp_path / ".nanoswarm").exists()


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    nanoswarm("demo", "--json", "--speed", "20", "--labels", str(ROOT / "labels.yml"), cwd=tmp_path)
    home = str(tmp_path).encode()
    left = [path for path in Path("/proc").glob("[0-9]*/environ") if home in _bytes(path) and b"NANO_NODE" in _bytes(path)]
    assert left == []


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
