"""What the report reads of a Swarm's benchmarks, and the service that is lost with its node."""

import copy
from typing import Any

from bench import figure, loss
from bench.paper import reading
from bench.swarm import report

SPREAD = {"n": 5, "median": 1.0, "low": 0.9, "high": 1.2}
SITE = {"site": {"base": "python:3.13-alpine@sha256:1"}}


def told(result: dict[str, Any]) -> dict[str, Any]:
    return {**SITE, **result, "figures": figure.plain(report.told(result))}


def test_first_answer_stands_beside_the_paper_s_initiation_and_beside_the_floor() -> None:
    both = {"ours": SPREAD, "floor": SPREAD, "times": SPREAD}
    row = {"answer_s": both, "end_s": both}
    rows = {one.what: one for one in reading.starting(told({"start": {"auth": row}}))}
    assert set(rows) == {f"start auth, {what}" for what in ("answer", "answer, floor", "end", "end, floor")}
    answer = rows["start auth, answer"]
    assert (answer.table, answer.paper, answer.base) == ("7", (2.0, 4.0), SITE["site"]["base"])
    assert answer.plain()["beside_the_floor"] == "no difference shown"
    assert rows["start auth, end"].paper is None


def test_whole_room_s_deployment_is_read() -> None:
    deploy = {name: {"ours": SPREAD, "floor": SPREAD, "times": SPREAD} for name in ("docker_s", "ready_s")}
    assert "deploy, ready" in {one.what for one in reading.starting(told({"deploy": deploy}))}


def test_hops_across_nodes_are_read_with_the_ping_that_is_their_floor() -> None:
    hops = [figure.median("across nodes, hop_b_ms", "ms", [1.0] * 5), figure.p95("across nodes, cue_p95_ms", "ms", [2.0] * 5)]
    visits = {"figures": figure.plain(hops), "ms": {"cue": {"p95": 2.0}}, "ping_ms": SPREAD}
    rows = reading.across(told({"visits": visits}))
    assert [one.figure.value for one in rows] == [1.0, 2.0, 1.0]
    assert all(one.note.startswith("one clock") and one.table == "visit" for one in rows)


def test_service_that_is_to_be_lost_may_run_on_any_worker_and_is_otherwise_as_it_was() -> None:
    container = {"Image": "nanoswarm/controller", "Healthcheck": {"Test": ["CMD", "python3"], "Interval": 1}}
    placement = {"Constraints": ["node.labels.controller == true"]}
    spec = {
        "Name": "bench_controller",
        "TaskTemplate": {"ContainerSpec": container, "Placement": placement},
        "Mode": {"Global": {}},
    }
    before = copy.deepcopy(spec)
    ours, echo = loss.movable(spec, None), loss.movable(spec, "echo")
    assert spec == before
    for found in (ours, echo):
        assert found["TaskTemplate"]["Placement"] == {"Constraints": ["node.role==worker"]}
        assert found["Mode"] == {"Replicated": {"Replicas": 1}}
    assert ours["TaskTemplate"]["ContainerSpec"] == container
    assert echo["TaskTemplate"]["ContainerSpec"]["Image"] == "echo"


def test_lost_node_s_rounds_are_compared_in_pairs_also_when_the_last_was_broken_off() -> None:
    ours, floor = figure.by_name(loss._told({"ours": [12.0, 18.0, 15.0], "floor": [10.0, 9.0]})).values()
    assert (ours.n, ours.value, floor.n) == (3, 15.0, 2)
    assert ours.times is not None and ours.times["median"] == 1.6
