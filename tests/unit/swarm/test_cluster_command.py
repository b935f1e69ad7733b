"""nanoswarm cluster and labels: what they print and change, on engines that remember."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from swarm import context
from swarm.__main__ import main
from swarm.context import Context
from tests.unit.swarm.conftest import SAMPLE
from tests.unit.swarm.fake_cluster import TOKEN, FakeCluster

ALL = "pi-lobby", "pi-room-1"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    """Three machines without a Swarm, in a folder with the sample labels.yml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    Path("labels.yml").write_text(SAMPLE)
    cluster = FakeCluster()
    for name in ("server-1", *ALL):
        cluster.machine(name)
    for module in ("cluster", "cluster_leave", "cluster_ls", "labels", "managing"):
        monkeypatch.setattr(f"swarm.commands.{module}.Engine", cluster.engine)
    monkeypatch.setattr("swarm.cluster.STOPPED_S", 0.3)
    return cluster


@pytest.fixture
def begun(fake: FakeCluster) -> FakeCluster:
    """server-1 manages a cluster of all three."""
    done("cluster", "init", url("server-1"), "--yes")
    done("cluster", "join", *map(url, ALL), "--yes")
    for engine in fake.engines.values():
        engine.told.clear()
    return fake


def url(name: str) -> str:
    return f"unix:///there/{name}"


def run(*words: str) -> Result:
    told = CliRunner().invoke(main, words)
    assert TOKEN not in told.output
    return told


def done(*words: str) -> str:
    told = run(*words)
    assert told.exit_code == 0, told.output
    return told.output


def refused(fake: FakeCluster, *words: str) -> str:
    """What it says; nothing was changed."""
    before = dict(fake.nodes), context.PATH.read_text() if context.PATH.exists() else None
    already = {each: list(engine.told) for each, engine in fake.engines.items()}
    told = run(*words)
    assert told.exit_code == 2, told.output
    assert (dict(fake.nodes), context.PATH.read_text() if context.PATH.exists() else None) == before
    assert {each: engine.told for each, engine in fake.engines.items()} == already
    return told.output


def told(fake: FakeCluster, name: str) -> list[str]:
    return fake.engines[url(name)].told


def test_a_cluster_begins_at_its_manager_and_is_this_folders(fake: FakeCluster) -> None:
    said = done("cluster", "init", url("server-1"), "--advertise", "192.0.2.1", "--yes")
    assert told(fake, "server-1") == ["init 192.0.2.1"]
    assert "server-1 manages the cluster, at 192.0.2.1" in said
    assert context.load() == Context(url("server-1"), {"server-1": url("server-1")})
    assert "Nothing to do: server-1 manages the cluster already" in done("cluster", "init", url("server-1"))
    assert told(fake, "server-1") == ["init 192.0.2.1"]


def test_another_clusters_context_is_not_forgotten(begun: FakeCluster) -> None:
    assert "speaks of another cluster" in refused(begun, "cluster", "init", url("pi-lobby"), "--yes")


@pytest.mark.parametrize("words", [["init", "unix:///there/server-1"], ["join", "unix:///there/pi-lobby"]])
def test_nobody_is_asked_without_a_terminal(fake: FakeCluster, words: list[str]) -> None:
    if words[0] == "join":
        done("cluster", "init", url("server-1"), "--yes")
    assert "there is no terminal to ask on, and nothing was changed" in refused(fake, "cluster", *words)


def test_workers_join_and_are_known_by_their_engines(begun: FakeCluster) -> None:
    assert set(context.load().nodes) == {"server-1", *ALL}
    said = done("cluster", "join", url("pi-lobby"), "--yes")
    assert said == "Nothing to do: pi-lobby is in the cluster already.\n"
    assert told(begun, "pi-lobby") == []


