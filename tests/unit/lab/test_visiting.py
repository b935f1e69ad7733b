"""What a visit to the room on a lab is judged by."""

from nanoservices import wire
from swarm.engine_containers import container_of
from swarm.lab.visiting import not_ready, why_not_ok
from swarm.labels import Labels


def instance(word: str, node: str, *, ready: bool = True, silent: bool = False, why: tuple[str, ...] = ()) -> wire.Instance:
    return wire.Instance(word, node, "coap://10.0.1.2", "boot", ready, silent, 1.0, why_not=why)


def everybody(labels: Labels) -> dict[tuple[str, str], wire.Instance]:
    pairs = [(word, name) for name, node in labels.nodes.items() for word in node.run if word != "controller"]
    return {pair: instance(*pair) for pair in pairs}


def visit(who: str | None, outcome: wire.Outcome | None, reason: str | None = None) -> wire.Visit:
    return wire.Visit("v", "entrance", (), participant=who, outcome=outcome, reason=reason)


def test_room_is_ready_when_the_controller_knows_all_of_it_as_ready(sample: Labels) -> None:
    assert not_ready(sample, everybody(sample).values()) == []


def test_what_has_not_announced_itself_is_named(sample: Labels) -> None:
    known = everybody(sample)
    del known["auth", "server-1"]
    assert not_ready(sample, known.values()) == ["auth on server-1: has not announced itself"]


def test_what_is_not_ready_says_why(sample: Labels) -> None:
    known = everybody(sample)
    known["scanner", "pi-lobby"] = instance("scanner", "pi-lobby", ready=False, why=("the radio is off",))
    known["presence", "pi-room-1"] = instance("presence", "pi-room-1", silent=True)
    assert not_ready(sample, known.values()) == [
        "scanner on pi-lobby: the radio is off",
        "presence on pi-room-1: is silent",
    ]


def test_invited_are_to_be_led_and_others_refused() -> None:
    assert why_not_ok("bob", [visit("bob", "completed")]) == []
    assert why_not_ok("erin", [visit("erin", "refused", "too-early")]) == []
    assert why_not_ok("stranger", [visit(None, "refused", "unknown-key")]) == []
    (why,) = why_not_ok("bob", [visit("bob", "refused", "too-late")])
    assert "refused instead of completed (too-late)" in why
    (why,) = why_not_ok("erin", [visit("erin", "completed")])
    assert "completed instead of refused" in why


def test_visit_that_never_ended_is_not_as_it_should_be() -> None:
    (why,) = why_not_ok("bob", [visit("bob", None)])
    assert "still open" in why


def test_who_was_not_recognised_is_said_to_be() -> None:
    (why,) = why_not_ok("bob", [visit(None, "nobody"), visit("carl", "completed")])
    assert "bob was not noticed, or not recognised" in why


def test_container_is_told_by_its_service_pid_and_published_ports() -> None:
    attrs = {
        "Id": "abc",
        "State": {"Pid": 42},
        "Config": {"Labels": {"com.docker.swarm.service.name": "room_auth"}, "Env": ["A=1", "B=x=y", "EMPTY="]},
        "NetworkSettings": {"Ports": {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8081"}], "9/udp": None}},
    }
    found = container_of(attrs)
    assert (found.service, found.pid, found.ports) == ("room_auth", 42, {"8080/tcp": 8081})
    assert found.environment == {"A": "1", "B": "x=y", "EMPTY": ""}


def test_container_that_is_no_task_belongs_to_no_service() -> None:
    bare = {"Id": "abc", "State": {"Pid": 1}, "Config": {"Labels": None, "Env": None}, "NetworkSettings": {}}
    assert container_of(bare).service == ""
