"""bench.check: what counts as kept, and what its exit code is."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench import check, figure, promises, rounds
from bench.promises import BROKEN, KEPT, MISSING
from bench.rounds import Measured
from swarm import files

FLOOR = {"work": 1.0, "echo": 0.5}
PROMISES: dict[str, dict[str, Any]] = {
    "cue_ms": {"limit": 20, "unit": "ms", "what": "a cue", "by": "a", "beside": "echo"},
    "size_mb": {"limit": 3, "unit": "MB", "what": "a size", "by": "a"},
    "rate": {"least": 500, "unit": "/s", "what": "a rate", "by": "b", "beside": "work"},
}


def verdicts(pace: dict[str, float], **values: float) -> dict[str, str]:
    found = {name: figure.one(name, "x", value) for name, value in values.items()}
    judged = promises.judge(PROMISES, found, {"a": pace, "b": pace}, FLOOR, {"b": "no gcc"})
    return {one.name: one.verdict for one in judged}


def test_limit_holds_to_the_letter_on_a_quiet_machine() -> None:
    assert verdicts({"work": 1, "echo": 0.5}, cue_ms=20, size_mb=3, rate=500) == dict.fromkeys(PROMISES, KEPT)
    assert verdicts({"work": 1, "echo": 0.5}, cue_ms=20.1, size_mb=3.1, rate=499) == dict.fromkeys(PROMISES, BROKEN)


def test_times_are_held_to_the_floor_of_their_own_run_and_sizes_are_not() -> None:
    busy = {"work": 2, "echo": 1.5}
    assert verdicts(busy, cue_ms=59, size_mb=3.1, rate=251) == {"cue_ms": KEPT, "size_mb": BROKEN, "rate": KEPT}
    assert verdicts(busy, cue_ms=61, size_mb=3.0, rate=249) == {"cue_ms": BROKEN, "size_mb": KEPT, "rate": BROKEN}


def test_fast_machine_makes_no_limit_tighter() -> None:
    assert verdicts({"work": 0.1, "echo": 0.1}, cue_ms=19)["cue_ms"] == KEPT


def test_what_nobody_measured_is_not_kept_and_says_why() -> None:
    judged = {one.name: one for one in promises.judge(PROMISES, {}, {}, FLOOR, {"b": "no gcc"})}
    assert judged["rate"].verdict == MISSING and judged["rate"].why == "no gcc" and not judged["rate"].is_kept
    assert "has not told of it" in judged["cue_ms"].why


def test_kit_s_own_promises_are_well_formed_and_others_are_refused_in_sentences() -> None:
    assert promises.wrong_with(files.read(rounds.BUDGETS).value) == []
    wrong = {"floor": FLOOR, "budgets": {"x": {"limit": 1, "least": 1, "unit": "s", "what": "it", "beside": "disk"}}}
    assert len(promises.wrong_with(wrong)) == 3


def run(monkeypatch: pytest.MonkeyPatch, told: list[dict[str, float]], *words: str) -> tuple[int, dict[str, Any], list[str]]:
    """bench.check of bench.coap, which finds these figures, one of the list a time."""
    asked: list[str] = []

    def measure(names: Sequence[str], *_: object) -> dict[str, Measured]:
        asked.extend(names)
        figures = {name: figure.one(name, "x", value) for name, value in told.pop(0).items()}
        return {name: Measured({}, figures, {"work": 0.5, "echo": 0.1}) for name in names}

    monkeypatch.setattr(rounds, "measure", measure)
    result = CliRunner().invoke(check.main, ["--by", "bench.coap", *words])
    return result.exit_code, json.loads(result.stdout) if "--json" in words else {}, asked


GOOD = {"coap_server_ratio": 1.2, "coap_client_ratio": 0.2, "coap_memory_growth_mb": 0.1}


def test_all_kept_is_exit_code_0(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told, asked = run(monkeypatch, [GOOD], "--json")
    assert (code, asked) == (0, ["bench.coap"])
    assert {one["verdict"] for one in told["promises"]} == {KEPT}


def test_broken_promise_is_measured_once_more_and_then_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = GOOD | {"coap_server_ratio": 9.0}
    assert run(monkeypatch, [bad, bad])[0] == 1
    code, _, asked = run(monkeypatch, [bad, GOOD])
    assert (code, asked) == (0, ["bench.coap", "bench.coap"])


def test_promise_without_a_figure_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told, _ = run(monkeypatch, [{"coap_server_ratio": 1.0}], "--json")
    assert code == 1
    assert [one["verdict"] for one in told["promises"]] == [KEPT, MISSING, MISSING]


def test_benchmark_that_does_not_exist_is_wrong_input() -> None:
    result = CliRunner().invoke(check.main, ["--by", "bench.nothing"])
    assert result.exit_code == 2 and "bench.coap" in result.stderr


def test_benchmark_s_own_last_words_are_told_when_it_tells_no_figures(tmp_path: Path) -> None:
    said = "import sys; print('half'); sys.exit('no dbus-daemon here')"
    found = rounds.one([sys.executable, "-c", said], tmp_path, 20)
    assert found.why_not == "it ended with 1 and told no figures: no dbus-daemon here"


def test_benchmark_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    found = rounds.one([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, 0.3)
    assert "had not ended after 0.3 s" in found.why_not


def test_figures_are_read_beside_the_machine_s_pace_and_also_of_a_run_that_failed(tmp_path: Path) -> None:
    told = json.dumps({"figures": [{"name": "x", "value": 1.5, "unit": "s", "n": 3}]})
    found = rounds.one([sys.executable, "-c", f"import sys, time; time.sleep(0.5); print({told!r}); sys.exit(1)"], tmp_path, 20)
    assert found.figures["x"].value == 1.5
    assert found.pace["work"] > 0 and found.pace["echo"] > 0


def test_images_are_judged_by_the_largest_and_by_all_on_a_node() -> None:
    rows = [
        ("auth", "in total without what weighs apart", 20.0),
        ("auth", "its own layers", 3.0),
        ("scanner", "in total", 22.0),
    ]
    told = [{"service": word, "what": what, "mb": mb} for word, what, mb in [*rows, ("all", "together on one node", 35.0)]]
    found = rounds.figures_of({"base": ["x"], "figures": told})
    assert {name: one.value for name, one in found.items()} == {"image_total_mb": 22.0, "images_node_mb": 35.0}
    assert rounds.figures_of({"base": ["x"], "figures": told[:3]}) == {}


def test_benchmark_that_names_its_images_base_tells_figures_like_any_other() -> None:
    told = figure.plain([figure.one("service_add_ready_s", "s", 1.2)])
    assert rounds.figures_of({"base": "python:3.13-alpine", "figures": told})["service_add_ready_s"].value == 1.2
