"""How far a deployed room is, and what keeps it."""

import pytest

from swarm import deploying, stack, stack_images, stack_watch
from swarm.engine_stack import Service, Task
from swarm.labels import Labels
from swarm.stack_watch import Progress
from tests.unit.swarm.cluster import node, nodes_of, service, task
from tests.unit.swarm.conftest import SAMPLE, Reading

KIT = deploying.load_kit()


def look(labels: Labels, there: list[Service], tasks: list[Task], **away: str) -> dict[str, Progress]:
    rendered = stack.render(KIT, labels, stack_images.plain(KIT))
    states = {name: away.get(name.replace("-", "_"), "ready") for name in labels.nodes}
    nodes = [node(each.name, labels=each.labels, state=states[each.name]) for each in nodes_of(labels)]
    return {each.word: each for each in stack_watch.look(rendered, there, tasks, nodes)}


def one(labels: Labels, word: str, **more: object) -> Service:
    return service(stack.render(KIT, labels, stack_images.plain(KIT)), word, **more)


def test_a_service_on_every_node_runs_once_it_runs_on_all(sample: Labels) -> None:
    presence = one(sample, "presence")
    tasks = [task(presence, "pi-lobby"), task(presence, "pi-room-1", "starting")]
    assert str(look(sample, [presence], tasks)["presence"]) == "presence: starting, 1 of 2"
    tasks[1] = task(presence, "pi-room-1")
    assert look(sample, [presence], tasks)["presence"].done


def test_a_node_that_is_away_is_not_waited_for(sample: Labels) -> None:
    presence = one(sample, "presence")
    assert look(sample, [presence], [task(presence, "pi-room-1")], pi_lobby="down")["presence"].done


def test_a_service_that_is_not_there_yet_is_missing(sample: Labels) -> None:
    assert str(look(sample, [], [])["auth"]) == "auth: missing, 0 of 1"


def test_old_tasks_do_not_count_for_what_was_deployed(sample: Labels, read: Reading) -> None:
    moved = read(SAMPLE.replace("GPIO27", "GPIO22"))
    old, new = one(sample, "guidance"), one(moved, "guidance")
    found = look(moved, [new], [task(old, "pi-lobby")])["guidance"]
    assert (found.done, found.running) == (False, 0)


def test_tasks_that_another_placement_alone_left_running_count(sample: Labels) -> None:
    before, after = one(sample, "auth"), one(sample, "auth")
    before.spec["TaskTemplate"]["Placement"] = {"Constraints": ["node.hostname==server-1"]}
    assert look(sample, [after], [task(before, "server-1")])["auth"].done


def test_an_update_is_over_when_swarm_says_so(sample: Labels) -> None:
    updating = one(sample, "auth", UpdateStatus={"State": "updating", "Message": "update in progress"})
    assert look(sample, [updating], [task(updating, "server-1")])["auth"].state == "updating"


def test_a_task_that_no_node_takes_says_why(sample: Labels) -> None:
    auth = one(sample, "auth")
    why = "no suitable node (scheduling constraints not satisfied on 3 nodes)"
    found = look(sample, [auth], [task(auth, "", "pending", why=why)])["auth"]
    assert str(found) == f"auth: waiting, 0 of 1 ({why})"


def test_a_task_that_fails_again_and_again_says_why_and_where(sample: Labels) -> None:
    auth = one(sample, "auth")
    tasks = [
        task(auth, "server-1", "failed", why="task: non-zero exit (2)", wanted="shutdown", at=1),
        task(auth, "server-1", "starting", at=2),
    ]
    assert str(look(sample, [auth], tasks)["auth"]) == "auth: starting, 0 of 1 (on server-1: task: non-zero exit (2))"


def test_what_failed_long_ago_is_not_told_of_a_service_that_runs(sample: Labels) -> None:
    auth = one(sample, "auth")
    tasks = [task(auth, "server-1", "failed", why="once", wanted="shutdown", at=1), task(auth, "server-1", at=2)]
    assert str(look(sample, [auth], tasks)["auth"]) == "auth: running, 1 of 1"


def test_an_update_that_was_rolled_back_failed_though_the_old_one_runs(sample: Labels, read: Reading) -> None:
    moved = read(SAMPLE.replace("GPIO27", "GPIO22"))
    old = one(sample, "guidance", UpdateStatus={"State": "rollback_completed", "Message": "rollback completed"})
    new = one(moved, "guidance")
    tasks = [
        task(old, "pi-lobby", at=3),
        task(new, "pi-lobby", "failed", why="task: non-zero exit (1)", wanted="shutdown", at=2),
    ]
    found = look(moved, [old], tasks)["guidance"]
    assert found.failed
    assert not found.done
    assert str(found) == "guidance: rolled back, 1 of 1 (on pi-lobby: task: non-zero exit (1))"
    tasks[0] = task(old, "pi-lobby", "starting", at=3)
    found = look(moved, [old], tasks)["guidance"]
    assert (found.state, found.failed) == ("rolling back", False)  # until the old one runs


@pytest.mark.parametrize("status", ["rollback_completed", "rollback_paused"])
def test_what_was_rolled_back_to_runs_for_who_wants_just_that(sample: Labels, read: Reading, status: str) -> None:
    old = one(sample, "guidance", UpdateStatus={"State": status, "Message": ""})
    new = one(read(SAMPLE.replace("GPIO27", "GPIO22")), "guidance")
    failed = task(new, "pi-lobby", "failed", why="task: non-zero exit (1)", wanted="shutdown", at=2)
    assert str(look(sample, [old], [task(old, "pi-lobby", at=3), failed])["guidance"]) == "guidance: running, 1 of 1"
    assert look(sample, [old], [task(old, "pi-lobby", "starting", at=3), failed])["guidance"].state != "running"


def test_rows_show_each_task_that_is_to_run_with_its_last_trouble(sample: Labels) -> None:
    presence, auth = one(sample, "presence"), one(sample, "auth")
    tasks = [
        task(presence, "pi-lobby", "failed", why="task: non-zero exit (70)", wanted="shutdown", at=1),
        task(presence, "pi-lobby", at=2),
        task(presence, "pi-room-1", at=1),
        task(auth, "", "pending", why="no suitable node", at=1),
    ]
    rows = stack_watch.rows([presence, auth], tasks, nodes_of(sample))
    assert [(row.service, row.node, row.state, row.why) for row in rows] == [
        ("auth", "-", "pending", "no suitable node"),
        ("presence", "pi-lobby", "running", "task: non-zero exit (70)"),
        ("presence", "pi-room-1", "running", ""),
    ]
    assert rows[1].plain()["since"] == "2026-01-01 00:00:02"


def test_rows_say_what_a_node_that_is_down_should_run_though_swarm_wants_it_no_more(sample: Labels) -> None:
    presence, auth = one(sample, "presence"), one(sample, "auth")
    nodes = [
        node(each.name, labels=each.labels, state=state)
        for each, state in zip(nodes_of(sample), ("ready", "down", "ready"), strict=True)
    ]
    tasks = [task(presence, "pi-lobby"), task(presence, "pi-room-1", wanted="shutdown"), task(auth, "server-1")]
    rows = stack_watch.rows([presence, auth], tasks, nodes)
    assert [(row.service, row.node, row.state, row.why) for row in rows] == [
        ("auth", "server-1", "running", ""),
        ("presence", "pi-lobby", "running", ""),
        ("presence", "pi-room-1", "down", "pi-room-1 is down"),
    ]
