"""Which processes are started with what, and what is said when one of them cannot start."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanoservices.coap import Endpoint
from swarm import labels_file
from swarm.demo import instance
from swarm.demo.home import Home
from swarm.demo.pace import Pace
from swarm.demo.supervisor import Supervisor, free_ports
from swarm.errors import DemoError
from swarm.labels import Labels
from swarm.words import Word
from tests.unit.swarm.conftest import WORDS


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / ".nanoswarm")
    home.claim()
    yield home
    home.release()


def test_every_word_of_every_node_is_planned_once_and_those_all_call_come_first(sample: Labels, home: Home) -> None:
    planned = Supervisor(sample, WORDS, home, Pace()).instances
    assert [it.word for it in planned[:2]] == ["controller", "auth"]
    assert sorted(it.name for it in planned) == sorted(
        f"{word}@{name}" for name, node in sample.nodes.items() for word in node.run
    )
    assert len({it.port for it in planned}) == len({it.http_port for it in planned}) == len(planned) == 8


def test_each_is_told_its_node_its_slice_and_where_the_others_are(sample: Labels, home: Home) -> None:
    supervisor = Supervisor(sample, WORDS, home, Pace())
    lobby, controller = supervisor.the("guidance"), supervisor.the("controller")
    assert lobby.environment["NANO_NODE"] == "pi-lobby"
    assert lobby.environment["NANO_CONTROLLER"] == controller.uri
    assert lobby.environment["NANO_ANNOUNCE_URI"] == f"coap://127.0.0.1:{lobby.environment['NANO_PORT']}"
    place = json.loads(Path(lobby.environment["NANO_PLACE"]).read_text())
    assert place["nodes"] == {"pi-lobby": {"gpio": {"leds": [["GPIO17"], ["GPIO27"]]}, "zone": "entrance"}}
    assert controller.environment["NANO_AUTH"] == supervisor.the("auth").uri
    secret = supervisor.token.read_text()
    assert not any(secret in value for it in supervisor.instances for value in it.environment.values())
    with pytest.raises(DemoError, match=r"labels\.yml runs no lamp"):
        supervisor.the("lamp")


def test_one_that_ends_at_its_start_is_named_with_its_last_words(
    tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nanoservices").mkdir()
    (tmp_path / "nanoservices" / "__init__.py").write_text("")
    (tmp_path / "nanoservices" / "lamp.py").write_text("import sys; print('NANO_PIN: is missing', flush=True); sys.exit(2)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setattr(instance, "RESTART_S", 0.01)
    (tmp_path / "labels.yml").write_text("zones: [hall]\nnodes: {pi-1: {run: [lamp]}}\n")
    words = {"lamp": Word("lamp")}
    labels = labels_file.read(tmp_path / "labels.yml", words)

    async def story() -> None:
        endpoint = Endpoint()
        await endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
        try:
            async with Supervisor(labels, words, home, Pace()) as supervisor:
                await supervisor.until_ready(endpoint)
        finally:
            await endpoint.close()

    with pytest.raises(DemoError) as refusal:
        asyncio.run(story())
    text = str(refusal.value)
    assert text.startswith("lamp@pi-1 ended at its start, with exit code 2")
    assert "NANO_PIN: is missing" in text
    assert "logs/lamp@pi-1.log" in text