def test_all_that_is_wrong_is_said_before_anybody_joins(fake: FakeCluster) -> None:
    done("cluster", "init", url("server-1"), "--yes")
    fake.machine("pi-zero", arch="armv6l")
    said = refused(fake, "cluster", "join", url("pi-lobby"), url("pi-zero"), "--yes")
    assert "pi-zero (unix:///there/pi-zero): is ARMv6" in said
    said = refused(fake, "cluster", "join", url("pi-lobby"), "unix:///nowhere", "--yes")
    assert "unix:///nowhere: does not answer" in said
    said = refused(fake, "cluster", "join", url("pi-lobby"), "tcp://192.0.2.7:2375", "pi@-evil", "--yes")
    assert "tcp://192.0.2.7:2375: an engine that listens there" in said
    assert "pi@-evil: is no machine's name" in said


def test_one_that_does_not_get_in_keeps_no_other_out_and_tells_no_token(fake: FakeCluster) -> None:
    done("cluster", "init", url("server-1"), "--yes")
    fake.engines[url("pi-lobby")].broken = "no route to the manager, with {token}"
    ended = run("cluster", "join", *map(url, ALL), "--yes")
    assert ended.exit_code == 1
    assert (
        "pi-lobby did not join: unix:///there/pi-lobby: no route to the manager, with ...; the nodes need 2377" in ended.output
    )
    assert told(fake, "pi-lobby") == ["join ['192.0.2.1:2377'] None", "leave --force"]
    assert set(context.load().nodes) == {"server-1", "pi-room-1"}


def test_a_dry_run_of_joining_shows_commands_and_no_token(fake: FakeCluster) -> None:
    done("cluster", "init", url("server-1"), "--yes")
    said = done("cluster", "join", url("pi-lobby"), "--dry-run", "--advertise", "eth0")
    assert "docker --host unix:///there/server-1 swarm join-token --quiet worker\n" in said
    assert "docker --host unix:///there/pi-lobby swarm join --advertise-addr eth0 --token THE-TOKEN 192.0.2.1:2377" in said
    assert told(fake, "pi-lobby") == []


def test_who_leaves_is_drained_told_and_forgotten(begun: FakeCluster) -> None:
    said = done("cluster", "leave", "pi-lobby", "--yes")
    assert told(begun, "server-1") == ["drain pi-lobby", "remove pi-lobby"]
    assert told(begun, "pi-lobby") == ["leave"]
    assert set(context.load().nodes) == {"server-1", "pi-room-1"}
    assert "labels.yml still names pi-lobby" in said


def test_a_node_whose_tasks_do_not_stop_stays(begun: FakeCluster) -> None:
    begun.tasks["id-of-pi-lobby"] = ["a service"]
    ended = run("cluster", "leave", "pi-lobby", "--yes")
    assert ended.exit_code == 1
    assert "pi-lobby: some tasks do not stop; it is drained, and still in the cluster" in ended.output
    assert told(begun, "server-1") == ["drain pi-lobby"]
    assert "pi-lobby" in context.load().nodes


def test_a_node_that_cannot_be_told_is_removed_and_what_remains_is_said(begun: FakeCluster) -> None:
    told_context = context.load()
    context.save(context.PATH, Context(told_context.manager, {**told_context.nodes, "pi-lobby": "unix:///gone"}))
    said = done("cluster", "leave", "pi-lobby", "--yes")
    assert "warning: pi-lobby was not told (unix:///gone: does not answer" in said
    assert "on it, once it runs: docker swarm leave" in said
    assert told(begun, "server-1") == ["drain pi-lobby", "remove pi-lobby"]


def test_the_manager_leaves_last_and_only_when_nothing_runs(begun: FakeCluster) -> None:
    assert "leaves it last" in refused(begun, "cluster", "leave", "server-1", "--yes")
    for name in ALL:
        done("cluster", "leave", name, "--yes")
    begun.tasks["id-of-server-1"] = ["a service"]
    assert "services still run here" in refused(begun, "cluster", "leave", "server-1", "--yes")
    begun.tasks.clear()
    done("cluster", "leave", "server-1", "--yes")
    assert told(begun, "server-1")[-1] == "leave --force"
    assert not context.PATH.exists()


