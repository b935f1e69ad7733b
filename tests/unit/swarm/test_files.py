"""The door to YAML refuses what two readers could read in two ways, and says where."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm import files
from swarm.errors import LabelsError


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "labels.yml"
    path.write_bytes(content)
    return path


def test_every_value_has_the_line_it_stands_on(tmp_path: Path) -> None:
    document = files.read(written(tmp_path, b"zones: [a]\nnodes:\n  pi:\n    run:\n      - presence\n"))
    assert document.value == {"zones": ["a"], "nodes": {"pi": {"run": ["presence"]}}}
    assert document.at(("nodes", "pi", "run", 0)) == "labels.yml:5: nodes.pi.run[0]"
    assert document.at(("nodes", "pi", "zone")) == "labels.yml:3: nodes.pi.zone"  # what is missing: its holder's line


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a: 1\nb: 2\na: 3\n", "labels.yml:3: a is there twice, first on line 1"),
        (b"a: &x [1]\nb: *x\n", "labels.yml:2: *x is an alias"),
        (b"a: !!python/object/apply:os.system [true]\n", "labels.yml:1: a: the tag"),
        (b"on: 1\n", "labels.yml:1: on is not a text as a key"),
        (b"a: 1\n? [1]\n: 2\n", "labels.yml:2: this key is not a text"),
        (b"a: 1\nb: [\n", "is not YAML"),
        (b"a: 1\n---\nb: 2\n", "is not YAML"),
        (b"a: 1\nb: \xff\n", "labels.yml:2: is not UTF-8"),
        (b"[" * 30, "is nested more than 20 deep"),
        (b"a: " + b"x" * 200_001, "is larger than 200 kB"),
    ],
)
def test_refuses_and_says_where(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(LabelsError) as refusal:
        files.read(written(tmp_path, content))
    assert says in refusal.value.problems[0]
    assert refusal.value.exit_code == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"absent\.yml: cannot be read: No such file"):
        files.read(tmp_path / "absent.yml")


def test_a_date_stays_the_text_it_is(tmp_path: Path) -> None:
    assert files.read(written(tmp_path, b"a: 2026-01-02\nb: 1.5\nc: null\nd: true\n")).value == {
        "a": "2026-01-02",
        "b": 1.5,
        "c": None,
        "d": True,
    }


@given(st.binary(max_size=200))
def test_whatever_the_bytes_there_is_a_document_or_a_located_refusal(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            files.read(written(Path(folder), data))
        except LabelsError as refusal:
            assert all(problem.startswith("labels.yml:") for problem in refusal.problems)
