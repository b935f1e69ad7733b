"""Inside the door to waitress: who is refused hears it before the body is gathered, as problem+json, and to the end.

waitress itself gathers a whole body, whoever sends it, before the app is asked; answers what it refuses as plain text; and
closes the connection at once, which takes the answer away from who is still sending (RFC 9112, 9.6).
"""

import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask
from waitress.utilities import BadRequest

from nanoservices.problems import MEDIA_TYPE, encoded, problem, problem_of

Admit = Callable[[str, str, Mapping[str, str]], None]  # method, path, headers in small letters; raises an error of ours

LINGER_S = 2.0
LINGER_BYTES = 50_000_000
_SAID = {
    400: "the request is not HTTP as RFC 9112 has it",
    413: "the body is larger than what is taken here",
    431: "the headers are larger than what is taken here",
    500: "a fault in this service; its log has it",
    501: "no Transfer-Encoding but chunked is taken here",
}


class Refusal:
    """In the place of waitress's own errors."""

    def __init__(self, status: int, body: dict[str, Any], headers: Mapping[str, str]):
        self._status, self._body, self._headers = status, body, headers

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store"), *self._headers.items()]
        return f"{self._status} {self._body['title']}", headers, encoded(self._body)


class RefusingTask(ErrorTask):
    def execute(self) -> None:
        request: Any = self.request
        if not isinstance(request.error, Refusal):
            code = int(request.error.code)
            request.error = Refusal(code, problem(code, _SAID.get(code, str(request.error.reason))), {})
        super().execute()


class Parser(HTTPRequestParser):
    """`admit` is an attribute of a class made for each server (`channel_class`)."""

    admit: Admit

    def received(self, data: bytes) -> int:
        had_headers = self.headers_finished
        try:
            consumed: int = super().received(data)
        except ValueError as error:  # an address such as http://[ is more than it is ready for
            self.error, self.completed, consumed = BadRequest(str(error)), True, len(data)
        if self.headers_finished and not had_headers and self.error is None and not self.empty:
            self._ask()
        if self.error is not None:
            self.expect_continue = False  # else it would be told to go on
        return consumed

    def _ask(self) -> None:
        headers = {name.lower().replace("_", "-"): value for name, value in self.headers.items()}
        said: str = self.path  # type: ignore[attr-defined]
        path = said.encode("latin-1", "replace").decode("utf-8", "replace")
        try:
            type(self).admit(str(self.command), path, headers)
        except Exception as error:
            self.error = Refusal(*problem_of(error))  # type: ignore[assignment]  # as RefusingTask knows
            self.completed = True


class Channel(HTTPChannel):
    """After a refusal it reads on for a moment, so that the answer arrives."""

    error_task_class = RefusingTask
    _is_refusing = False
    _lingers_until: float | None = None
    _lingered = 0

    def service(self) -> None:
        self._is_refusing = self.requests[0].error is not None
        super().service()

    def readable(self) -> bool:
        return self._lingers_until is not None or bool(super().readable())

    def handle_read(self) -> None:
        if self._lingers_until is None:
            super().handle_read()
            return
        try:
            data = self.recv(self.adj.recv_bytes)  # closes by itself once the other side has
        except OSError:
            data = b""
        self._lingered += len(data)
        if self.socket is None:
            return
        if not data or self._lingered > LINGER_BYTES or time.monotonic() > self._lingers_until:
            self.handle_close()

    def handle_close(self) -> None:
        if self._lingers_until is None and self.connected and self._is_refusing:
            self._lingers_until = time.monotonic() + LINGER_S
            self.will_close = self.close_when_flushed = False
            try:
                assert self.socket is not None
                self.socket.shutdown(socket.SHUT_WR)
                return
            except OSError:
                pass  # they have gone
        super().handle_close()


def channel_class(admit: Admit | None) -> type[Channel]:
    """What a server makes for each connection."""
    parser = type("Parser", (Parser,), {"admit": staticmethod(admit or _anything)})
    return type("Channel", (Channel,), {"parser_class": parser})


def _anything(method: str, path: str, headers: Mapping[str, str]) -> None:
    """The app decides."""
