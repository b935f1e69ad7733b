"""auth's REST as a process: what its document promises is what it does, and no bytes are a fault of its own.

schemathesis reads the document that is served and makes up requests from it, right ones and wrong ones, one by one and in
their order. What it cannot say, because it is no HTTP, is said here by hand.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanoservices.settings import Secret
from swarm.auth_rest import Rest
from tests.interop.test_processes import command, environment, is_alive
from tests.interop.test_storm import Service, is_quiet

pytestmark = pytest.mark.interop

HERE = Path(__file__).parent
TOKEN = "a-secret-of-this-test"
EXAMPLES, SEED = os.environ.get("REST_EXAMPLES", "6"), os.environ.get("REST_SEED", "1")  # of each operation


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is. auth asks it to have a zone listened in; nobody else is in its house."""
    told = environment("controller", tmp_path_factory.mktemp("controller"))
    with subprocess.Popen(command("controller"), env=told) as process:
        yield f"coap://127.0.0.1:{told['NANO_PORT']}"
        process.terminate()
        assert process.wait(20) == 0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, controller: str) -> Iterator[tuple[Service, int]]:
    """And the port of its HTTP. Afterwards its log is looked at."""
    folder = tmp_path_factory.mktemp("auth")
    told, log = environment("auth", folder, NANO_CONTROLLER=controller), folder / "log"
    with log.open("wb") as output, subprocess.Popen(command("auth"), env=told, stdout=output, stderr=output) as process:
        try:
            until = time.monotonic() + 20
            while not is_alive("auth", told):
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            found = Service("auth", int(told["NANO_PORT"]), log, process)
            yield found, int(told["NANO_HTTP_PORT"])
            process.terminate()
            assert process.wait(20) == 0, log.read_text()[-2000:]
        finally:
            process.kill()
    is_quiet(found)


def test_what_the_document_says_is_what_is_done(service: tuple[Service, int], tmp_path: Path) -> None:
    _, port = service
    url = f"http://127.0.0.1:{port}"
    rest = Rest(url, Secret(TOKEN))
    for name in ("alice", "bob"):
        rest.ask("PUT", "participants", name, body={"name": name})
    words = ["--config-file", str(HERE / "schemathesis.toml"), "run", f"{url}/api/v1/openapi.json"]
    words += ["--header", f"Authorization: Bearer {TOKEN}", "--max-examples", EXAMPLES, "--seed", SEED, "--no-color"]
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run([str(program), *words], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tested: 0" not in done.stdout


# --- what is no HTTP ----------------------------------------------------------------------------------------------------

HEAD = f"Host: auth\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
LINES = st.sampled_from(
    [
        b"GET /api/v1/me HTTP/1.1",
        b"PUT /api/v1/participants/bob HTTP/1.1",
        b"POST /api/v1/imports HTTP/1.0",
        b"GET /api/v1/%ff%00/..//me?limit=%zz HTTP/1.1",
        b"GET http://[::1/api/v1/me HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"CONNECT a:b HTTP/9.9",
        b"\x16\x03\x01\x02\x00",
        b"GET",
    ]
)
HEADERS = st.lists(
    st.sampled_from(
        [
            HEAD,
            b"Content-Length: 5\r\n",
            b"Content-Length: -1\r\n",
            b"Content-Length: 99999999999999999999999\r\n",
            b"Content-Length: 5, 5\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: gzip, chunked\r\n",
            b"Expect: 100-continue\r\n",
            b"Connection: close\r\n",
            b"If-None-Match: *\r\n",
            b'If-Match: W/"", \x80\r\n',
            b"Authorization: Bearer \xff\xfe\r\n",
            b"Content-Type: \xe9\r\n",
            b"X: " + b"y" * 9000 + b"\r\n",
            b" folded: line\r\n",
            b"no colon\r\n",
        ]
    ),
    max_size=5,
)
ODD_BODIES = (b"", b"{", b'{"name":"B"}', b'5\r\n{"a":\r\n0\r\n\r\n', b"zz\r\n", b"\x00" * 300)
BODIES = st.sampled_from(ODD_BODIES) | st.binary(max_size=60)


def answers(port: int, said: bytes) -> bytes:
    """All that comes back, until nothing does for a moment or the connection is closed."""
    gathered = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as opened, contextlib.suppress(ConnectionError, TimeoutError):
        opened.sendall(said)
        opened.shutdown(socket.SHUT_WR)
        while piece := opened.recv(65_536):
            gathered += piece
    return gathered


def test_no_bytes_are_a_fault_of_the_service(service: tuple[Service, int]) -> None:
    started, port = service
    before_kb = 0

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(LINES | st.binary(max_size=40), HEADERS, BODIES, st.integers(0, 3))
    def run(line: bytes, headers: list[bytes], body: bytes, spoilt: int) -> None:
        nonlocal before_kb
        said = bytearray(line + b"\r\n" + b"".join(headers) + b"\r\n" + body)
        for number in range(spoilt):
            said[(number * 7919) % len(said)] ^= 1 << number
        found = answers(port, bytes(said))
        assert b"Traceback" not in found
        for status in (part[:3] for part in found.split(b"HTTP/1.1 ")[1:] + found.split(b"HTTP/1.0 ")[1:]):
            assert status < b"500" or status == b"501", found[:500]  # an encoding that is not taken
        before_kb = before_kb or started.rss_kb()

    run()
    assert started.is_the_same()
    assert started.rss_kb() - before_kb < 8_000
    assert Rest(f"http://127.0.0.1:{port}", Secret(TOKEN)).ask("GET", "me")[0]["role"] == "admin"


def test_who_says_nothing_more_keeps_nobody_from_being_served(service: tuple[Service, int]) -> None:
    _, port = service
    rest = Rest(f"http://127.0.0.1:{port}", Secret(TOKEN))
    with contextlib.ExitStack() as held:
        for number in range(60):
            opened = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            half = b"PUT /api/v1/participants/x HTTP/1.1\r\n" + (HEAD if number % 2 else b"") + b"Content-Length: 90\r\n"
            opened.sendall(half + (b"\r\n{" if number % 3 else b""))
        began = time.monotonic()
        assert rest.ask("GET", "me")[0]["token"] == "admin-token"
        assert time.monotonic() - began < 5
