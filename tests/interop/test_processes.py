"""Each service by itself: how it starts, says that it is alive, refuses what it cannot use, and stops."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from swarm.demo.supervisor import free_ports
from swarm.words import discover
from tests.interop.conftest import ROOT

pytestmark = pytest.mark.interop
WORDS = sorted(discover())
PLACE = {
    "zones": ["entrance", "room-1"],
    "rooms": {"room-1": {"zone": "room-1", "route": ["entrance", "room-1"]}},
    "nodes": {
        "pi": {"zone": "room-1", "gpio": {"pir": "GPIO4", "leds": [["GPIO17"]]}, "ble": "hci0", "run": ["presence"]},
    },
}


def environment(word: str, tmp_path: Path, **changes: str) -> dict[str, str]:
    (tmp_path / "place.json").write_text(json.dumps(PLACE))
    for name in ("token", "credential"):
        (tmp_path / name).write_text("a-secret-of-this-test")
    given = {
        "NANO_NODE": "pi",
        "NANO_PLACE": str(tmp_path / "place.json"),
        "NANO_BIND": "127.0.0.1",
        "NANO_PORT": str(free_ports("udp", 1)[0]),
        "NANO_CONTROLLER": "coap://127.0.0.1:9",
    }
    more = {
        "presence": {"NANO_PINS": "simulated", "NANO_WORLD": str(tmp_path / "world")},
        "scanner": {"NANO_RADIO": "simulated", "NANO_WORLD": str(tmp_path / "world")},
        "guidance": {"NANO_PINS": "simulated", "NANO_WORLD": str(tmp_path / "world")},
        "controller": {"NANO_DATA": str(tmp_path)},
        "auth": {
            "NANO_DATA": str(tmp_path),
            "NANO_HTTP_BIND": "127.0.0.1",
            "NANO_HTTP_PORT": str(free_ports("tcp", 1)[0]),
            "NANO_ADMIN_TOKEN_FILE": str(tmp_path / "token"),
            "NANO_ROOM_CREDENTIAL_FILE": str(tmp_path / "credential"),
            "NANO_SEAL_KEY": "5ea1" * 12,
        },
        "meeting": {
            "NANO_HTTP_BIND": "127.0.0.1",
            "NANO_HTTP_PORT": str(free_ports("tcp", 1)[0]),
            "NANO_ROOM_CREDENTIAL_FILE": str(tmp_path / "credential"),
        },
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("NANO_")}
    return {**own, "PYTHONPATH": str(ROOT), **given, **more[word], **changes}


def command(word: str, *words: str) -> list[str]:
    return [sys.executable, "-m", f"nanoservices.{word}", *words]


def ended(word: str, told: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(command(word), env=told, capture_output=True, text=True, timeout=20)
    return done.returncode, done.stderr


def is_alive(word: str, told: dict[str, str]) -> bool:
    return subprocess.run(command(word, "--health"), env=told, capture_output=True, timeout=20).returncode == 0


@pytest.mark.parametrize("word", WORDS)
def test_service_lives_without_its_peers_and_stops_when_told(word: str, tmp_path: Path) -> None:
    told = environment(word, tmp_path)
    assert not is_alive(word, told)
    with subprocess.Popen(command(word), env=told, stdout=subprocess.PIPE, text=True) as process:
        try:
            until = time.monotonic() + 20
            while not is_alive(word, told):
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            lines, _ = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    for line in lines.splitlines():
        assert json.loads(line)["word"] == word
        assert "a-secret-of-this-test" not in line


@pytest.mark.parametrize("word", WORDS)
def test_service_names_every_setting_that_is_wrong(word: str, tmp_path: Path) -> None:
    code, says = ended(word, environment(word, tmp_path, NANO_PROT="5683", NANO_ANNOUNCE_S="often"))
    assert code == 2
    assert "NANO_PROT" in says and "NANO_PORT" in says and "NANO_ANNOUNCE_S" in says
    assert "Traceback" not in says


@pytest.mark.parametrize("word", WORDS)
def test_service_whose_port_is_taken_says_so(word: str, tmp_path: Path) -> None:
    told = environment(word, tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", int(told["NANO_PORT"])))
        code, says = ended(word, told)
    assert code == 1
    assert f"UDP port {told['NANO_PORT']} on 127.0.0.1 is taken" in says and "NANO_PORT" in says
    assert "Traceback" not in says


@pytest.mark.parametrize("word", ["auth", "meeting"])
def test_service_whose_web_port_is_taken_says_so(word: str, tmp_path: Path) -> None:
    told = environment(word, tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as holder:
        holder.bind(("127.0.0.1", int(told["NANO_HTTP_PORT"])))
        holder.listen()
        code, says = ended(word, told)
    assert code == 1
    assert told["NANO_HTTP_PORT"] in says and "NANO_HTTP_PORT" in says
    assert "Traceback" not in says


@pytest.mark.parametrize("word", WORDS)
def test_node_that_labels_do_not_have_is_named(word: str, tmp_path: Path) -> None:
    code, says = ended(word, environment(word, tmp_path, NANO_PLACE=str(tmp_path / "nowhere.json")))
    assert code == 2
    assert "nowhere.json" in says
    assert "Traceback" not in says
