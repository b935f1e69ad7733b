"""A service on ever more nodes: what is said of what was measured, and the simulation of what was not."""

import copy
import json
import math
from types import SimpleNamespace
from typing import Any

import pytest

from bench import figure, telling
from bench.nodes import __main__ as nodes
from bench.nodes import measuring, simulation
from bench.nodes.measuring import Begun
from bench.nodes.simulation import Start
from bench.swarm.workshop import Workshop
from swarm import docker_program
from swarm.errors import EngineError


def start(waits: float = 1.0, work: float = 0.5, dispatch: float = 0.0, once: float = 0.0) -> Start:
    return Start([waits], work, dispatch, once)


@pytest.mark.parametrize(
    ("begins", "cores", "ends"),
    [
        ([0.0], 2, [1.0]),
        ([0.0, 0.0], 2, [1.0, 1.0]),
        ([0.0, 0.0], 1, [2.0, 2.0]),
        ([0.0, 0.0, 0.0, 0.0], 2, [2.0] * 4),
        ([0.0, 0.5], 1, [1.5, 2.0]),  # the second half of the first takes twice as long
        ([0.0, 5.0], 1, [1.0, 6.0]),
        ([], 2, []),
    ],
)
def test_work_under_way_shares_the_cores(begins: list[float], cores: int, ends: list[float]) -> None:
    assert simulation.ends(begins, 1.0, cores) == pytest.approx(ends)


def test_nodes_of_one_machine_wait_for_its_cores_and_nodes_of_their_own_do_not() -> None:
    assert simulation.all_there(8, start(), 2, shared=True) == pytest.approx(1.0 + 8 * 0.5 / 2)
    assert simulation.all_there(8, start(), 2, shared=False) == pytest.approx(1.0 + 0.5)


def test_manager_tells_one_node_after_the_other() -> None:
    one = start(dispatch=0.1, once=0.2)
    assert simulation.all_there(8, one, 2, shared=False) == pytest.approx(0.2 + 8 * 0.1 + 1.0 + 0.5)


def test_last_of_many_has_waited_longest_and_the_same_is_simulated_twice() -> None:
    one = Start([1.0, 2.0, 3.0], 0.0, 0.0, 0.0)
    few, many = (simulation.all_there(count, one, 2, shared=False) for count in (1, 64))
    assert few < many == 3.0
    assert simulation.all_there(8, one, 2, shared=True) == simulation.all_there(8, one, 2, shared=True)


def test_as_many_nodes_as_there_are_and_powers_of_two_before() -> None:
    assert [nodes.counts(most) for most in (1, 2, 3, 8)] == [[1], [1, 2], [1, 2, 3], [1, 2, 4, 8]]


def of(count: int, true: Start, cores: int = 2) -> Begun:
    """As a machine that is what the simulation takes it for would have it."""
    ready = [true.once_s + number * true.dispatch_s + true.waits_s[0] for number in range(1, count + 1)]
    answered = simulation.ends(ready, true.work_s, cores)
    manager = true.once_s + count * true.dispatch_s
    return Begun([one - 0.1 for one in answered], answered, manager + count * true.work_s, manager)


def rounds(true: Start, *counts: int) -> nodes.Rounds:
    return {count: {"ours": [of(count, true)] * 5, "floor": [of(count, start(0.5, 0.1))] * 5} for count in counts}


def test_simulation_learns_what_it_is_measured_on() -> None:
    true = start(waits=1.0, work=0.4, dispatch=0.05, once=0.2)
    found = nodes.learned({count: by["ours"] for count, by in rounds(true, 1, 2, 4).items()}, 2)
    assert (found.work_s, found.dispatch_s, found.once_s) == pytest.approx((0.4, 0.05, 0.2))
    assert found.waits_s == pytest.approx([1.0] * 15)
    figures, notes = nodes.beyond(rounds(true, 1, 2, 4, 8), 2)
    named = figure.by_name(figure.plain(figures))
    assert len(named) == len(figures) == 8
    assert all("about 8 is 0%" in notes[name] for name in named)
    alone = named["64 nodes, each with 2 cores like these of its own: until the last answers (simulated)"]
    assert alone.value == pytest.approx(0.2 + 64 * 0.05 + 1.0 + 0.4)


def test_simulation_that_is_wrong_says_by_how_much() -> None:
    true = rounds(start(), 1, 2, 4, 8)
    slower = [Begun(one.started_s, [2 * at for at in one.answered_s], one.cpu_s, one.manager_s) for one in true[8]["ours"]]
    _, notes = nodes.beyond({**true, 8: {**true[8], "ours": slower}}, 2)
    assert all("50% below what was measured" in note for note in notes.values())


def test_nothing_is_simulated_where_nothing_is_left_to_try_it_on() -> None:
    assert nodes.beyond(rounds(start(), 1, 2), 2) == ([], {})


def test_what_was_measured_stands_beside_the_floor_also_when_a_round_was_broken_off() -> None:
    found = rounds(start(), 1, 2)
    found[2]["ours"].append(of(2, start(waits=99.0)))  # its echo was never begun
    found[4] = {"ours": [], "floor": [of(4, start())]}
    figures, _ = nodes.told(found)
    named = figure.by_name(figure.plain(figures))
    assert named["2 nodes, a controller on each: until the last answers"].times is not None
    assert math.isclose(named["2 nodes, a controller on each: until the last answers"].value, 1.5)
    assert not any(name.startswith("4 nodes") for name in named)


def test_stack_that_does_not_go_names_the_node_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = [SimpleNamespace(name="pi-lobby", state="down"), SimpleNamespace(name="server-1", state="ready")]
    monkeypatch.setattr(docker_program, "run", lambda *_: "")
    monkeypatch.setattr(Workshop, "_networks_of", lambda *_: ["bench_room"])
    monkeypatch.setattr(Workshop, "nodes", lambda _: lost)
    with pytest.raises(EngineError, match="is not gone after 0 s: pi-lobby is lost"):
        Workshop("unix:///nowhere").remove_stack("bench", within_s=0)


def test_what_is_left_out_is_said_and_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    one = figure.one("x", "s", 1.5)
    assert telling.tell([one], {"x": "odd"}, [], as_json=False) == 0
    assert "odd" in capsys.readouterr().out
    assert telling.tell([one], {}, ["pi-lobby is lost"], as_json=True, base="b") == 1
    told = capsys.readouterr()
    assert "pi-lobby is lost" in told.err
    assert (json.loads(told.out)["base"], json.loads(told.out)["figures"][0]["value"]) == ("b", 1.5)


def test_service_goes_where_the_benchmark_s_label_is_and_is_otherwise_as_it_was() -> None:
    placement: dict[str, Any] = {"Constraints": ["node.labels.controller == true"]}
    spec = {"Name": "x", "TaskTemplate": {"ContainerSpec": {"Image": "i"}, "Placement": placement}, "Mode": {"Replicated": {}}}
    before = copy.deepcopy(spec)
    found = measuring.labelled(spec)
    assert spec == before
    assert found["TaskTemplate"] == {
        "ContainerSpec": {"Image": "i"},
        "Placement": {"Constraints": ["node.labels.nano-bench == true"]},
    }
    assert found["Mode"] == {"Global": {}}
