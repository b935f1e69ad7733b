"""Who is refused hears it before the body is gathered, to the end, and as problem+json."""

import contextlib
import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import pytest

from nanoservices.errors import NotAllowed
from tests.unit.test_web import Start, served


class House:
    """What came through to the app."""

    def __init__(self) -> None:
        self.bodies: list[int] = []
        self.paths: list[str] = []

    def app(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        self.bodies.append(len(environ["wsgi.input"].read()))
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]

    def admit(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        self.paths.append(path)
        if headers.get("authorization") != "Bearer me":
            raise NotAllowed("Authorization: is not mine")
        if path == "/fault":
            raise RuntimeError("the inner workings")


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def port(house: House) -> Iterator[int]:
    with served(house.app, admit=house.admit, most_bytes=100_000) as connection:  # type: ignore[arg-type]
        yield connection.port


def answer(file: IO[bytes]) -> tuple[int, dict[str, str], bytes]:
    status = int(file.readline().split()[1])
    headers = dict(line.decode().strip().lower().split(": ", 1) for line in iter(file.readline, b"\r\n"))
    return status, headers, file.read(int(headers.get("content-length", 0)))


def said(port: int, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
        for piece in pieces:
            opened.sendall(piece)
        return answer(opened.makefile("rb"))


def problem(found: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    status, headers, body = found
    assert headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(body)
    assert told["status"] == status
    return told


def test_stranger_is_refused_before_the_body_is_sent(house: House, port: int) -> None:
    told = problem(said(port, b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n"))  # and not one byte of it
    assert (told["status"], told["errors"]) == (401, [{"field": "Authorization", "why": "is not mine"}])
    assert house.bodies == []


def test_stranger_who_asks_whether_to_go_on_is_not_told_to(port: int) -> None:
    asks = b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    assert said(port, asks)[0] == 401
    assert said(port, asks.replace(b"Expect", b"Authorization: Bearer me\r\nExpect"), b"123456789")[0] == 100


def test_refusal_arrives_at_somebody_who_sends_on(house: House, port: int) -> None:
    head = b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 99000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
        opened.sendall(head)
        time.sleep(0.05)  # the refusal is on its way, and nobody reads it
        for _ in range(100):
            opened.sendall(b"x" * 100_000)
        assert answer(opened.makefile("rb"))[0] == 401
    assert house.bodies == []


def test_connection_of_one_who_sends_for_ever_is_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nanoservices.web_channel.LINGER_S", 0.1)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
        opened.sendall(b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(200):
                opened.sendall(b"x" * 1000)
                time.sleep(0.02)


def test_friend_is_served_again_and_again(house: House, port: int) -> None:
    head = b"PUT /%C3%BCber HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer me\r\nContent-Length: 3\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
        for piece in (head + b"abc", head, b"ab", b"c"):
            opened.sendall(piece)
        file = opened.makefile("rb")
        assert [answer(file)[0] for _ in range(2)] == [200, 200]
    assert (house.bodies, house.paths) == ([3, 3], ["/über", "/über"])


def test_body_in_chunks_is_asked_about_before_them_too(house: House, port: int) -> None:
    head = b"PUT /x HTTP/1.1\r\nHost: h\r\n%sTransfer-Encoding: chunked\r\n\r\n"
    assert said(port, head % b"")[0] == 401
    assert said(port, head % b"Authorization: Bearer me\r\n", b"3\r\nabc\r\n0\r\n\r\n")[0] == 200
    assert house.bodies == [3]


def test_fault_in_admitting_tells_nothing(port: int) -> None:
    told = problem(said(port, b"GET /fault HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer me\r\n\r\n"))
    assert told["status"] == 500
    assert "inner" not in str(told)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET http://[::1/x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nAuthorization: Bearer me\r\nContent-Length: -1\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nAuthorization: Bearer me\r\nContent-Length: 200000\r\n\r\n", 413),
        (b"PUT / HTTP/1.1\r\nAuthorization: Bearer me\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"PUT / HTTP/1.1\r\nAuthorization: Bearer me\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_is_refused_in_the_same_form(port: int, sent: bytes, status: int) -> None:
    with contextlib.suppress(ConnectionError):
        assert problem(said(port, sent))["status"] == status
        return
    raise AssertionError("the refusal did not arrive")
