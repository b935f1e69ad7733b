"""Six services in a storm of datagrams: the same processes afterwards, as large, as quiet, as ready to answer.

STORM_PACKETS is how many each service gets, 100,000 if nothing else is said; `make storm` sends a million.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.coap_options import ECHO, OBSERVE, URI_PATH, Asked, encoded, split, understand
from swarm.demo.supervisor import free_ports
from tests.interop.storm import AT_ONCE, Spoiler, Storm, message
from tests.interop.test_processes import PLACE, WORDS, command, environment, is_alive

pytestmark = pytest.mark.interop

PACKETS = int(os.environ.get("STORM_PACKETS", "100000"))
GROWTH_KB = 8_000
LOGGED_BYTES = 100_000
HEALTH_S = 2.0
DOOR = {"zone": "entrance", "run": ["presence", "scanner"]}  # where nobody answers, but somebody might come in


@dataclass
class Service:
    word: str
    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    def rss_kb(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def ask(self, row: wire.Resource, message: Any = None) -> Any:
        return asyncio.run(_ask(row, f"coap://127.0.0.1:{self.port}", message))

    def until_it_holds_no_more_than(self, descriptors: int) -> None:
        """A file that it saves to is open for a moment."""
        until = time.monotonic() + 5
        while (held := self.descriptors()) > descriptors:
            assert time.monotonic() < until, held
            time.sleep(0.02)

    def is_the_same(self) -> bool:
        return self.process.poll() is None


async def _ask(row: wire.Resource, uri: str, message: Any) -> Any:
    endpoint = Endpoint()
    await endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
    try:
        return await endpoint.call(row, uri, message, budget_s=HEALTH_S)
    finally:
        await endpoint.close()


@contextlib.contextmanager
def running(word: str, folder: Path, controller: int | None = None) -> Iterator[Service]:
    told = environment(word, folder)
    if controller is not None:
        told["NANO_CONTROLLER"] = f"coap://127.0.0.1:{controller}"
    (folder / "place.json").write_text(json.dumps({**PLACE, "nodes": {**PLACE["nodes"], "door": DOOR}}))
    log = folder / "log"
    with log.open("wb") as output, subprocess.Popen(command(word), env=told, stdout=output, stderr=output) as process:
        try:
            until = time.monotonic() + 20
            while not is_alive(word, told):
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            yield Service(word, int(told["NANO_PORT"]), log, process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0, log.read_text()[-2000:]
        finally:
            process.kill()


@pytest.mark.parametrize("word", WORDS)
def test_service_is_the_same_after_a_storm(word: str, tmp_path: Path) -> None:
    spoiler = Spoiler(word, number=7)
    with running(word, tmp_path) as service, Storm(service.port) as storm:
        boot = service.ask(wire.HEALTH).boot
        storm.blow(spoiler() for _ in range(PACKETS // 10))  # what is made once, and kept, is there by then
        before_kb, descriptors = service.rss_kb(), service.descriptors()
        for _ in range(9):
            storm.blow(spoiler() for _ in range(PACKETS // 10))
            assert service.ask(wire.HEALTH).boot == boot  # within its budget, in the middle of it
        assert service.is_the_same()
        assert service.rss_kb() - before_kb < GROWTH_KB
        service.until_it_holds_no_more_than(descriptors)
        if word == "controller":
            assert service.ask(wire.VISITS, wire.VisitsQuery()).visits == ()
            assert all(room.people == 0 for room in service.ask(wire.ZONES).rooms)
        assert {"2.05", "4.00", "4.02", "4.04"} <= storm.codes.keys()  # it was heard, and understood
    is_quiet(service)


def is_quiet(service: Service) -> None:
    """What it wrote is lines of JSON, few of them, and of no fault of its own."""
    text = service.log.read_text()
    assert len(text) < LOGGED_BYTES
    for line in text.splitlines():
        said = json.loads(line)
        assert said["word"] == service.word and said["level"] in ("info", "warning"), line
        assert "traceback" not in said, line


# --- ever other senders ------------------------------------------------------------------------------------------------


STRANGERS = 20_000
OBSERVERS = 400
MOST_OBSERVING = 128
FULL_KB = 1_500


def test_twenty_thousand_strangers_take_a_bounded_memory(tmp_path: Path) -> None:
    """Each with an address, a token and a message id of its own, none of whom comes again."""
    health = encoded((URI_PATH, b"health"))
    with running("presence", tmp_path) as service, Storm(service.port, senders=0) as storm:
        sizes = [service.rss_kb()]
        for start in range(0, STRANGERS, AT_ONCE):
            for number in range(start, start + AT_ONCE):
                with stranger(service.port, number) as opened:
                    opened.send(message(number & 1, 1, health, mid=number & 0xFFFF, token=number.to_bytes(8, "big")))
            storm.caught_up()
            if start + AT_ONCE in (STRANGERS // 2, STRANGERS):
                sizes.append(service.rss_kb())
        assert service.ask(wire.HEALTH).word == "presence"
        first, second = sizes[1] - sizes[0], sizes[2] - sizes[1]
        assert first < GROWTH_KB and second < FULL_KB, sizes  # a memory that is full grows no more
    is_quiet(service)


def test_observers_from_everywhere_are_bounded(tmp_path: Path) -> None:
    """Each proves its address, and asks to be told from then on; those beyond the bound are answered once."""
    with running("presence", tmp_path) as service, Storm(service.port, senders=0) as storm, contextlib.ExitStack() as stack:
        before_kb, descriptors = service.rss_kb(), service.descriptors()
        answers = [observed(stack.enter_context(stranger(service.port, number))) for number in range(OBSERVERS)]
        storm.caught_up()
        assert {answer[1] for answer in answers} == {0x45}
        observing = [answer for answer in answers if says(answer).observe is not None]
        assert 1 <= len(observing) <= MOST_OBSERVING
        assert service.rss_kb() - before_kb < GROWTH_KB
        service.until_it_holds_no_more_than(descriptors)
        assert service.ask(wire.HEALTH).word == "presence"
    is_quiet(service)


def stranger(port: int, number: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.settimeout(5)
    opened.bind((f"127.1.{number >> 8 & 255}.{number & 255}", 0))
    opened.connect(("127.0.0.1", port))
    return opened


def observed(opened: socket.socket) -> bytes:
    """The last answer to a registration, once the Echo asked for has been given back (RFC 9175)."""
    answer, echo = b"", None
    for mid in (1, 2):
        options = [(OBSERVE, b""), (URI_PATH, b"presence"), *([(ECHO, echo)] if echo else [])]
        opened.send(message(0, 1, encoded(*options), mid=mid, token=b"t"))
        answer = answered(opened)
        echo = says(answer).echo
        if echo is None:
            break
    return answer


def answered(opened: socket.socket) -> bytes:
    """The next answer. A ping on the way is answered, as by every endpoint."""
    while (answer := opened.recv(2000))[1] == 0:
        if answer[0] >> 4 & 3 == 0:
            opened.send(b"\x70\x00" + answer[2:4])
    return answer


def says(answer: bytes) -> Asked:
    start = 4 + (answer[0] & 15)
    return understand(answer[start : split(answer, start)])
