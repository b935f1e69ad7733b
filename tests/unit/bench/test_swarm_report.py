"""The arithmetic of bench.swarm, and which of its figures the promises are about."""

from pathlib import Path
from typing import Any

from bench.coap.figures import promises
from bench.swarm import report
from swarm import files

ROOT = Path(__file__).parents[3]


def rounds(ours: list[float], floor: list[float], name: str = "answer_s") -> dict[str, list[dict[str, float]]]:
    return {"ours": [{name: value} for value in ours], "floor": [{name: value} for value in floor]}


def test_each_round_is_compared_with_the_floor_of_its_own() -> None:
    found = report.compared(rounds([1.0, 2.0, 8.0], [1.0, 1.0, 8.0]), ("answer_s", "name_s"))
    assert list(found) == ["answer_s"]
    assert (found["answer_s"]["ours"]["median"], found["answer_s"]["floor"]["median"]) == (2.0, 1.0)
    assert (found["answer_s"]["times"]["median"], found["answer_s"]["times"]["high"]) == (1.0, 2.0)


def test_what_the_floor_cannot_do_is_told_without_a_ratio() -> None:
    both = rounds([1.0], [1.0])
    both["ours"][0]["ready_s"] = 5.0
    found = report.compared(both, ("ready_s",))
    assert found["ready_s"]["ours"]["median"] == 5.0
    assert set(found["ready_s"]) == {"ours"}


def start(answer: float, end: float) -> dict[str, Any]:
    both = {
        "ours": [{"answer_s": answer, "stop_s": 9.0, "end_s": end}],
        "floor": [{"answer_s": 0.5, "stop_s": 0.1, "end_s": 0.1}],
    }
    return report.compared(both, ("answer_s", "stop_s", "end_s"))


def test_promise_is_about_the_slowest_service_of_its_kind() -> None:
    by = {"presence": start(0.6, 0.2), "controller": start(0.7, 0.4), "auth": start(0.9, 0.1), "meeting": start(0.8, 0.1)}
    visits = {"ms": {"cue": {"p95": 12.5}}}
    deploy = {"ready_s": {"ours": {"median": 4.5}}}
    assert report.found({"start": by, "visits": visits, "deploy": deploy}) == {
        "swarm_start_ratio": 1.4, "swarm_start_ratio_web": 1.8, "swarm_stop_ratio": 4.0, "swarm_cue_p95_ms": 12.5,
        "swarm_ready_s": 4.5,
    }  # fmt: skip
    assert report.found({"start": {"auth": by["auth"]}}) == {"swarm_start_ratio_web": 1.8, "swarm_stop_ratio": 1.0}
    assert report.found({}) == {}


def test_every_promise_that_names_this_benchmark_is_one_it_can_measure() -> None:
    budgets = files.read(ROOT / "bench/budgets.yml").value["budgets"]
    names = {promise["name"] for promise in promises({}, budgets, "bench.swarm")}
    by = {"presence": start(0.6, 0.2), "auth": start(0.9, 0.1)}
    measured = {"start": by, "visits": {"ms": {"cue": {"p95": 1.0}}}, "deploy": {"ready_s": {"ours": {"median": 1.0}}}}
    assert names == set(report.found(measured))
