"""What is run inside tasks: names and health, asked with datagrams of our own."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nanoservices import wire
from nanoservices.coap import Endpoint
from swarm import inside
from tests.unit.ports import free_port


@contextmanager
def resolver(monkeypatch: pytest.MonkeyPatch, answer: Callable[[bytes], bytes | None]) -> Iterator[None]:
    """One that answers as told, on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))

        def serve() -> None:
            while (question := line.recvfrom(512))[0] != b"end":
                if (says := answer(question[0])) is not None:
                    line.sendto(says, question[1])

        thread = threading.Thread(target=serve)
        thread.start()
        monkeypatch.setattr(inside, "RESOLVER", line.getsockname())
        monkeypatch.setattr(inside, "WAIT_S", 0.2)
        try:
            yield
        finally:
            line.sendto(b"end", line.getsockname())
            thread.join()


def answered(question: bytes, *addresses: str, noise: bytes = b"") -> bytes:
    """RFC 1035, section 4.1: the question again, then a record for each address; `noise` is a record of another kind."""
    count = len(addresses) + bool(noise)
    head = question[:2] + b"\x81\x80\0\1" + count.to_bytes(2, "big") + b"\0\0\0\0"
    records = [b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address) for address in addresses]
    return head + question[12:] + noise + b"".join(records)


def test_addresses_of_a_name_are_told_whatever_else_is_in_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    alias = b"\4auth\0\0\5\0\1\0\0\0\1\0\2\xc0\x0c"
    with resolver(monkeypatch, lambda question: answered(question, "10.0.1.9", "10.0.1.2", noise=alias)):
        assert inside.addresses("tasks.auth") == ["10.0.1.2", "10.0.1.9"]


def test_name_that_nobody_has_is_none_and_a_resolver_that_is_silent_is_told_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with resolver(monkeypatch, answered):
        assert inside.addresses("nobody") == []
    with resolver(monkeypatch, lambda _question: None):
        assert inside.addresses("auth") is None


@pytest.mark.parametrize("much", [1, 15])
def test_service_says_how_it_is_also_in_more_than_a_datagram(much: int) -> None:
    says = wire.Health("auth", "server-1", "b1", ready=False, uptime_s=1.0, why_not=("its disk is full " * 10,) * much)

    async def ask() -> object:
        async def health(_message: None, _sender: str) -> wire.Health:
            return says

        port, endpoint = free_port(), Endpoint()
        await endpoint.open("127.0.0.1", port, {wire.HEALTH: health})
        try:
            return await asyncio.to_thread(inside.health, port)
        finally:
            await endpoint.close()

    told = asyncio.run(ask())
    assert isinstance(told, dict)
    assert (told["ready"], len(told["why_not"])) == (False, much)


def test_who_does_not_answer_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "WAIT_S", 0.05)
    assert inside.health(9) is None


def test_it_runs_as_a_text_that_python_is_given() -> None:
    program = Path(inside.__file__).read_text(encoding="utf-8")
    environment = {**os.environ, "NANO_PORT": "9"}
    ended = subprocess.run([sys.executable, "-c", program, "[]"], capture_output=True, text=True, env=environment, timeout=30)
    assert ended.returncode == 0, ended.stderr
    assert '"health": null' in ended.stdout and '"/": [' in ended.stdout
