"""The test tag of docs/tag.py: what it says on the air is what the scanner hears and auth knows."""

import importlib.util
import os
import signal
import stat
import subprocess
import sys
import time
import uuid
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.rolling import token
from nanoservices.scanner.keys import Advert, key_of

PROGRAM = Path(__file__).parents[2] / "docs/tag.py"
SECRET = bytes(range(16))
FAKE = """#!/bin/sh
echo "$@" >> {said}
[ -e {broken} ] && echo 'Add Advertising failed with status 0x14 (Permission Denied)'
exit 0
"""


def tag() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tag", PROGRAM)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TAG = tag()


def heard(data: bytes) -> Advert:
    """As a radio takes an advertisement apart (Bluetooth Core, Vol 3 Part C, 11): length, type, value."""
    services: dict[str, bytes] = {}
    while data:
        size, kind, value = data[0], data[1], data[2 : 1 + data[0]]
        assert len(value) == size - 1
        if kind == 0x21:
            services[str(uuid.UUID(bytes=value[:16][::-1]))] = value[16:]
        data = data[1 + size :]
    return Advert("40:00:00:00:00:00", -60, services, {})


@given(st.binary(min_size=16, max_size=32), st.integers(0, 2**32))
def test_scanner_hears_what_auth_expects(secret: bytes, now_unix: int) -> None:
    data = TAG.advertisement(secret, now_unix)
    assert len(data) <= 31  # of a legacy advertisement
    assert key_of(heard(data)) == f"hmac:{token(secret, now_unix)}"


def test_advertisement_is_frozen() -> None:
    flags, service = "020106", "1921" + "010000000000006d72617773" + "6f6e616e"
    assert TAG.advertisement(SECRET, 1_700_000_000).hex() == flags + service + "730bbf05bfad6eee"


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """An environment in which btmgmt writes down what it is told."""
    program = tmp_path / "bin" / "btmgmt"
    program.parent.mkdir()
    program.write_text(FAKE.format(said=tmp_path / "said", broken=tmp_path / "broken"))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "secret").write_text(SECRET.hex() + "\n")
    return {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}


def test_it_says_the_id_of_now_until_it_is_ended(tmp_path: Path, told: dict[str, str]) -> None:
    said = tmp_path / "said"
    begun = time.time()
    with subprocess.Popen([sys.executable, PROGRAM, tmp_path / "secret"], env=told, stdin=subprocess.DEVNULL) as process:
        while not (said.exists() and said.read_text().endswith("\n")):
            assert process.poll() is None and time.time() < begun + 20
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    first, *_, last = said.read_text().splitlines()
    assert first in {f"add-adv -d {TAG.advertisement(SECRET, at).hex()} 1" for at in (begun, time.time())}
    assert last == "rm-adv 1"


def test_it_says_why_it_cannot_advertise(tmp_path: Path, told: dict[str, str]) -> None:
    (tmp_path / "broken").touch()
    command = [sys.executable, PROGRAM, tmp_path / "secret"]
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "Permission Denied" in done.stderr and "root" in done.stderr


def test_it_shows_what_a_firmware_has_to_say(tmp_path: Path, told: dict[str, str]) -> None:
    command = [sys.executable, PROGRAM, tmp_path / "secret", "--print"]
    begun = time.time()
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=20)
    assert done.stdout.strip() in {TAG.advertisement(SECRET, at).hex() for at in (begun, time.time())}
    assert not (tmp_path / "said").exists()


@pytest.mark.parametrize("text", [None, "no hex", "", "0011"])
def test_file_without_a_secret_is_refused(tmp_path: Path, told: dict[str, str], text: str | None) -> None:
    path = tmp_path / "other"
    if text is not None:
        path.write_text(text)
    done = subprocess.run([sys.executable, PROGRAM, path, "--print"], env=told, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "holds no secret in hex" in done.stderr and "Traceback" not in done.stderr
