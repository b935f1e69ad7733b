"""Who may join a cluster, and who may leave it."""

import pytest

from swarm import cluster_plan, cluster_registry
from swarm.cluster_plan import Candidate
from swarm.errors import InputError
from swarm.labels import Labels
from tests.unit.swarm.fake_cluster import facts, node

NODES = [node("server-1", role="manager"), node("pi-lobby"), node("pi-old", state="down")]


def candidate(name: str = "pi-new", **other: object) -> Candidate:
    return Candidate(f"ssh://{name}", facts(name, **other))


def test_a_fresh_machine_may_join_and_one_that_has_joined_is_known() -> None:
    known = candidate("pi-lobby", swarm="active", node_id="id-of-pi-lobby")
    assert cluster_plan.joining_problems([candidate(), known], NODES) == []
    assert candidate().member(NODES) is None
    assert known.member(NODES) == NODES[1]


@pytest.mark.parametrize("version", ["20.10.0", "20.10.24+dfsg1", "26.1.5", "29.0.1-rc.2", "dev"])
def test_every_engine_from_20_10_on_may_join(version: str) -> None:
    assert cluster_plan.joining_problems([candidate(version=version)], NODES) == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"arch": "armv6l"}, "is ARMv6, on which Swarm has no networks; use a Pi 2 or newer"),
        ({"version": "19.03.15"}, "its engine is 19.03.15, older than 20.10; upgrade it"),
        ({"version": "20.3"}, "its engine is 20.3, older than 20.10"),
        ({"live_restore": True}, 'is set to "live-restore", which Swarm does not take'),
        (
            {"swarm": "active", "node_id": "of another"},
            r"is in another Swarm \(active\); let it leave first: docker --host ssh://",
        ),
        ({"swarm": "locked"}, r"is in another Swarm \(locked\)"),
    ],
)
def test_a_machine_that_cannot_be_a_node_is_refused_with_the_reason(other: dict[str, object], says: str) -> None:
    (problem,) = cluster_plan.joining_problems([candidate(**other)], NODES)
    assert problem.startswith("pi-new (ssh://pi-new): ")
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(problem)


def test_names_are_given_once() -> None:
    (taken,) = cluster_plan.joining_problems([candidate("pi-lobby")], NODES)
    assert "another node of the cluster is called so; give it a name of its own" in taken
    (twins,) = cluster_plan.joining_problems([candidate(), candidate()], NODES)
    assert "two of those who shall join are called so" in twins
    (back,) = cluster_plan.joining_problems([candidate("pi-old")], NODES)
    assert "a node called so is in the cluster, and is down; if it is the same: nanoswarm cluster leave pi-old" in back


def test_a_manager_is_taken_as_it_is_but_not_moved() -> None:
    manages = candidate(swarm="active", controls=True, address="192.0.2.1", node_id="x")
    assert cluster_plan.beginning_problems(manages, None) == []
    assert cluster_plan.beginning_problems(manages, "192.0.2.1") == []
    (moved,) = cluster_plan.beginning_problems(manages, "192.0.2.5")
    assert "its Swarm is at 192.0.2.1 already, and cannot move to 192.0.2.5" in moved
    (worker,) = cluster_plan.beginning_problems(candidate(swarm="active", node_id="x"), None)
    assert "is in another Swarm" in worker


def test_who_leaves_is_found_by_name_or_id() -> None:
    assert cluster_plan.leaving("pi-lobby", NODES) == NODES[1]
    assert cluster_plan.leaving("id-of-pi-old", NODES) == NODES[2]
    assert cluster_plan.leaving("server-1", NODES[:1]) == NODES[0]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("pi-loby", r"the cluster has no such node; did you mean pi-lobby\?"),
        ("attic", "no such node; there are server-1, pi-lobby, pi-old"),
        ("pi", r"no such node"),
        ("server-1", "manages the cluster, and leaves it last; let the others leave first: pi-lobby, pi-old"),
    ],
)
def test_who_may_not_leave_is_named(name: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        cluster_plan.leaving(name, NODES)


def test_of_two_with_one_name_the_id_decides() -> None:
    twins = [node("pi-1"), node("pi-1", id="another-node-id", state="down")]
    with pytest.raises(InputError, match=r"2 nodes are called so \(id-of-pi-1 is ready, another-node is down\)"):
        cluster_plan.leaving("pi-1", twins)
    assert cluster_plan.leaving("another-node", twins) == twins[1]


def test_what_will_be_missed_is_said(sample: Labels) -> None:
    words = {"auth": True, "presence": False, "scanner": False}
    lobby = node("pi-lobby", labels={"presence": "true", "auth": "true", "scanner": "true"})
    losses = cluster_plan.losses(lobby, [lobby, node("pi-2", labels={"presence": "true"})], words, sample)
    assert losses == [
        "auth runs nowhere else: move it in labels.yml",
        "scanner runs nowhere else: move it in labels.yml",
        "what auth stored stays on pi-lobby, in its volumes",
        "labels.yml still names pi-lobby: take it out there, or let it join again",
    ]


@pytest.mark.parametrize(
    ("insecure", "accepted"),
    [
        (("192.0.2.1:5000",), True),
        (("127.0.0.0/8", "192.0.2.0/24"), True),
        (("127.0.0.0/8", "192.0.2.1:5001"), False),
        ((), False),
    ],
)
def test_an_engine_that_would_not_take_plain_http_is_told_of(insecure: tuple[str, ...], *, accepted: bool) -> None:
    problems = cluster_registry.refusals("192.0.2.1:5000", {"pi-1": facts("pi-1", insecure=insecure)})
    assert (problems == []) == accepted
    if problems:
        assert (
            'pi-1: its engine takes no images from 192.0.2.1:5000; put {"insecure-registries": ["192.0.2.1:5000"]}'
            in problems[0]
        )
