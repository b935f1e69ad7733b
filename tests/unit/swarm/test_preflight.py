"""What would keep the room from running is said before anything is changed."""

from dataclasses import replace

import pytest

from swarm import deploying, preflight, stack, stack_images
from swarm.engine import ClusterNode
from swarm.labels import Labels
from tests.unit.swarm.cluster import node, nodes_of, service
from tests.unit.swarm.conftest import SAMPLE, Reading

KIT = deploying.load_kit()


def problems(labels: Labels, nodes: list[ClusterNode], *without: str) -> list[str]:
    rendered = stack.render(KIT, labels, stack_images.plain(KIT))
    return preflight.problems(rendered, labels, nodes, [], without)


def changed(nodes: list[ClusterNode], name: str, **facts: object) -> list[ClusterNode]:
    return [replace(each, **facts) if each.name == name else each for each in nodes]  # type: ignore[arg-type]


def test_a_cluster_with_its_labels_has_no_problem(sample: Labels) -> None:
    assert problems(sample, [*nodes_of(sample), node("spare")]) == []


def test_a_label_that_a_node_lacks_is_named(sample: Labels) -> None:
    nodes = changed(nodes_of(sample), "pi-lobby", labels={"presence": "true", "scanner": "false"})
    assert problems(sample, nodes) == [
        "guidance cannot run on pi-lobby: it has not the label guidance=true; make them so with: nanoswarm labels apply",
        "scanner cannot run on pi-lobby: it has not the label scanner=true; make them so with: nanoswarm labels apply",
    ]


def test_a_label_that_labels_yml_does_not_give_is_named(sample: Labels) -> None:
    assert problems(sample, [*nodes_of(sample), node("spare", "presence")]) == [
        "presence would run on spare too, which labels.yml does not say; make them so with: nanoswarm labels apply"
    ]


def test_a_node_that_the_cluster_has_not_is_named_with_the_nearest(sample: Labels) -> None:
    nodes = [replace(each, name="pi-loby") if each.name == "pi-lobby" else each for each in nodes_of(sample)]
    assert problems(sample, nodes)[0].startswith("pi-lobby: the cluster has no such node (did you mean pi-loby?); mend")


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"state": "down"}, "pi-lobby: is down; start it, or deploy while it is away: --without pi-lobby"),
        ({"availability": "drain"}, "pi-lobby: is drained; docker node update --availability active pi-lobby, or deploy"),
        ({"engine": "19.03.15"}, "pi-lobby: its engine is 19.03.15, older than 20.10; upgrade it"),
        ({"arch": "armv6l"}, "pi-lobby: is ARMv6, on which Swarm has no networks"),
    ],
)
def test_a_node_that_cannot_take_tasks_is_refused(sample: Labels, facts: dict[str, str], says: str) -> None:
    found = problems(sample, changed(nodes_of(sample), "pi-lobby", **facts))
    assert len(found) == 1
    assert found[0].startswith(says)


def test_newer_engines_and_strange_versions_are_taken(sample: Labels) -> None:
    for version in ("20.10.0", "26.1.5+dfsg1", "28.0.0-rc.1", "100.1", "dev", ""):
        assert problems(sample, changed(nodes_of(sample), "pi-lobby", engine=version)) == []


def test_a_node_may_be_away_where_others_do_the_same(sample: Labels) -> None:
    assert problems(sample, changed(nodes_of(sample), "pi-lobby", state="down"), "pi-lobby") == []


def test_the_only_one_of_its_kind_may_not_be_away(sample: Labels) -> None:
    found = problems(sample, changed(nodes_of(sample), "server-1", state="down"), "server-1")
    assert found == [
        f"{word} runs on server-1 alone, so --without server-1 leaves none; move it in labels.yml"
        for word in ("auth", "controller")
    ]


def test_a_typo_in_without_is_named(sample: Labels) -> None:
    assert problems(sample, nodes_of(sample), "pi-loby")[0].startswith("--without pi-loby: labels.yml has no such node")


def test_two_nodes_of_one_name_are_refused(sample: Labels) -> None:
    nodes = [*nodes_of(sample), replace(nodes_of(sample)[0], id="other", state="down")]
    assert problems(sample, nodes) == ["pi-lobby: 2 nodes are called so; give each a host name of its own, and remove old ones"]


def test_a_node_that_runs_nothing_may_be_absent(read: Reading) -> None:
    labels = read(SAMPLE + "  pi-9: {run: []}\n")
    assert problems(labels, [each for each in nodes_of(labels) if each.name != "pi-9"]) == []


def test_another_mode_is_refused_as_swarm_refuses_it(sample: Labels) -> None:
    rendered = stack.render(KIT, sample, stack_images.plain(KIT))
    there = service(rendered, "presence")
    there.spec["Mode"] = {"Replicated": {"Replicas": 1}}
    assert preflight.problems(rendered, sample, nodes_of(sample), [there]) == [
        "presence: Swarm cannot change a service's mode; remove it first: docker service rm room_presence"
    ]


@pytest.mark.parametrize(
    ("constraint", "why_not"),
    [
        ("node.labels.zone == hall", "has not the label zone=hall"),
        ("node.labels.zone==attic", None),
        ("node.labels.zone != attic", "has the label zone=attic"),
        ("node.labels.lamp != true", None),
        ("node.hostname == pi-10", "is pi-1 (node.hostname == pi-10)"),
        ("node.role == worker", None),
        ("node.platform.arch != x86_64", "is x86_64 (node.platform.arch != x86_64)"),
        ("node.platform.os == linux", None),
    ],
)
def test_constraints_are_read_as_swarm_reads_them(constraint: str, why_not: str | None) -> None:
    assert preflight.unmet(constraint, node("pi-1", labels={"zone": "attic"})) == why_not
