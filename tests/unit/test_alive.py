"""The patient probe, which an engine runs again and again: it waits for who starts, and rests before it asks who is old."""

import socket
import threading
from collections.abc import Iterator

import pytest

from nanoservices import alive


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A socket where the probe asks, of a container that has just begun."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(5)
        monkeypatch.setenv("NANO_BIND", "127.0.0.1")
        monkeypatch.setenv("NANO_PORT", str(bound.getsockname()[1]))
        monkeypatch.setattr(alive, "_uptime_s", lambda: 0.0)
        monkeypatch.setattr(alive, "_WAIT_S", 0.05)
        yield bound


def test_a_young_service_is_asked_at_once_and_an_old_one_a_few_times_a_minute() -> None:
    assert [alive._rest_s(uptime) for uptime in (0.5, 2.1, 4.9)] == [0, 0, 0]
    at, asked = 0.0, 0
    while at < 60:
        at += 2 + alive._rest_s(at + 2)  # the interval of stack.yml, and then the rest
        asked += 1
    assert asked <= 8
    assert alive._rest_s(86_400) == 20.0


def test_a_patient_probe_waits_for_a_service_that_is_starting(service: socket.socket) -> None:
    def answer_the_third() -> None:
        for _ in range(3):
            ping, sender = service.recvfrom(16)
        service.sendto(b"\x70" + ping[1:], sender)

    starting = threading.Thread(target=answer_the_third)
    starting.start()
    assert alive._probe(True) == 0
    starting.join()


def test_a_probe_that_is_not_patient_asks_once(service: socket.socket, capsys: pytest.CaptureFixture[str]) -> None:
    assert alive._probe(False) == 1
    service.recv(16)
    service.setblocking(False)
    with pytest.raises(BlockingIOError):
        service.recv(16)
    assert "not alive: nothing answers a CoAP ping at 127.0.0.1:" in capsys.readouterr().err


def test_patience_has_an_end(
    service: socket.socket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(alive, "_START_S", 0.2)
    assert alive._probe(True) == 1
    assert "not alive" in capsys.readouterr().err


def test_uptime_is_that_of_the_first_process() -> None:
    assert 0 < alive._uptime_s() < 10 * 365 * 86_400
