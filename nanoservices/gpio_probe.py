"""Does the GPIO daemon answer, and are these lines what they should be? By pigpio's protocol, without its client.

Nothing is changed: whoever has a line keeps it.
"""

import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from nanoservices.probing import Finding, unreachable

MODEG, READ, HWVER = 1, 3, 17
_START = "systemctl status pigpiod nanoswarm-gpio.socket (on a Pi 5: nanoswarm-gpio-bridge), or nanoswarm node prepare"
_ANSWER_S = 2.0
Use = Literal["input", "output"]


def probe(host: str, port: int, lines: Sequence[str], use: Use) -> list[Finding]:
    """`lines` such as GPIO4; `use`: what the service does with them. `host` is a name or a socket's path."""
    where = host if host.startswith("/") else f"{host}:{port}"
    try:
        with _connected(host, port) as daemon:
            _asked(daemon, HWVER, 0)
            return [_line(daemon, line, use) for line in lines]
    except OSError as error:
        if host.startswith("/"):
            return [unreachable(Path(host), error, "the GPIO daemon", _START)]
        return [Finding(where, "daemon", f"the GPIO daemon at {where} does not answer ({error.strerror or error}): {_START}")]


def _connected(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), _ANSWER_S)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.settimeout(_ANSWER_S)
        made.connect(host)
    except OSError:
        made.close()
        raise
    return made


def _asked(daemon: socket.socket, number: int, line: int) -> int:
    daemon.sendall(struct.pack("<IIII", number, line, 0, 0))
    answer = b""
    while len(answer) < 16:
        part = daemon.recv(16 - len(answer))
        if not part:
            raise ConnectionError("it ended the connection")
        answer += part
    return int(struct.unpack("<12xi", answer)[0])


def _line(daemon: socket.socket, name: str, use: Use) -> Finding:
    number = int(name.removeprefix("GPIO"))
    mode, level = _asked(daemon, MODEG, number), _asked(daemon, READ, number)
    if mode < 0 or level < 0:
        return Finding(name, "line", f"{name} is no line of this board (the daemon says {min(mode, level)}): see labels.yml")
    if use == "input" and mode != 0:
        return Finding(name, "line", f"{name} is driven as an output by somebody: is it the line of an LED? see labels.yml")
    if use == "output" and mode == 0:
        return Finding(name, "line", f"{name} is not driven: guidance has not got it; does a PIR have it? see labels.yml")
    return Finding(name, None, f"{name} is there, and reads {level}" if use == "input" else f"{name} is there, and is driven")
