"""What `labels apply` changes, what it leaves alone, and when it refuses; and a first labels.yml."""

from pathlib import Path

import pytest

from swarm import labels_cluster, labels_file, labels_first, labels_plan
from swarm.engine import ClusterNode
from swarm.labels import Labels
from swarm.labels_plan import Change
from tests.unit.swarm.conftest import WORDS
from tests.unit.swarm.fake_cluster import node

LOBBY = {"presence": "true", "scanner": "true", "guidance": "true", "zone": "entrance", "ip": "192.0.2.21"}
ROOM = {"presence": "true", "scanner": "true", "meeting": "true", "zone": "room-1", "ip": "192.0.2.22"}
SERVER = {"controller": "true", "auth": "true"}


def cluster(lobby: dict[str, str] = LOBBY, *more: ClusterNode) -> list[ClusterNode]:
    """The sample's nodes, labelled as it says, but for pi-lobby."""
    return [
        node("pi-lobby", labels=lobby, address="192.0.2.21"),
        node("pi-room-1", labels=ROOM, address="192.0.2.22"),
        node("server-1", labels=SERVER, role="manager"),
        *more,
    ]


def changes(labels: Labels, nodes: list[ClusterNode], *without: str) -> list[Change]:
    return labels_plan.changes(labels, nodes, WORDS, without)


def test_nodes_that_are_as_they_should_be_are_left_alone(sample: Labels) -> None:
    assert changes(sample, cluster()) == []


def test_only_what_differs_is_changed(sample: Labels) -> None:
    (change,) = changes(sample, cluster({**LOBBY, "zone": "room-1", "meeting": "true", "scanner": "false"}))
    assert (change.put, change.drop) == ({"scanner": "true", "zone": "entrance"}, ["meeting"])
    assert str(change) == "pi-lobby: scanner: false -> true, zone: room-1 -> entrance, -meeting"
    add = ["--label-add", "scanner=true", "--label-add", "zone=entrance"]
    assert change.command == ["node", "update", *add, "--label-rm", "meeting", "pi-lobby"]


def test_a_new_node_gets_all_its_labels(sample: Labels) -> None:
    (change,) = changes(sample, cluster({}))
    assert (change.put, change.drop) == (LOBBY, [])


def test_labels_of_others_are_not_ours_to_remove(sample: Labels) -> None:
    assert changes(sample, cluster({**LOBBY, "rack": "7", "zones": "x", "presence2": "true"})) == []


def test_a_node_that_is_not_in_the_file_keeps_its_labels_and_is_warned_of(sample: Labels) -> None:
    nodes = cluster(LOBBY, node("pi-9", labels={"presence": "true", "zone": "attic"}))
    assert changes(sample, nodes) == []
    ((trail, says),) = labels_cluster.warnings(sample, nodes, WORDS)
    assert trail == ("nodes",)
    assert "node pi-9 is not here: it keeps its labels (presence zone=attic) and runs by them; add it, or" in says


def test_a_node_without_which_it_is_done_is_neither_changed_nor_missed(sample: Labels) -> None:
    nodes = cluster({})[1:]
    assert changes(sample, nodes, "pi-lobby") == []
    assert labels_cluster.problems(sample, nodes, ["pi-lobby"]) == []


@pytest.mark.parametrize(
    ("name", "other", "says"),
    [
        ("pi-lobyb", {}, "the cluster has no node pi-lobby (did you mean pi-lobyb?); to add it: nanoswarm cluster join"),
        ("attic", {}, "has no node pi-lobby (there are attic, pi-room-1, server-1)"),
        ("pi-lobby", {"state": "down"}, "is down; start it, or apply without it: --without pi-lobby"),
    ],
)
def test_a_node_that_cannot_be_labelled_is_refused(sample: Labels, name: str, other: dict[str, object], says: str) -> None:
    nodes = [node(name, **other), *cluster()[1:]]
    ((trail, told),) = labels_cluster.problems(sample, nodes)
    assert trail == ("nodes", "pi-lobby")
    assert says in told


def test_two_nodes_of_one_name_are_refused(sample: Labels) -> None:
    nodes = cluster(LOBBY, node("pi-lobby", id="id-of-another", state="down"))
    ((_, says),) = labels_cluster.problems(sample, nodes)
    assert says.startswith("2 nodes are called pi-lobby (id-of-pi-lob is ready, id-of-anothe is down); remove the one")


def test_doing_without_a_node_that_nobody_knows_is_a_typo(sample: Labels) -> None:
    ((_, says),) = labels_cluster.problems(sample, cluster(), ["pi-loby"])
    assert says == "--without pi-loby: there is no such node; did you mean pi-lobby?"


def test_another_address_and_a_drained_node_are_warned_of(sample: Labels) -> None:
    nodes = [node("pi-lobby", address="192.0.2.99", availability="drain"), *cluster()[1:]]
    says = [says for _, says in labels_cluster.warnings(sample, nodes, WORDS)]
    assert says == [
        "is drained: nothing new starts there until: docker node update --availability active pi-lobby",
        "is 192.0.2.21, and the cluster finds pi-lobby at 192.0.2.99",
    ]


def test_a_first_file_can_be_read_and_changes_nothing(tmp_path: Path) -> None:
    nodes = [node("null", address="0.0.0.0"), node("1e3", address="192.0.2.3"), node("server-1", role="manager")]
    path = tmp_path / "labels.yml"
    path.write_text(labels_first.text(nodes, WORDS))
    found = labels_file.read(path, WORDS)
    assert list(found.nodes) == ["null", "1e3", "server-1"]
    assert (found.nodes["null"].ip, found.nodes["1e3"].ip) == (None, "192.0.2.3")
    assert sorted(found.nodes["server-1"].run) == ["auth", "controller"]


def test_a_first_file_keeps_what_nodes_are_labelled() -> None:
    text = labels_first.text(cluster({"zone": "entrance", "guidance": "true", "rack": "7"}), WORDS)
    assert "zones:\n- entrance\n- room-1\n" in text
    assert "  pi-lobby:\n    ip: 192.0.2.21\n    zone: entrance\n    run:\n    - guidance\n  pi-room-1:" in text
    assert "rack" not in text


def test_nodes_that_no_file_can_name_are_refused_at_first() -> None:
    problems = labels_first.problems([node("Pi_Lobby"), node("twin"), node("twin", id="another")])
    assert [problem.partition(":")[0] for problem in problems] == ["twin", "Pi_Lobby"]
    assert all("sudo hostnamectl set-hostname NAME" in problem for problem in problems)