def test_nodes_are_shown_with_what_they_have(begun: FakeCluster) -> None:
    begun.label("pi-lobby", {"presence": "true", "zone": "entrance", "rack": "7"})
    begun.machine("pi-room-1", node_id="id-of-pi-room-1", swarm="active", limits_memory=False)
    context.save(context.PATH, Context(url("server-1"), {**context.load().nodes, "server-1": "unix:///gone"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("swarm.commands.managing.Engine", lambda _: begun.engines[url("server-1")])
        ended = CliRunner().invoke(main, ["cluster", "ls", "--json"])
    rows = {row["node"]: row for row in json.loads(ended.stdout)}
    assert [row["limits_memory"] for row in rows.values()] == [True, False, None]
    lobby = rows["pi-lobby"]
    assert (lobby["runs"], lobby["zone"], lobby["hardware"]) == (["presence"], "entrance", "PIR on GPIO4, 2 LEDs, BLE hci0")
    assert "pi-room-1: its kernel does not limit memory" in ended.stderr
    assert "unix:///gone: does not answer" in ended.stderr


def test_labels_are_applied_once(begun: FakeCluster) -> None:
    said = done("labels", "apply", "--yes")
    assert "pi-lobby: +presence, +scanner, +guidance, +zone=entrance, +ip=192.0.2.21" in said
    assert begun.labels("server-1") == {"controller": "true", "auth": "true"}
    before = list(told(begun, "server-1"))
    assert "Nothing to do: the nodes are what labels.yml says." in done("labels", "apply")
    assert told(begun, "server-1") == before


def test_labels_are_applied_over_what_somebody_else_does_meanwhile(begun: FakeCluster) -> None:
    begun.foreign = {"pi-lobby": "rack"}
    begun.engines[url("server-1")].out_of_sequence = 3
    done("labels", "apply", "--yes")
    assert begun.labels("pi-lobby")["rack"] == "theirs"
    assert begun.labels("pi-lobby")["guidance"] == "true"


def test_labels_that_are_never_taken_end_in_what_the_engine_said(begun: FakeCluster) -> None:
    begun.engines[url("server-1")].out_of_sequence = 1000
    ended = run("labels", "apply", "--yes")
    assert ended.exit_code == 1
    assert "update out of sequence" in ended.output


def test_labels_of_nodes_that_are_not_there_change_nothing(begun: FakeCluster) -> None:
    Path("labels.yml").write_text(SAMPLE.replace("pi-lobby:", "pi-loby:"))
    said = refused(begun, "labels", "apply", "--yes")
    assert "labels.yml:5: nodes.pi-loby: the cluster has no node pi-loby (did you mean pi-lobby?)" in said


def test_a_dry_run_of_labels_shows_the_commands(begun: FakeCluster) -> None:
    begun.label("pi-room-1", {"auth": "true"})
    said = done("labels", "apply", "--dry-run")
    assert "docker --host unix:///there/server-1 node update --label-add presence=true" in said
    assert "--label-rm auth pi-room-1" in said
    assert told(begun, "server-1") == []


def test_labels_are_shown_with_those_of_others_apart(begun: FakeCluster) -> None:
    begun.label("pi-lobby", {"presence": "true", "scanner": "false", "zone": "entrance", "rack": "7"})
    (row,) = [line.split() for line in done("labels", "ls").splitlines() if line.startswith("pi-lobby")]
    assert row == ["pi-lobby", "ready", "entrance", "-", "presence", "rack=7", "scanner=false"]


def test_a_first_file_is_never_written_over_another(begun: FakeCluster) -> None:
    assert "labels.yml: is there already, and stays as it is" in refused(begun, "labels", "init")
    assert Path("labels.yml").read_text() == SAMPLE
    done("labels", "init", "first.yml")
    assert "Nothing to do" not in done("labels", "check", "first.yml")
