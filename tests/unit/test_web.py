"""The door to waitress: a port that is taken is said, a body that is too large refused, and closing is prompt."""

import asyncio
import contextlib
import http.client
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from nanoservices.errors import PortTaken
from nanoservices.web import WebServer

Start = Callable[[str, list[tuple[str, str]]], Any]


def echo(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read() or b"nothing"]


@contextlib.contextmanager
def served(app: Callable[..., Any], **more: int) -> Iterator[http.client.HTTPConnection]:
    server = WebServer(app, "127.0.0.1", 0, threads=2, **more)
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        yield connection
    finally:
        connection.close()
        asyncio.run(server.close())


def test_app_is_served() -> None:
    with served(echo) as connection:
        connection.request("POST", "/", b"hello")
        response = connection.getresponse()
        assert response.read() == b"hello"
        assert response.getheader("Server") is None  # nobody's business


def test_body_that_is_too_large_is_refused() -> None:
    with served(echo, most_bytes=1000) as connection:
        connection.request("POST", "/", b"x" * 2000)
        assert connection.getresponse().status == 413


def test_port_that_is_taken_is_said_and_the_other_goes_on() -> None:
    with served(echo) as connection:
        with pytest.raises(PortTaken, match=f"TCP port {connection.port} on 127.0.0.1 is taken .* NANO_HTTP_PORT"):
            WebServer(echo, "127.0.0.1", connection.port, threads=1)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"nothing"


def test_address_of_another_host_is_said() -> None:
    with pytest.raises(PortTaken, match=r"cannot listen on TCP 192\.0\.2\.1:0: .*NANO_HTTP_BIND"):
        WebServer(echo, "192.0.2.1", 0, threads=1)


def test_closing_does_not_wait_for_a_stream_that_never_ends() -> None:
    gone = threading.Event()

    def stream(environ: dict[str, Any], start: Start) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "text/event-stream")])
        while not gone.wait(0.01):
            yield b": still here\n\n"

    with served(stream) as connection:
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.readline() == b": still here\n"
        # leaving the block closes the server; the stream is still on
    gone.set()


def test_closing_frees_the_port() -> None:
    with served(echo) as connection:
        port = connection.port
    again = WebServer(echo, "127.0.0.1", port, threads=1)
    asyncio.run(again.close())


def test_large_answer_to_a_slow_reader_needs_no_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("the file system is read-only")

    def large(_environ: dict[str, Any], start: Start) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "application/octet-stream")])
        for _ in range(200):
            yield b"x" * 65_536

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with served(large) as connection:
        connection.request("GET", "/")
        response = connection.getresponse()
        time.sleep(0.1)  # nothing is read while the server fills what it may
        assert len(response.read()) == 200 * 65_536
