"""What a lab consists of, and how a place is fitted onto as many nodes as there are."""

import ipaddress

import pytest

from swarm.errors import InputError
from swarm.lab import plan as planning
from swarm.lab.plan import fitted, plan
from swarm.labels import Labels, Node


def words(labels: Labels) -> list[str]:
    return sorted({word for node in labels.nodes.values() for word in node.run})


def test_as_many_nodes_as_there_are_keep_their_names_and_words(sample: Labels) -> None:
    place = fitted(sample, 3)
    assert {name: node.run for name, node in place.nodes.items()} == {name: node.run for name, node in sample.nodes.items()}


def test_addresses_are_the_labs_own(sample: Labels) -> None:
    place = fitted(sample, 3)
    assert [node.ip for node in place.nodes.values()] == [node.address for node in plan(place).nodes]
    subnet = ipaddress.ip_network(plan(place).subnet)
    assert all(ipaddress.ip_address(node.ip or "") in subnet for node in place.nodes.values())


def test_more_nodes_are_called_by_their_number_and_run_nothing(sample: Labels) -> None:
    place = fitted(sample, 5)
    assert list(place.nodes)[3:] == ["lab-4", "lab-5"]
    assert place.nodes["lab-4"].run == place.nodes["lab-5"].run == ()


@pytest.mark.parametrize("count", [1, 2])
def test_words_that_would_be_lost_move_to_the_last_node(sample: Labels, count: int) -> None:
    place = fitted(sample, count)
    assert len(place.nodes) == count
    assert words(place) == words(sample)
    assert {"controller", "auth"} <= set(list(place.nodes.values())[-1].run)


def test_a_word_that_moves_is_there_once(sample: Labels) -> None:
    twice = Labels(sample.zones, sample.rooms, {"a": Node(), "b": Node(run=("auth",)), "c": Node(run=("auth",))})
    assert fitted(twice, 1).nodes["a"].run == ("auth",)


def test_a_word_that_still_runs_somewhere_does_not_move(sample: Labels) -> None:
    assert "presence" not in fitted(sample, 3).nodes["server-1"].run
    assert fitted(sample, 1).nodes["pi-lobby"].run.count("presence") == 1


def test_place_itself_stays_as_it_is(sample: Labels) -> None:
    place = fitted(sample, 2)
    assert (place.zones, place.rooms) == (sample.zones, sample.rooms)
    assert (place.nodes["pi-lobby"].zone, place.nodes["pi-lobby"].gpio) == ("entrance", sample.nodes["pi-lobby"].gpio)


def test_node_of_the_controller_manages(sample: Labels) -> None:
    assert plan(sample).manager.name == "server-1"
    assert plan(fitted(sample, 1)).manager.name == "pi-lobby"


def test_without_a_controller_the_last_node_manages() -> None:
    assert plan(Labels(nodes={"a": Node(), "b": Node()})).manager.name == "b"


def test_no_two_nodes_share_an_address_a_cable_or_a_folder(sample: Labels) -> None:
    nodes = plan(fitted(sample, planning.MOST_NODES)).nodes
    for what in ("address", "veth", "namespace", "run", "data", "url"):
        assert len({getattr(node, what) for node in nodes}) == planning.MOST_NODES, what
    assert all(len(node.veth) <= 15 for node in nodes), "the kernel takes no longer name"


def test_name_that_makes_a_socket_s_path_too_long_is_refused_with_the_length_that_would_do() -> None:
    long = "n" * 63
    with pytest.raises(InputError) as refused:
        plan(Labels(nodes={"a": Node(), long: Node()}))
    (problem,) = refused.value.problems
    fitting = int(problem.split("a name of ")[1].split()[0])
    assert long in problem and "107" in problem
    plan(Labels(nodes={"n" * fitting: Node()}))
    with pytest.raises(InputError):
        plan(Labels(nodes={"n" * (fitting + 1): Node()}))
