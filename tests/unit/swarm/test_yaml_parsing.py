"""Whatever is in labels.yml or a service.yml: what it says, or LabelsError with short problems that have a line."""

import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import place
from nanoservices.payload import read
from swarm import labels_file, slices, words
from swarm.errors import LabelsError
from swarm.labels import Labels
from tests.unit.hostile import LONGEST_REFUSAL, changed_somewhere, often, seldom
from tests.unit.swarm.conftest import SAMPLE, WORDS

ODD = [
    "zones: 0x" + "f" * 5000,
    "zones: " + "1" * 5000,
    "zones: 1" + ":1" * 20_000,
    "zones: 1" + ":1" * 20_000 + ".5",
    'zones: "\\UFFFFFFFF"',
    'zones: "\\U00110000"',
    'zones: ["\\ud800"]',
    'zones: ["\\e[2J"]',
    f"%YAML {'9' * 5000}.1\n---\nzones: []",
    "%YAML 1.1\n%YAML 1.1\n---\n",
    f"{'k' * 50_000}: 1\nzones: []\nnodes: {{}}\n",
    f"zones: [{'z' * 50_000}]\nnodes: {{}}",
    f"zones: !{'t' * 5000} []",
    f"zones: &{'a' * 5000} []\nnodes: *{'a' * 5000}",
    "nodes: {? " + "[" * 19 + "]" * 19 + " : 1}",
    "- " * 5000,
    "zones: [" + ",".join(f"z{n}" for n in range(2000)) + "]\nnodes: {pi: {zone: q, run: []}}",
    "a: |\n" + " x\n" * 40_000,
    "zones: {\t",
    "\0",
    "\ud800",
    "zones: .inf",
    "zones: 1e999999",
    "zones: 0b_",
    "zones: !!int",
    "zones: !!float",
    "zones: !!bool maybe",
    "!!null zones: []",
    "? - a\n: - b",
    "nodes: {pi: {run: {a: b}, gpio: {leds: [[[[GPIO1]]]], pir: 1}}}",
]


def found(path: Path, text: bytes) -> Labels | None:
    path.write_bytes(text)
    began = time.monotonic()
    try:
        return labels_file.read(path, WORDS)
    except LabelsError as refused:
        for problem in refused.problems:
            assert re.match(r"labels\.yml:(\d+: .|)", problem), problem[:200]
            assert len(problem) <= 2 * LONGEST_REFUSAL
            assert problem.isprintable()
    finally:
        assert time.monotonic() - began < 30
    return None


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_file_is_refused(text: str, tmp_path: Path) -> None:
    assert found(tmp_path / "labels.yml", text.encode(errors="surrogatepass")) is None


@seldom
@given(data=st.data())
def test_sample_with_one_odd_value_is_read_or_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    said = data.draw(changed_somewhere(yaml.safe_load(SAMPLE)))
    try:
        text = yaml.safe_dump(said, allow_unicode=True)
    except (ValueError, yaml.YAMLError):  # what YAML cannot say
        return
    labels = found(tmp_path_factory.getbasetemp() / "labels.yml", text.encode(errors="surrogatepass"))
    for word in WORDS.values() if labels is not None else ():
        part = slices.slice_for(word, labels)
        assert read(place.Place, part) is not None  # a service can use what it is given


@often
@given(start=st.integers(0, len(SAMPLE)), length=st.integers(0, 40), typed=st.text(max_size=6))
def test_sample_with_a_slip_of_the_hand_is_read_or_refused(
    start: int, length: int, typed: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = SAMPLE[:start] + typed + SAMPLE[start + length :]
    found(tmp_path_factory.getbasetemp() / "labels.yml", text.encode())


@pytest.mark.parametrize(
    ("kit", "says"),
    [
        ("{place: 5}", "x-nano.place: 5 is not a list of words"),
        ("{place: [[zone]]}", "is not a list of words"),
        ("{place: [zoom]}", "x-nano.place: zoom is not one of"),
        ("{calls: auth}", "x-nano.calls: auth is not a list of words"),
        ("{calls: [{}]}", "is not a list of words"),
        ("{calls: [" + "x" * 100_000 + ", 5]}", "..."),
    ],
)
def test_service_yml_that_cannot_be_used_is_named(tmp_path: Path, kit: str, says: str) -> None:
    (tmp_path / "lamp").mkdir()
    (tmp_path / "lamp/service.yml").write_text(f"services: {{}}\nx-nano: {kit}\n")
    with pytest.raises(LabelsError) as refused:
        words.discover(tmp_path)
    (problem,) = refused.value.problems
    assert problem.startswith("lamp/service.yml:2: ") and says in problem
    assert len(problem) <= LONGEST_REFUSAL


@pytest.mark.parametrize("text", ["", "5", "[]", "x-nano: 5", "x-nano: {}\nservices: 5", "services: {lamp: {deploy: [1]}}"])
def test_service_yml_that_says_nothing_is_a_word_without_needs(tmp_path: Path, text: str) -> None:
    (tmp_path / "lamp").mkdir()
    (tmp_path / "lamp/service.yml").write_text(text)
    assert words.discover(tmp_path) == {"lamp": words.Word("lamp", single=True)}
