"""nanoswarm bench paper: what is said of two figures, what is kept of a run, and what is named as missing."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench import rounds
from bench.figure import Figure
from bench.paper import plot, reading, running, told
from bench.paper.row import ALIKE, FEW, LESS, MORE, Row
from bench.paper.running import Report
from bench.paper.scenarios import SCENARIOS, Scenario, chosen
from bench.scaling import model
from swarm.__main__ import main
from swarm.errors import InputError

HERE = {"versions": {"nanoswarm": "0"}, "machine": "a <Pi> & more", "memory_mb": 1, "system": "s", "kernel": "k", "python": "p"}


def figure(low: float, high: float, times: tuple[float, float] | None = None) -> Figure:
    beside = None if times is None else {"n": 5, "median": sum(times) / 2, "low": times[0], "high": times[1]}
    return Figure("x", (low + high) / 2, "s", 5, low, high, floor="an echo" if times else None, times=beside)


def test_nothing_is_called_less_or_more_where_the_intervals_overlap() -> None:
    told = [(1, 1.9, LESS), (1, 2.1, ALIKE), (3, 5, ALIKE), (4.1, 5, MORE)]
    for low, high, says in told:
        assert Row("7", "a", figure(low, high), (2, 4)).plain()["beside_the_paper"] == says
    assert Row("7", "a", figure(1, 2)).plain()["beside_the_paper"] is None


def test_of_four_values_nothing_is_said_and_of_a_size_which_needs_no_interval_something_is() -> None:
    four = replace(figure(1, 1.9), n=4)
    assert Row("7", "a", four, (2, 4)).plain()["beside_the_paper"] == FEW
    assert Row("IV", "a", replace(four, low=None, high=None, n=1), (2, 4)).plain()["beside_the_paper"] == LESS


@pytest.mark.parametrize(("times", "says"), [((0.8, 1.2), ALIKE), ((1.1, 1.2), MORE), ((0.8, 0.9), LESS)])
def test_beside_the_floor_the_ratio_of_the_rounds_decides(times: tuple[float, float], says: str) -> None:
    assert Row("7", "a", figure(1, 2, times)).plain()["beside_the_floor"] == says


def test_image_is_told_beside_the_paper_s_of_its_variant_and_slim_beside_the_multistage_build() -> None:
    image = {"service": "auth", "variant": "slim", "total_mb": 20.0, "unique_mb": 5.0, "writable_bytes": 0, "base_image": "b"}
    missing = image | {"service": "meeting", "total_mb": None}
    total, own, writable = reading.sizes({"rows": [image, missing]})
    assert (total.table, total.paper, own.paper, writable.paper) == ("IV", (137.1, 137.1), (50.15, 50.15), (2.3, 2.3))
    assert total.ratio == pytest.approx((20 / 137.1,) * 2)
    assert writable.plain()["beside_the_paper"] == LESS


def test_line_is_tried_on_the_point_it_was_not_shown() -> None:
    straight = model.fitted([(1, 3), (2, 5), (10, 21)])
    assert (round(straight.line.at(100), 6), straight.error) == (201, pytest.approx(0))
    bent = model.fitted([(1, 1), (2, 2), (10, 20)])  # a line through the first two says 10
    assert bent.error == pytest.approx(0.5)
    assert model.fitted([(1, 1), (2, 2)]).error is None
    with pytest.raises(ValueError, match="two different places"):
        model.fitted([(1, 1), (1, 2)])


# --- a run -----------------------------------------------------------------------------------------------------------------

TOLD = {"figures": [{"name": "took", "value": 1.0, "unit": "s", "n": 5, "low": 0.9, "high": 1.1}], "left_out": []}
PLAIN = reading.plainly("scale")
THREE = [Scenario(name, name, (f"bench.{name}",), PLAIN) for name in ("one", "two", "three")]
Run = Callable[..., tuple[Report, list[str]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs THREE in a folder without a cluster; what each tells, or is, by its name; and what was asked."""
    monkeypatch.setattr(running, "cluster", lambda: (None, {}, "no engine answers"))
    monkeypatch.setattr(running.machine, "about", lambda: dict(HERE))

    def go(
        answers: dict[str, Any] | None = None, scenarios: Sequence[Scenario] = THREE, quick: bool = True, fresh: bool = False
    ) -> tuple[Report, list[str]]:
        asked = []

        def told_by(words: Sequence[str], *_: object) -> tuple[int, str, str, dict[str, float]]:
            name = words[2].removeprefix("bench.")
            asked.append(name)
            answer = (answers or {}).get(name, TOLD)
            if answer is KeyboardInterrupt:
                raise KeyboardInterrupt
            return (1, "", answer, {}) if isinstance(answer, str) else (0, json.dumps(answer), "", {"work": 1.0})

        monkeypatch.setattr(rounds, "told_by", told_by)
        return running.run(scenarios, tmp_path, quick, fresh, lambda _: None), asked

    return go


def test_what_was_measured_is_kept_and_not_measured_again_unless_that_is_asked_for(run: Run) -> None:
    first, asked = run()
    assert asked == ["one", "two", "three"] and len(first.rows) == 3
    again, asked = run()
    assert asked == [] and again.rows == first.rows
    assert run(fresh=True)[1] == ["one", "two", "three"]


def test_short_run_is_not_taken_for_a_whole_one(run: Run) -> None:
    run(quick=True)
    assert run(quick=False)[1] == ["one", "two", "three"]


def test_interrupted_run_keeps_what_it_has_names_the_rest_and_goes_on_there(run: Run) -> None:
    report, asked = run({"two": KeyboardInterrupt})
    assert (asked, report.interrupted, len(report.rows)) == (["one", "two"], True, 1)
    assert set(report.missing) == {"two", "three"}
    assert run()[1] == ["two", "three"]


