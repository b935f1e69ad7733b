"""Whatever is in the environment or in a place file: settings, or one SettingsError whose problems are short and named."""

import dataclasses
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.errors import SettingsError
from nanoservices.place import Place
from nanoservices.settings import Secret, Settings, load, load_place, setting
from tests.unit.hostile import LONGEST_REFUSAL, any_text, deep, odd_json, often, seldom

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample(Settings):
    hold_s: float = setting(10.0, low=0, high=60)
    any_s: float = setting(1.0)
    pins: Literal["real", "simulated"] = setting("real")
    token: Secret | None = setting(None, low=8, high=64)
    loud: bool = setting(False)


NAMES = [f"NANO_{field.name.upper()}" for field in dataclasses.fields(Sample)]
_ODD = ("9" * 400, "9" * 5000, "-1", "1e999999", "nan", "inf", "-inf", "1_0", "٣", "", " ", "\0", "\udcff", "x" * 100_000)
_FINE = ("5683", "2.5", "yes", "real", "coap://auth:5683", "opensesame")
VALUES = any_text | st.sampled_from(_ODD + _FINE)


@often
@given(st.dictionaries(st.sampled_from([*NAMES, *(f"{name}_FILE" for name in NAMES), "NANO_" + "X" * 9000]), VALUES))
def test_any_environment_is_settings_or_named_problems(environment: dict[str, str]) -> None:
    try:
        found = load(Sample, environment)
    except SettingsError as refused:
        for problem in refused.problems:
            name, colon, why = problem.partition(": ")
            assert name.startswith("NANO_") and colon and why
            assert len(problem) <= LONGEST_REFUSAL
    else:
        again = {f"NANO_{name.upper()}": str(value) for name, value in vars(found).items() if value is not None}
        if found.token is not None:
            again["NANO_TOKEN"] = found.token.reveal()
        assert load(Sample, again) == found


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("NANO_PORT", "9" * 400, "is not between 1 and 65535"),
        ("NANO_PORT", "9" * 5000, "is not a whole number"),
        ("NANO_ANY_S", "nan", "'nan' is not a number"),
        ("NANO_ANY_S", "1e999", "'1e999' is not a number"),
        ("NANO_CONTROLLER", "coap://[::1]:5683", "is not a coap:// address"),
        ("NANO_CONTROLLER", "coap://controller:70000", "is not a coap:// address"),
        ("NANO_ANNOUNCE_URI", "localhost", "is not a coap:// address"),
        ("NANO_BIND", "\udcff", "is not UTF-8 text"),
    ],
)
def test_wrong_value_is_refused_with_its_reason(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(Sample, {"NANO_NODE": "pi", name: value})
    (problem,) = refused.value.problems
    assert problem.startswith(f"{name}: ") and says in problem
    assert len(problem) <= LONGEST_REFUSAL


def test_file_that_does_not_end_is_not_read_to_its_end() -> None:
    with pytest.raises(SettingsError, match="NANO_TOKEN: /dev/zero is larger than"):
        load(Sample, {"NANO_NODE": "pi", "NANO_TOKEN_FILE": "/dev/zero"})


@seldom
@given(data=odd_json)
def test_any_place_file_is_a_place_or_one_problem(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "place.json"
    path.write_bytes(data)
    try:
        load_place(Place, path)
    except SettingsError as refused:
        (problem,) = refused.problems
        assert problem.startswith(f"NANO_PLACE: {path}: ")
        assert len(problem) <= LONGEST_REFUSAL + len(str(path))


@pytest.mark.parametrize("data", [deep(20_000), deep(980), json.dumps({"nodes": {"x" * 5000: {}}}).encode()])
def test_odd_place_file_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "place.json").write_bytes(data)
    with pytest.raises(SettingsError, match="NANO_PLACE"):
        load_place(Place, tmp_path / "place.json")


# --- --health: what answers the ping -----------------------------------------------------------------------------------


def probed(**environment: str) -> "subprocess.CompletedProcess[str]":
    told = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    code = "from nanoservices import alive; import sys; sys.argv = ['x', '--health']; alive.exit_if_asked()"
    return subprocess.run([sys.executable, "-ISc", f"import sys; sys.path[:0] = [{str(ROOT)!r}]; {code}"], env=told, **RUN)


RUN = {"capture_output": True, "text": True, "timeout": 20}


@pytest.mark.parametrize(
    ("bind", "port"),
    [
        ("127.0.0.1", "70000"),
        ("127.0.0.1", "-1"),
        ("127.0.0.1", "9" * 400),
        ("127.0.0.1", "x"),
        ("a..b", "5683"),
        ("x" * 300, "1"),
    ],
)
def test_probe_of_what_is_no_address_says_not_alive(bind: str, port: str) -> None:
    done = probed(NANO_BIND=bind, NANO_PORT=port)
    assert done.returncode == 1
    assert done.stderr.startswith("not alive: ") and "Traceback" not in done.stderr


@pytest.mark.parametrize("answer", [b"", b"\x70\x00\x4e", b"\x60\x00\x4e\x4e", b"\xff" * 2000, b"\x70\x00\x4e\x4e\x00"])
def test_probe_takes_nothing_but_the_reset_for_a_life(answer: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(10)

        def serve() -> None:
            _, address = peer.recvfrom(100)
            peer.sendto(answer, address)

        thread = threading.Thread(target=serve)
        thread.start()
        done = probed(NANO_BIND="127.0.0.1", NANO_PORT=str(peer.getsockname()[1]))
        thread.join()
    assert done.returncode == 1
    assert "not with a reset" in done.stderr and len(done.stderr) < 200
