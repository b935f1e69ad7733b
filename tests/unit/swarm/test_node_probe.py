"""What of labels.yml is proved on which node, and what is said where no task can be asked."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from nanoservices.place import Gpio
from swarm.engine_containers import Container
from swarm.errors import EngineError
from swarm.labels import Labels, Node
from swarm.node.proving import Proof, asked_of, prove, words_for

LOBBY = Node(
    "entrance",
    ("presence", "scanner", "guidance"),
    gpio=Gpio("GPIO4", (("GPIO17",), ("GPIO22", "GPIO23", "GPIO24"))),
    ble="hci0",
)
SERVER = Node(run=("controller", "auth"))
LABELS = Labels(nodes={"pi-lobby": LOBBY, "server-1": SERVER})
WELL = json.dumps({"v": 1, "findings": [{"about": "GPIO4", "fault": None, "says": "GPIO4 is there, and reads 0"}]})


@dataclass
class FakeEngine:
    """Runs the tasks of `words`; each says `said`."""

    words: tuple[str, ...] = ()
    said: str = WELL
    environment: dict[str, str] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    why: str = ""

    def containers(self) -> list[Container]:
        return [Container(word, f"room_{word}", 1, self.environment, {}) for word in self.words]

    def run_inside(self, container_id: str, words: list[str]) -> tuple[int, str]:
        self.asked.append(words)
        return 0, self.said

    def nodes(self) -> list[Any]:
        return [SimpleNamespace(id="n1", name="pi-lobby"), SimpleNamespace(id="n2", name="pi-lobby-2")]

    def services(self, stack: str) -> list[Any]:
        return [SimpleNamespace(id="s1", name="presence")]

    def tasks(self, stack: str) -> list[Any]:
        return [SimpleNamespace(service="s1", node=node, at=at, why=self.why) for node, at in (("n1", "1"), ("n2", "2"))]


def proofs(engines: dict[str, Any], manager: Any = None) -> list[Proof]:
    return prove(LABELS, LABELS.nodes, engines, manager or FakeEngine(), 5, lambda at: None)


def test_each_word_is_asked_for_its_own_lines_and_adapter_where_its_task_runs() -> None:
    environment = {"NANO_GPIO_HOST": "/run/nanoswarm/gpio/pigpiod.sock", "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/s"}
    engine = FakeEngine(("presence", "scanner", "guidance"), environment=environment)
    found = proofs({"pi-lobby": engine})
    assert [(proof.word, proof.fault) for proof in found] == [("presence", None), ("guidance", None), ("scanner", None)]
    assert engine.asked == [
        ["python3", "-m", "nanoservices.presence.probe", "/run/nanoswarm/gpio/pigpiod.sock", "8888", "GPIO4"],
        [
            "python3",
            "-m",
            "nanoservices.guidance.probe",
            "/run/nanoswarm/gpio/pigpiod.sock",
            "8888",
            "GPIO17",
            "GPIO22",
            "GPIO23",
            "GPIO24",
        ],
        ["python3", "-m", "nanoservices.scanner.probe", "unix:path=/run/dbus/s", "hci0", "5"],
    ]


def test_node_without_hardware_has_nothing_to_prove() -> None:
    assert asked_of("server-1", SERVER) == []
    assert asked_of("pi", Node("entrance", ("scanner",), gpio=Gpio("GPIO4"))) == []


def test_task_of_another_service_whose_name_ends_alike_is_not_asked() -> None:
    engine = FakeEngine(("presence", "scanner", "guidance"))
    other = Container("x", "room_my-presence", 1, {}, {})
    engine.containers = lambda: [other]  # type: ignore[method-assign]
    assert {proof.fault for proof in proofs({"pi-lobby": engine})} == {"task"}


@pytest.mark.parametrize(
    ("why", "fault", "says"),
    [
        (
            'invalid mount config for type "bind": bind source path does not exist: /run/nanoswarm/gpio',
            "socket",
            "node prepare pi-lobby",
        ),
        ("no suitable node (insufficient resources)", "task", "insufficient resources"),
        ("", "task", "stack ps"),
    ],
)
def test_where_no_task_runs_what_swarm_says_of_its_last_one_is_the_answer(why: str, fault: str, says: str) -> None:
    found = proofs({"pi-lobby": FakeEngine()}, FakeEngine(why=why))[0]
    assert (found.word, found.fault) == ("presence", fault)
    assert says in found.says


def test_engine_that_is_not_known_or_does_not_answer_is_said_and_the_others_are_proved_all_the_same() -> None:
    assert "--engine pi-lobby=USER@HOST" in proofs({})[0].says

    class Gone(FakeEngine):
        def containers(self) -> list[Container]:
            raise EngineError("ssh://pi-lobby: cannot be reached")

    assert [proof.fault for proof in proofs({"pi-lobby": Gone()})] == ["task"] * 3


def test_image_that_has_no_probe_is_said_so() -> None:
    engine = FakeEngine(("presence",), said="/usr/bin/python3: No module named nanoservices.presence.probe\n")
    found = proofs({"pi-lobby": engine})[0]
    assert found.fault == "task" and "No module named" in found.says


def test_simulated_hardware_proves_nothing_and_is_no_fault() -> None:
    engine = FakeEngine(("presence",), environment={"NANO_PINS": "simulated"})
    found = proofs({"pi-lobby": engine})[0]
    assert found.fault is None and "simulated" in found.says and not engine.asked


def test_scanner_is_told_how_long_to_listen() -> None:
    assert words_for("scanner", ("hci0",), {}, 30)[-2:] == ["hci0", "30"]