def test_page_that_was_spoilt_is_measured_anew(run: Run, tmp_path: Path) -> None:
    run()
    (tmp_path / "measured/two.json").write_text('{"v": 1, "given"')
    assert run()[1] == ["two"]


def test_benchmark_that_fails_is_named_with_its_own_words_and_stops_no_other(run: Run) -> None:
    report, asked = run({"two": "permission denied: /run/docker.sock"})
    assert asked == ["one", "two", "three"] and len(report.rows) == 2
    assert report.missing == {"two": "bench.two --quick --json ended with 1: permission denied: /run/docker.sock"}
    assert run()[1] == ["two"]


def test_what_a_vanished_node_left_is_kept_and_what_it_took_is_named(run: Run) -> None:
    report, _ = run({"two": TOLD | {"left_out": ["start, in round 3 of 5: pi-lobby does not answer"]}})
    assert len(report.rows) == 3
    assert report.missing == {"two": "in part: start, in round 3 of 5: pi-lobby does not answer"}
    report, asked = run({"two": "no node answers"})
    assert asked == ["two"] and len(report.rows) == 3  # a part is better than nothing
    report, asked = run()
    assert (asked, len(report.rows), report.missing) == (["two"], 3, {})


def test_without_an_engine_what_needs_none_is_measured_and_the_rest_named(run: Run) -> None:
    needs = Scenario("swarm", "swarm", ("bench.swarm",), PLAIN, engine=True)
    report, asked = run(scenarios=[needs, THREE[0]])
    assert asked == ["one"]
    assert "no engine answers" in report.missing["swarm"]


def test_folder_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="--output"):
        running.ready(tmp_path / "file/results")


def test_disk_with_too_little_room_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LEAST_FREE_MB", 10**12)
    with pytest.raises(InputError, match="are needed"):
        running.ready(tmp_path)


# --- its forms ------------------------------------------------------------------------------------------------------------


def report() -> Report:
    rows = [
        Row("7", "auth <starts>", figure(1, 2, (1.1, 1.3)), (2.5, 4), base="nanoswarm/base:debian-13 (a stand-in, abc)"),
        Row("6", "auth, built", figure(3, 5), (2, 4), base="python:3.13-alpine@sha256:1"),
    ]
    return Report({**HERE, "load": 0.5}, True, rows, [], {"loss": "no lab"}, {})


def test_page_stands_by_itself_and_shows_everything() -> None:
    page = told.as_html(report())
    assert not any(word in page for word in ("http://", "https://", "src=", "<script", "@import"))
    assert "auth &lt;starts&gt;" in page and "a &lt;Pi&gt; &amp; more" in page and "<starts>" not in page
    assert "no difference shown" in page and "missing: loss: no lab" in page and "not to be cited" in page
    assert page.count("<svg") == 2


def test_figure_on_a_stand_in_is_called_so_in_every_form() -> None:
    assert "a stand-in: nanoswarm/base" in told.as_html(report())
    assert "a stand-in: nanoswarm/base" in told.as_csv(report())


@pytest.mark.parametrize(
    ("base", "called"),
    [
        ("", ""),
        ("python:3.13-alpine@sha256:1", "python:3.13-alpine@sha256:1"),
        ("python:3.13-alpine (not pulled, abc)", "a stand-in: python:3.13-alpine (not pulled, abc)"),
    ],
)
def test_base_that_only_has_the_name_of_the_real_one_is_called_a_stand_in(base: str, called: str) -> None:
    assert told.base_of(Row("6", "auth, built", figure(3, 5), base=base)) == called
    assert "stand-in" in json.dumps(told.as_json(report()))


def test_rows_of_the_csv_are_all_there_and_readable() -> None:
    rows = list(csv.DictReader(io.StringIO(told.as_csv(report()))))
    assert [(row["what"], row["verdict"], float(row["value"])) for row in rows] == [
        ("auth <starts>", LESS, 1.5), ("auth, built", ALIKE, 4.0),
    ]  # fmt: skip


def test_bars_are_as_long_as_the_logarithm_of_what_they_stand_for_and_nothing_is_left_out_silently() -> None:
    drawn = plot.bars("t", "s", [plot.Bar("a", 1, (1, 1)), plot.Bar("b", 10, (10, 10)), plot.Bar("c", 100, (100, 100))])
    widths = [float(part.split('"')[0]) for part in drawn.split('width="')[1:]][:3]
    assert widths[2] == pytest.approx(2 * widths[1], rel=0.02) and widths[0] == 1
    assert plot.bars("t", "s", [plot.Bar("none", 0, (0, 0))]) == ""


def test_every_scenario_is_a_module_that_can_be_run_and_has_a_name_of_its_own() -> None:
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
    for one in SCENARIOS:
        assert find_spec(one.words[0]) is not None
    assert "building-official" not in {one.name for one in chosen((), quick=True)}
    assert [one.name for one in chosen(("building-official",), quick=True)] == ["building-official"]


def test_unknown_name_is_wrong_input_and_nothing_is_written(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main, ["bench", "paper", "--only", "sizes", "--only", "nonsense", "--output", str(tmp_path / "x")]
    )
    assert result.exit_code == 2 and "nonsense" in result.stderr and not (tmp_path / "x").exists()


def test_dry_run_prints_what_it_stands_for_and_does_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["bench", "paper", "--dry-run", "--only", "coap", "--output", str(tmp_path / "x")])
    assert result.stdout == "python -m bench.coap --only server --only client --json\n" and not (tmp_path / "x").exists()
