"""What a node runs is changed in labels.yml; every other character stays."""

from pathlib import Path

import pytest

from swarm import files, labels_edit
from swarm.errors import DeployError, InputError

FLOW = """# the house
nodes:
  pi-lobby:  {zone: entrance, run: [presence, guidance], ble: hci0}   # by the door
  pi-room-1: {run: []}
  server-1:
    # the old laptop
    run:
      - controller  # decides
      - auth        # knows everybody
    zone: entrance
"""


@pytest.mark.parametrize(
    ("node", "word", "old", "new"),
    [
        ("pi-lobby", "scanner", "[presence, guidance]", "[presence, guidance, scanner]"),
        ("pi-room-1", "meeting", "run: []", "run: [meeting]"),
        ("server-1", "light", "- auth        # knows everybody\n", "- auth        # knows everybody\n      - light\n"),
        ("pi-lobby", "presence", "", ""),
    ],
)
def test_word_is_added_and_nothing_else_is_touched(node: str, word: str, old: str, new: str) -> None:
    after = labels_edit.with_word(FLOW, [node], word)
    assert after == FLOW.replace(old, new) if old else after == FLOW
    assert labels_edit.with_word(after, [node], word) == after
    assert word in files.parsed("labels.yml", after).value["nodes"][node]["run"]


@pytest.mark.parametrize(
    ("node", "word", "old", "new"),
    [
        ("pi-lobby", "presence", "[presence, guidance]", "[guidance]"),
        ("pi-lobby", "guidance", "[presence, guidance]", "[presence]"),
        ("server-1", "auth", "      - auth        # knows everybody\n", ""),
        ("server-1", "controller", "      - controller  # decides\n", ""),
    ],
)
def test_word_is_taken_away_and_nothing_else_is_touched(node: str, word: str, old: str, new: str) -> None:
    after = labels_edit.without_word(FLOW, [node], word)
    assert after == FLOW.replace(old, new)
    assert labels_edit.without_word(after, [node], word) == after


@pytest.mark.parametrize("text", ["nodes: {a: {run: [auth]}}", "nodes:\n  a:\n    run:\n      - auth\n    zone: x\n"])
def test_last_word_leaves_an_empty_list(text: str) -> None:
    after = labels_edit.without_word(text, ["a"], "auth")
    assert files.parsed("labels.yml", after).value["nodes"]["a"]["run"] == []


def test_lines_that_end_as_on_windows_and_a_file_without_a_last_newline_stay_so() -> None:
    text = "nodes:\r\n  a:\r\n    run:\r\n      - auth\r\n    zone: x"
    after = labels_edit.with_word(text, ["a"], "light")
    assert after == text.replace("- auth\r\n", "- auth\r\n      - light\r\n")
    assert labels_edit.without_word(after, ["a"], "light") == text


def test_layout_that_would_lose_a_comment_is_left_to_its_author() -> None:
    with pytest.raises(InputError, match=r"nodes.a: is written in a way .* write run: \[auth, light\]"):
        labels_edit.without_word("nodes: {a: {run: [auth, # knows\n x, light]}}", ["a"], "x")


def test_file_is_replaced_as_a_whole_with_its_rights_and_not_over_somebody_elses_edit(tmp_path: Path) -> None:
    path = tmp_path / "labels.yml"
    path.write_text(FLOW)
    path.chmod(0o640)
    labels_edit.write(path, "new", FLOW)
    assert (path.read_text(), path.stat().st_mode & 0o777, [each.name for each in tmp_path.iterdir()]) == (
        "new",
        0o640,
        ["labels.yml"],
    )
    with pytest.raises(DeployError, match="somebody has just edited it"):
        labels_edit.write(path, "newer", FLOW)
    assert path.read_text() == "new"
