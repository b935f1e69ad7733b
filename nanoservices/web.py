"""The door to waitress: a WSGI app on one TCP port, served by threads of its own beside the event loop.

    server = WebServer(app, "0.0.0.0", 8080, threads=4)
    server.start()
    await server.close()

Closing is prompt, also while somebody listens to a stream that never ends.
"""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server

from nanoservices.errors import PortTaken
from nanoservices.web_channel import Admit, channel_class

_FINISH_S = 0.5
_MOST_BYTES = 1_000_000
_TURN_S = 1.0
_WAITING_BYTES = 262_144  # of a response that its reader is slow to take; waitress would spill 16 MB into a temporary file


class WebServer:
    """Bound as soon as it is made: PortTaken when somebody else has the port. `most_bytes` is the largest body taken;
    `admit` is asked before a body is gathered, on the server's one thread: it decides at once, from memory."""

    def __init__(
        self,
        app: Callable[..., Any],
        bind: str,
        port: int,
        threads: int,
        *,
        most_bytes: int = _MOST_BYTES,
        admit: Admit | None = None,
    ):
        self._map: dict[int, Any] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        listening = _listening(bind, port)
        self.port: int = listening.getsockname()[1]  # where 0 was asked for, the one that the system chose
        server = create_server(
            app,
            map=self._map,
            sockets=[listening],
            threads=threads,
            ident="",
            max_request_body_size=most_bytes,
            outbuf_high_watermark=_WAITING_BYTES,
            clear_untrusted_proxy_headers=True,
        )
        assert isinstance(server, TcpWSGIServer)  # another class stands for several sockets
        server.channel_class = channel_class(admit)
        self._server = server

    def start(self) -> None:
        self._thread.start()

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=_TURN_S, map=self._map, count=1)

    def _close(self) -> None:
        """Let requests under way finish for a moment; a stream is cut off, its thread ends with the process."""
        self._stopping.set()
        if self._thread.is_alive():
            self._server.pull_trigger()
            self._thread.join(_TURN_S)
        self._server.task_dispatcher.shutdown(timeout=_FINISH_S)  # type: ignore[arg-type]  # its stub says int
        wasyncore.close_all(self._map, ignore_all=True)


def _listening(bind: str, port: int) -> socket.socket:
    try:
        return socket.create_server((bind, port))
    except UnicodeError as error:
        raise PortTaken(f"{bind[:60]} is no address ({error}); set NANO_HTTP_BIND to one of this host") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"TCP port {port} on {bind} is taken by another process; set NANO_HTTP_PORT to a free one"
        else:
            why = f"cannot listen on TCP {bind}:{port}: {error.strerror}; check NANO_HTTP_BIND and NANO_HTTP_PORT"
        raise PortTaken(why) from None
